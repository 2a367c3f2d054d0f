import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Bus,
  type Context,
  call,
  createStats,
  type LogClient,
  newEvent,
  onEvent,
  openLog,
  startNatsServer,
  systemWorld,
} from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import {
  type DeviceReachability,
  desiredTaken,
  deviceReachability,
  driverWrite,
  type Sample,
  sample,
} from "@holdfast/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readManifests } from "../../cli/src/manifests.ts";
import { type RunningBoiler, startBoiler } from "../../examples/boiler/boiler.ts";

// A real nats-server, metamanager and mapper as processes of their own, and the boiler behind Modbus TCP.
const root = join(import.meta.dirname, "../..");
const ends: (() => unknown)[] = [];
const samples = new Map<string, Sample>();
const reached: DeviceReachability[] = [];
let url: string;
let bus: Bus;
let log: LogClient;
let boiler: RunningBoiler;
let mapper: ChildProcess;

function start(service: string, env: Readonly<Record<string, string>>): ChildProcess {
  const main = join(root, "services", service, "src/main.ts");
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? "", HF_BUS_URL: url, HF_LOG_LEVEL: "warn", ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  ends.push(() => child.exitCode === null && child.kill("SIGKILL"));
  return child;
}

const startMapper = () =>
  start("mapper", { HF_MAPPER_REACHABILITY_MS: "500", HF_MAPPER_BACKOFF_MS: "200", HF_MAPPER_BACKOFF_MAX_MS: "1000" });

async function hub(connected: Bus): Promise<LogClient> {
  const logger = collectingLogger();
  const context: Context<unknown> = {
    ...systemWorld(logger),
    ...{ service: "hub", config: {}, logger, instance: "test", stats: createStats() },
    bus: connected,
    streams: Object.create(null),
    stopping: new AbortController().signal,
    fail: (error) => expect.unreachable(String(error)),
  };
  return openLog(context, { module: "hub", prefixes: ["none/"], onEntry: () => {}, onReset: () => {} });
}

/** What the hub commits when the cloud wants these objects. */
async function desire(manifests: ReturnType<typeof readManifests>, removed = false): Promise<void> {
  const events = manifests.map(({ object }) => {
    const params = { kind: object.kind.toLowerCase(), namespace: "default", name: object.metadata.name };
    const content = new TextEncoder().encode(JSON.stringify(object).replace('"port":25020', `"port":${boiler.port}`));
    return newEvent(desiredTaken, params, removed ? undefined : { version: 1, content });
  });
  await log.append(events);
}

const manifests = readManifests(join(root, "examples/boiler"));
const eventually = (look: () => unknown) => expect.poll(look, { timeout: 30_000 });
const quality = (property: string) => samples.get(property)?.quality;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-mapper-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: false });
  url = server.url;
  ends.push(() => server.stop());
  boiler = await startBoiler({ port: 0 });
  ends.push(() => boiler.stop());
  start("metamanager", { HF_NODE: "gw-1", HF_LOG_DIR: join(folder, "log") });
  const connection = await systemWorld(collectingLogger()).connect({ url, name: "test" });
  bus = connection.bus;
  ends.push(() => bus.drain());
  onEvent(bus, sample, { node: "gw-1" }, (message, { property }) => void samples.set(property, message));
  onEvent(bus, deviceReachability, {}, (message) => void reached.push(message));
  log = await hub(bus);
  ends.push(() => log.stop());
  await desire(manifests);
  mapper = startMapper();
});

afterAll(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("the boiler is read", async () => {
  await eventually(() => quality("temperature")).toBe("good");
  const { value } = samples.get("temperature") ?? expect.unreachable();
  if (value?.kind !== "double") expect.unreachable(`a ${value?.kind}`);
  expect(Math.abs(value.double - boiler.state().temperature)).toBeLessThan(10);
  await eventually(() => quality("setpoint")).toBe("good");
  await eventually(() => samples.get("burner")?.value?.kind).toBe("bool");
  await eventually(() => reached.at(-1)?.state).toBe("online");
});

test("its setpoint is written, and read back", async () => {
  const request = { namespace: "default", device: "boiler", property: "setpoint", id: "1", incarnation: 1 };
  const write = (double: number) =>
    call(
      bus,
      driverWrite,
      { protocol: "modbus" },
      { ...request, value: { kind: "double", double } },
      { timeoutMs: 10_000 },
    );
  expect(await write(72.5)).toMatchObject({ outcome: "ok", readBack: { kind: "double", double: 72.5 } });
  await eventually(() => boiler.state().setpoint).toBe(72.5);
  await expect(write(91)).rejects.toMatchObject({ code: "out_of_range" });
});

test("when it goes away its samples are bad; when it comes back they are good", async () => {
  const { port } = boiler;
  await boiler.stop();
  await eventually(() => quality("temperature")).toBe("bad");
  expect(samples.get("temperature")).toMatchObject({ error: "link" });
  await eventually(() => reached.at(-1)?.state).toBe("offline");
  boiler = await startBoiler({ port });
  await eventually(() => quality("temperature")).toBe("good");
  await eventually(() => reached.at(-1)?.state).toBe("online");
});

test("a killed mapper is replaced, and goes on from the log", async () => {
  mapper.kill("SIGKILL");
  await once(mapper, "exit");
  samples.clear();
  mapper = startMapper();
  await eventually(() => quality("temperature")).toBe("good");
});

test("a device that is no longer wanted is left alone", async () => {
  await desire(
    manifests.filter(({ object }) => object.kind === "Device"),
    true,
  );
  const request = { namespace: "default", device: "boiler", property: "setpoint", id: "2", incarnation: 1 };
  const value = { kind: "double", double: 50 } as const;
  await eventually(() =>
    call(bus, driverWrite, { protocol: "modbus" }, { ...request, value }, { timeoutMs: 5000 }).catch(
      ({ code }) => code,
    ),
  ).toBe("not_found");
  await desire(manifests);
  samples.clear();
  await eventually(() => quality("temperature")).toBe("good");
});

test("it ends when it is told to", async () => {
  mapper.kill("SIGTERM");
  const [code] = await once(mapper, "exit");
  expect(code).toBe(0);
});
