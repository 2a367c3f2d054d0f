import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  isAlive,
  oldestWith,
  processesOf,
  type Running,
  readHoldingRegister,
  run,
  runProgram,
  start,
  stateFolder,
} from "./holdfast-cli.ts";

const node = "gw-1";
const within = { timeout: 30_000, interval: 100 };
const secondsMs = 1000;

/** What a stranger does in the first hour, in this order; each step goes on from the one before. */
describe("the demo as a person runs it", { timeout: 90 * secondsMs }, () => {
  let folder: string;
  let remove: () => Promise<void>;
  let up: Running;
  let podPid: number;
  let versions: readonly string[];

  const hf = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(["--dir", folder, ...args]);
    expect(code, `holdfast ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };
  const json = async (...args: string[]) => JSON.parse(await hf(...args, "-o", "json"));
  const setpointAt = async (bus: string) => (await json("twin", "get", "boiler", "--bus", bus)).properties.setpoint;
  const nodeStatus = async () => (await json("status")).nodes[0];
  const pods = async () => (await json("get", "pods", "--bus", node)).items;
  const pidOf = async (name: string): Promise<number> =>
    (await json("status", "--bus", node)).processes.find((one: { name: string }) => one.name === name)?.pid;

  async function started(): Promise<Running> {
    const args = ["up", "--demo", "--dir", folder, "--port", "0", "--edge-port", "0", "--boiler-port", "0"];
    const running = start(args, { HF_BEAT_MS: "1000" });
    await vi.waitFor(
      () => {
        expect(running.stdout(), running.stderr()).toMatch(/^ready$/m);
      },
      { timeout: 60 * secondsMs, interval: 100 },
    );
    return running;
  }

  /** What an example of the SDK prints. */
  async function example(name: string, bus: string, ...args: readonly string[]): Promise<string> {
    const { cloudUrl, nodes } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
    const program = join(import.meta.dirname, "../../examples/sdk", name);
    const trust = join(folder, bus === "cloud" ? "cloud" : `nodes/${bus}`, "trust");
    const admin = { HF_BUS_CREDS: join(trust, "creds", "admin.creds") };
    const env = bus === "cloud" ? { ...admin, HF_BUS_CA: join(trust, "ca.pem") } : admin;
    const { code, stdout, stderr } = await runProgram(program, [bus === "cloud" ? cloudUrl : nodes[bus], ...args], env);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  /** The first process of the pod's container: the same one means that nothing restarted it. */
  async function pidOfPod(): Promise<number> {
    return vi.waitFor(async () => {
      const [pod] = await pods();
      expect(pod.status.phase).toBe("Running");
      const [{ containerID }] = pod.status.containerStatuses;
      const mark = `HOLDFAST_CONTAINER=${containerID.replace(/^process:\/\//, "")}`;
      return oldestWith(mark) ?? expect.unreachable(mark);
    }, within);
  }

  async function resourceVersions(): Promise<string[]> {
    const lists = await Promise.all(["pods", "devices", "devicemodels"].map((noun) => json("get", noun)));
    return lists.flatMap(({ items }) =>
      items.map(({ kind, metadata }: { kind: string; metadata: { name: string; resourceVersion: string } }) => {
        return `${kind} ${metadata.name} ${metadata.resourceVersion}`;
      }),
    );
  }

  async function registerOfBoiler(): Promise<number> {
    const { boilerPort } = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
    return readHoldingRegister(boilerPort, 0);
  }

  beforeAll(async () => {
    ({ folder, remove } = await stateFolder());
    up = await started();
  }, 90 * secondsMs);

  afterAll(async () => {
    await remove();
  }, 60 * secondsMs);

  test("the twin of the boiler is in the cloud, in the shape that programs rely on", async () => {
    const twin = await json("twin", "get", "boiler");
    expect(twin).toMatchObject({ namespace: "default", device: "boiler", node });
    expect(Object.keys(twin.properties)).toEqual(["burner", "setpoint", "temperature"]);
    const { temperature } = twin.properties;
    expect(temperature).toMatchObject({ desired: null, reported: { quality: "good" }, convergence: "" });
    expect(temperature.reported.value).toBeTypeOf("number");
    expect(await json("twin", "get", "boiler", "--bus", node)).toMatchObject({
      namespace: "default",
      device: "boiler",
      node,
    });
  });

  test("the pod runs, and its log says so", async () => {
    podPid = await pidOfPod();
    expect(isAlive(podPid)).toBe(true);
    // Asked in the cloud, which asks the gateway.
    expect(await hf("logs", "hello")).toContain("Hello from the edge, number 1, from gw-1");
    versions = await resourceVersions();
  });

  test("the examples of the SDK run against the cloud", async () => {
    expect(await example("01-watch.ts", "cloud", "3")).toMatch(/^(\w+ \S+ good\n){3}$/);
    expect(await example("02-set.ts", "cloud", "63")).toMatch(/^applied, revision \S+\nthe boiler says 63\n$/);
    expect(await example("02-set.ts", "cloud", "95")).toMatch(/^refused: out_of_range: /);
    expect(await example("03-history.ts", "cloud")).toMatch(/so far: cloud\/\S+\n.*reported/);
    const pod = await example("04-pods.ts", "cloud");
    expect(pod).toMatch(/^pod clock created\nit runs\n.* stdout F tick\npod clock deleted\n$/);
  });

  test("a set in the cloud is applied, waited for, and told in history", async () => {
    expect(await hf("twin", "set", "boiler", "setpoint", "65", "--wait")).toMatch(/^boiler\.setpoint = 65 applied/);
    expect(await registerOfBoiler()).toBe(650);
    expect(await hf("twin", "history", "boiler", "setpoint")).toMatch(/desired 65 by .*\(cloud\)/);
  });

  test("a method is carried out once, and its result and events are shown", async () => {
    const id = "boost-1";
    for (let times = 1; times <= 2; times += 1) {
      const said = await hf("twin", "call", "boiler", "boost", "setpoint=66", "--id", id, "--wait");
      expect(said).toMatch(/^boiler boost ok id boost-1/);
    }
    expect(await registerOfBoiler()).toBe(660);
    const history = await hf("twin", "history", "boiler");
    expect(history).toMatch(/boiler {2}started boost setpoint=66 by /);
    expect(history.match(/boiler {2}result boost ok/g)).toHaveLength(1);
    expect(await hf("describe", "device", "boiler")).toMatch(/Result +boost: ok/);
  });

  test("with the link cut the gateway goes on: a set works, the boiler follows, the pod is not touched", async () => {
    await hf("link", "cut", node);
    expect(await hf("twin", "set", "boiler", "setpoint", "70", "--bus", node)).toContain("recorded");
    await vi.waitFor(async () => expect(await registerOfBoiler()).toBe(700), within);
    await vi.waitFor(async () => expect(await setpointAt(node)).toMatchObject({ convergence: "applied" }), within);
    expect(await setpointAt("cloud")).toMatchObject({ desired: { value: 65 } });
    const { items } = await json("get", "nodes", "--bus", node);
    expect(items).toMatchObject([
      {
        kind: "Node",
        metadata: { name: node },
        status: {
          conditions: expect.arrayContaining([
            expect.objectContaining({ type: "Ready", status: "True" }),
            expect.objectContaining({ type: "Linked", status: "False" }),
          ]),
        },
      },
    ]);
    const proposals = await json("twin", "proposals", "--bus", node);
    expect(proposals).toMatchObject([{ device: "boiler", property: "setpoint", value: 70 }]);
    expect(await pidOfPod()).toBe(podPid);
  });

  test("the examples of the SDK run on the gateway as they are, without the cloud", async () => {
    expect(await example("01-watch.ts", node, "3")).toMatch(/^(\w+ \S+ good\n){3}$/);
    expect(await example("02-set.ts", node, "70")).toMatch(/^applied, revision proposal:\S+\nthe boiler says 70\n$/);
    expect(await example("03-history.ts", node)).toMatch(/so far: gw-1\/\S+\n.*reported/);
  });

  test("killed modules come back by themselves, the pod is not touched", async () => {
    for (const name of ["hub", "devicetwin", "metamanager", "edged", "nats"]) {
      const pid = await pidOf(`${node}-${name}`);
      process.kill(pid, "SIGKILL");
      await vi.waitFor(async () => expect(await pidOf(`${node}-${name}`)).not.toBeOneOf([pid, undefined]), within);
    }
    await vi.waitFor(async () => expect((await run(["--dir", folder, "doctor", "--bus", node])).code).toBe(0), within);
    expect(await setpointAt(node)).toMatchObject({ desired: { value: 70 }, convergence: "applied" });
    expect(await pidOfPod()).toBe(podPid);
  });

  test("with the link whole again cloud and gateway agree, at equal positions", async () => {
    await hf("link", "heal", node);
    await vi.waitFor(async () => {
      expect(await setpointAt("cloud")).toMatchObject({ desired: { value: 70 }, convergence: "applied" });
      const { desired, reported, openProposals, gapEvents } = await nodeStatus();
      expect({ openProposals, gapEvents }).toEqual({ openProposals: 0, gapEvents: 0 });
      for (const side of [desired, reported]) {
        expect(side).toMatchObject({ equal: true, cloudPosition: side.edgePosition, cloudDigest: side.edgeDigest });
      }
    }, within);
    expect((await json("twin", "proposals", "--bus", node)).length).toBe(0);
    expect(await pidOfPod()).toBe(podPid);
  });

  test("the twin of any time is the same in the cloud and on the gateway", async () => {
    const events = await json("twin", "history", "boiler", "--limit", "1000");
    const times: number[] = events.map(({ atMs }: { readonly atMs: number }) => atMs);
    const reportedOf = ({ properties }: { readonly properties: Record<string, { readonly reported: unknown }> }) =>
      Object.entries(properties).flatMap(([name, { reported }]) => (reported ? [{ name, reported }] : []));
    const seen = new Set<string>();
    for (const part of [0.2, 0.4, 0.6, 0.8, 1]) {
      const time = new Date(times[Math.ceil((times.length - 1) * part)] ?? 0).toISOString();
      const inCloud = await json("twin", "get", "boiler", "--at", time);
      const onGateway = await json("twin", "get", "boiler", "--at", time, "--bus", node);
      expect(reportedOf(inCloud), time).toEqual(reportedOf(onGateway));
      for (const { at } of [inCloud, onGateway]) expect(at).toMatchObject({ trusted: true, doubt: "none" });
      expect(onGateway.at.position).toMatch(/^gw-1\//);
      seen.add(JSON.stringify(reportedOf(inCloud)));
    }
    expect(seen.size).toBe(5);
    const { code, stderr } = await run(["--dir", folder, "twin", "get", "boiler", "--at", "3d"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("not_found");
    expect((await run(["--dir", folder, "twin", "get", "boiler", "--at", "1s"])).stderr).toMatch(/^As of 20\d\d-/);
  });

  test("down leaves no process", async () => {
    expect(await hf("down")).toContain("Stopped.");
    const { code, stdout } = await up.ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Stopped. The state stays in");
    expect(isAlive(podPid)).toBe(false);
    expect(processesOf(folder)).toEqual([]);
  });

  test("a second start goes on from the state: the same objects, the pod runs again, the set still stands", async () => {
    up = await started();
    expect(await resourceVersions()).toEqual(versions);
    expect(await pidOfPod()).not.toBe(podPid);
    expect(await setpointAt("cloud")).toMatchObject({ desired: { value: 70 }, convergence: "applied" });
    expect(await registerOfBoiler()).toBe(700);
    up.child.kill("SIGINT");
    up.child.kill("SIGINT");
    expect((await up.ended).code).toBe(0);
    expect(processesOf(folder)).toEqual([]);
  });
});
