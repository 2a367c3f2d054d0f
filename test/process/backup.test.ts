import { mkdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type KubeObject, plain } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform, until } from "./fixtures/platform.ts";
import { run } from "./holdfast-cli.ts";

/** Backups of a cloud and of a gateway, put back over real processes: what is agreed on, and what is lost. */
let platform: TestPlatform;
const cloudModules = ["controller", "cloud-hub"];
const at = (name: string) => join(platform.folder, name);

beforeAll(async () => {
  platform = await TestPlatform.start();
  await platform.declareBoiler();
  await platform.cloud.objects.apply(sleeper("early"));
  await until("the boiler's twin is in the cloud", async () => (await setpoint()) !== undefined, 60_000);
  await until("the pod runs", async () => (await containerId("early")) !== "");
  // The CLI looks for a gateway's log where it would have put it.
  mkdirSync(at("nodes"));
  symlinkSync(platform.folder, at("nodes/gw-1"));
}, 120_000);
afterAll(() => platform?.stop(), 60_000);

const setpoint = async () =>
  plain((await platform.cloud.twins.get("boiler")).properties.setpoint?.reported?.value) as number | undefined;
const sleeper = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { nodeName: "gw-1", containers: [{ name: "main", image: "host", command: ["/bin/sleep", "600421"] }] },
});
async function containerId(name: string): Promise<string> {
  const { status } = await platform.edge.objects.get("pod", name);
  const text = JSON.stringify(status);
  return /"phase":"Running"/.test(text) ? (/"containerID":"([^"]+)"/.exec(text)?.[1] ?? "") : "";
}
async function agree(): Promise<void> {
  await until(
    "cloud and edge agree",
    async () => {
      const [node] = await platform.cloud.nodes.status();
      return node?.desired?.equal === true && node.reported?.equal === true && node.outboxEvents === 0;
    },
    60_000,
  );
}
/** Setpoints that the gateway acknowledged, as each side has them: `revision value`. */
async function reports(side: "cloud" | "edge"): Promise<string[]> {
  const { events } = await platform[side].twins.history({ device: "boiler", property: "setpoint", limit: 1000 });
  return events.flatMap((event) =>
    event.type === "reported" ? [`${event.body.revision} ${plain(event.body.value)}`] : [],
  );
}
async function holdfast(...args: string[]) {
  return run([...args, "--dir", platform.folder]);
}
const cloudBus = () => ["--bus", platform.cloudUrl];

test("a restored cloud agrees with its gateway again, and has everything that the gateway acknowledged", async () => {
  await platform.edge.twins.set("boiler", "setpoint", 41, { wait: "applied" });
  await agree();
  const made = await holdfast("backup", "cloud", at("cloud.hfb"), ...cloudBus(), "-o", "json");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const { streams } = JSON.parse(made.stdout);
  expect(streams.map(({ stream }: { stream: string }) => stream)).toEqual([
    ...["STATUS", "TWINS", "EVENTS", "PRESENCE", "RESOURCES", "REGISTRY"],
  ]);
  expect(statSync(at("cloud.hfb")).mode & 0o777).toBe(0o600);

  for (const value of [51, 52, 53]) await platform.edge.twins.set("boiler", "setpoint", value, { wait: "applied" });
  for (const value of [54, 55]) await platform.cloud.twins.set("boiler", "setpoint", value, { wait: "applied" });
  await platform.cloud.objects.apply(sleeper("late"));
  await until("the later pod runs", async () => (await containerId("late")) !== "");
  await agree();
  const [early, late] = [await containerId("early"), await containerId("late")];
  const before = await reports("cloud");
  expect(before).toEqual(await reports("edge"));

  const running = await holdfast("restore", "cloud", at("cloud.hfb"), ...cloudBus(), "--force");
  expect(running.stderr).toMatch(/These modules of the cloud run: controller, hub\. Stop them first.*conflict/);
  for (const name of cloudModules) await platform.killModule(name);
  await platform.edge.twins.set("boiler", "setpoint", 61, { wait: "applied" });
  const refused = await holdfast("restore", "cloud", at("cloud.hfb"), ...cloudBus());
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/This cloud has data in RESOURCES; --force replaces all of it.*already_exists/);
  const done = await holdfast("restore", "cloud", at("cloud.hfb"), ...cloudBus(), "--force");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  for (const name of cloudModules) platform.startModule(name);

  await until(
    "the cloud has what the gateway did last",
    async () => (await reports("cloud")).length > before.length,
    60_000,
  );
  await agree();
  const edge = await reports("edge");
  const cloud = await reports("cloud");
  expect(new Set(cloud), "every event that the gateway acknowledged").toEqual(new Set([...edge, ...cloud]));
  expect(edge.filter((report) => !cloud.includes(report))).toEqual([]);
  // What holds now may stand there once more, as part of a state report.
  const revisions = [...new Set(cloud)].map((report) => Number(report.split(" ")[0]));
  expect(revisions, "in order").toEqual([...revisions].sort((a, b) => a - b));
  expect(await containerId("early"), "what runs runs on").toBe(early);
  expect(await containerId("late"), "withheld: the cloud forgot it, an operator decides").toBe(late);
  expect((await platform.cloud.nodes.status())[0]?.withheld).toBe(1);
  expect(platform.log("hub")).not.toContain("please report this as a bug");
  expect(platform.log("controller")).not.toContain("please report this as a bug");
  await platform.cloud.twins.set("boiler", "setpoint", 66, { wait: "applied" });
  await agree();
}, 180_000);

test("a restored gateway agrees with the cloud again, which keeps what it has", async () => {
  const edgeBus = ["--bus", platform.edgeUrl];
  const made = await holdfast("backup", "gw-1", at("gw-1.hfb"), ...edgeBus, "-o", "json");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(made.stdout)).toMatchObject({ kind: "gateway", node: "gw-1", lastSeq: expect.any(Number) });
  for (const value of [71, 72]) await platform.edge.twins.set("boiler", "setpoint", value, { wait: "applied" });
  await agree();
  const before = await reports("cloud");
  const locked = await holdfast("restore", "gw-1", at("gw-1.hfb"), "--force");
  expect(locked.stderr).toMatch(/log_locked/);
  for (const name of platform.gatewayModules) await platform.killModule(name);
  const there = await holdfast("restore", "gw-1", at("gw-1.hfb"));
  expect(there.stderr).toMatch(/gw-1 has a log already; --force puts it aside.*already_exists/);
  const done = await holdfast("restore", "gw-1", at("gw-1.hfb"), "--force", "-o", "json");
  expect(done).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(done.stdout)).toMatchObject({ node: "gw-1", replaced: expect.stringMatching(/^log\.replaced-/) });
  const early = platform.gatewayModules.filter((name) => name !== "edged");
  for (const name of [...early, "edged"]) platform.startModule(name);
  await until("its modules answer", async () => (await containerId("early")) !== "");
  await agree();
  expect((await reports("cloud")).slice(0, before.length), "nothing of the cloud's is lost").toEqual(before);
  await platform.cloud.twins.set("boiler", "setpoint", 75, { wait: "applied" });
  await agree();
}, 120_000);

test("what is no whole backup is told apart from one", async () => {
  const whole = readFileSync(at("cloud.hfb"));
  const wrongFiles: [string, Buffer | undefined, RegExp][] = [
    ["missing", undefined, /There is no file .*missing/],
    ["empty", Buffer.alloc(0), /it is no backup of this version of Holdfast/],
    ["another", Buffer.from("#!/bin/sh\necho hello to everybody\n"), /it is no backup/],
    ["cut", whole.subarray(0, whole.length - 1), /its end is missing/],
    ["half", whole.subarray(0, whole.length / 2), /its end is missing|it is damaged/],
    ["flipped", flipped(whole, whole.length / 2), /it is damaged/],
    ["flipped head", flipped(whole, 25), /it is damaged|its end is missing/],
  ];
  for (const [name, content, says] of wrongFiles) {
    if (content) writeFileSync(at(name), content);
    const { code, stderr } = await holdfast("restore", "cloud", at(name), ...cloudBus(), "--force");
    expect(stderr, name).toMatch(says);
    expect(code, name).not.toBe(0);
  }
  const other = await holdfast("restore", "gw-2", at("gw-1.hfb"));
  expect(other.stderr).toMatch(/is a backup of the gateway gw-1, not of gw-2/);
  const again = await holdfast("backup", "cloud", at("cloud.hfb"), ...cloudBus());
  expect(again.stderr).toMatch(/is there already; --force replaces it/);
  truncateSync(at("cloud.hfb"), 10);
  expect(await holdfast("backup", "cloud", at("cloud.hfb"), ...cloudBus(), "--force")).toMatchObject({ code: 0 });
  expect((await holdfast("backup", "gw-9", at("gw-9.hfb"), "--bus", platform.edgeUrl)).stderr).toMatch(/one of gw-1/);
  expect(() => statSync(at("gw-9.hfb.partial"))).toThrow(/ENOENT/);
}, 120_000);

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  const index = Math.floor(at);
  changed[index] = (changed[index] ?? 0) ^ 1;
  return changed;
}
