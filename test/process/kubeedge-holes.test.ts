import { readdirSync, readFileSync } from "node:fs";
import { type KubeObject, plain } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform, until } from "./fixtures/platform.ts";

/** The worst holes of KubeEdge, each as a test over real processes, a real nats-server and a real wire. */
let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start();
  await platform.declareBoiler();
  await until("the boiler's twin is in the cloud", async () => (await reported("temperature")) !== undefined, 60_000);
}, 90_000);
afterAll(() => platform?.stop(), 60_000);

async function reported(property: string, side: "cloud" | "edge" = "cloud") {
  return plain((await platform[side].twins.get("boiler")).properties[property]?.reported?.value);
}
async function agree(): Promise<void> {
  await until("cloud and edge agree", async () => {
    const [node] = await platform.cloud.nodes.status();
    return node?.desired?.equal === true && node.reported?.equal === true && node.outboxEvents === 0;
  });
}
/** The setpoint's reports as the cloud has them: each revision once, in order; equal neighbours are one value. */
async function setpointsInCloud(): Promise<number[]> {
  const { events } = await platform.cloud.twins.history({ device: "boiler", property: "setpoint", limit: 1000 });
  const reports = events.flatMap((event) => (event.type === "reported" ? [event.body] : []));
  const revisions = reports.map(({ revision }) => revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  const values = reports.map(({ value }) => Number(plain(value)));
  return values.filter((value, index) => value !== values[index - 1]);
}
const sleeper = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { nodeName: "gw-1", containers: [{ name: "main", image: "host", command: ["/bin/sleep", "600417"] }] },
});
async function containerId(name: string): Promise<string> {
  const { status } = await platform.edge.objects.get("pod", name);
  const text = JSON.stringify(status);
  if (!/"phase":"Running"/.test(text)) throw new Error(`${name} does not run: ${text}`);
  return /"containerID":"([^"]+)"/.exec(text)?.[1] ?? "";
}

test("the first report of every property reaches the cloud (H12)", async () => {
  await until("all three properties", async () => {
    const { properties } = await platform.cloud.twins.get("boiler");
    return ["temperature", "setpoint", "burner"].every((name) => properties[name]?.reported?.value !== undefined);
  });
}, 60_000);

test("the first message after a cut is not lost (#6615)", async () => {
  platform.wire.cut();
  await platform.edge.twins.set("boiler", "setpoint", 41, { wait: "applied" });
  platform.wire.heal();
  await until("the cloud has it", async () => (await reported("setpoint")) === 41);
  await agree();
  expect((await setpointsInCloud()).filter((value) => value === 41)).toHaveLength(1);
}, 60_000);

test("reports made offline all arrive, once and in order (H2, #3804)", async () => {
  platform.wire.cut();
  const values = [42, 43, 44, 45, 46, 47];
  for (const value of values) await platform.edge.twins.set("boiler", "setpoint", value, { wait: "applied" });
  platform.wire.heal();
  await until("the cloud has the last one", async () => (await reported("setpoint")) === 47);
  await agree();
  expect((await setpointsInCloud()).filter((value) => values.includes(value))).toEqual(values);
}, 90_000);

test("what the cloud wants during an outage is not thrown away on reconnect (#2015)", async () => {
  platform.wire.cut();
  await platform.cloud.twins.set("boiler", "setpoint", 55);
  for (let flap = 0; flap < 5; flap += 1) {
    platform.wire.heal();
    platform.wire.cut();
  }
  platform.wire.heal();
  await until("the device has it", async () => platform.boiler.state().setpoint === 55);
  await agree();
}, 60_000);

test("a pod is not created again on reconnect, nor when the hub dies (#4048)", async () => {
  await platform.cloud.objects.apply(sleeper("steady"));
  await until("the pod runs", async () => (await containerId("steady")) !== "");
  const before = await containerId("steady");
  for (let outage = 0; outage < 3; outage += 1) {
    platform.wire.cut();
    await until("the cloud notices", async () => (await platform.cloud.nodes.status())[0]?.status === "Unknown");
    if (outage === 1) {
      await platform.killModule("hub");
      platform.startModule("hub");
    }
    platform.wire.heal();
    await until("the node is back", async () => (await platform.cloud.nodes.status())[0]?.status === "Ready");
  }
  await agree();
  expect(await containerId("steady")).toBe(before);
}, 120_000);

test("after a reboot without the cloud pods and twins come back from the log alone (#6414)", async () => {
  const before = await containerId("steady");
  platform.wire.cut();
  for (const name of platform.gatewayModules) await platform.killModule(name);
  for (const pid of podPids()) killIfThere(pid);
  for (const name of platform.gatewayModules) platform.startModule(name);
  await until("the pod runs again", async () => (await containerId("steady")) !== before, 60_000);
  await until("the twin is there", async () => (await reported("temperature", "edge")) !== undefined);
  await platform.edge.twins.set("boiler", "setpoint", 61, { wait: "applied" });
  platform.wire.heal();
  await until("the cloud has it", async () => (await reported("setpoint")) === 61);
  await agree();
}, 120_000);

/** Under bubblewrap a process of a pod ends with the one around it, which may have been killed a moment before. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The sleeping processes of this test's pods, found by what only they have: their command line. */
function podPids(): number[] {
  return listProcesses()
    .filter(({ commandLine }) => commandLine.endsWith("/bin/sleep\u0000600417\u0000"))
    .map(({ pid }) => pid);
}
function listProcesses(): { pid: number; commandLine: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [{ pid: Number(name), commandLine: readFileSync(`/proc/${name}/cmdline`, "utf8") }];
    } catch {
      return [];
    }
  });
}
