import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AnyService,
  type Bus,
  call,
  connectNats,
  type NatsServer,
  type NewEvent,
  newEvent,
  onEvent,
  type RunningService,
  startNatsServer,
  startService,
  systemWorld,
} from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import {
  desiredTaken,
  hasCode,
  LogEventCodec,
  logAcked,
  logAppend,
  logGetStatus,
  logGrant,
  logReplay,
  logReport,
  type Twin,
  twinAt,
  twinGet,
  twinHistory,
  twinProposed,
  twinReported,
  twinSet,
} from "@holdfast/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deviceJson, double, modelJson } from "../../services/devicetwin/src/testing/boiler.ts";
import {
  SimulatedDevice,
  SimulatedPlant,
  simulatedMapper,
} from "../../services/devicetwin/src/testing/simulated-mapper.ts";

const within = { timeout: 45_000, interval: 50 };
const ns = { namespace: "default" };
const program = (name: string) => fileURLToPath(new URL(`../../services/${name}/src/main.ts`, import.meta.url));

let folder: string;
let server: NatsServer;
let bus: Bus;
let mapper: RunningService;
let device: SimulatedDevice;
let processes: Map<string, ChildProcess>;
/** Of the log; as in production unless a test says otherwise. */
let limits: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-twin-"));
  server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: false });
  bus = (await connectNats({ url: server.url, name: "test", reconnectMaxMs: 100 })).bus;
  processes = new Map();
  limits = {};
  device = new SimulatedDevice("default", "boiler", { setpoint: double(20), temperature: double(20) });
  start("metamanager");
  start("devicetwin");
  const logger = collectingLogger();
  mapper = await startService(simulatedMapper(new SimulatedPlant("simulated", device)) as AnyService, {
    world: systemWorld(logger),
    environment: environment(),
    logger,
    fail: (error) => {
      throw error;
    },
  });
  await declareBoiler();
});

afterEach(async () => {
  await Promise.all([...processes.keys()].map(kill));
  await mapper.stop();
  await bus.drain();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function environment(): Record<string, string> {
  return {
    ...{ HF_NODE: "gw-1", HF_BUS_URL: server.url, HF_LOG_DIR: join(folder, "log"), HF_LOG_LEVEL: "error" },
    ...{ HF_SIMULATED_SAMPLE_MS: "100", HF_SIMULATED_REACHABILITY_MS: "200", HF_TWIN_RETRY_BASE_MS: "50" },
    ...limits,
  };
}

function start(name: string): void {
  const env = { PATH: process.env.PATH, ...environment() };
  processes.set(name, spawn(process.execPath, [program(name)], { env, stdio: "inherit" }));
}

async function kill(name: string): Promise<void> {
  const child = processes.get(name);
  processes.delete(name);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** The hub records what the cloud declared. */
async function declareBoiler(): Promise<void> {
  const taken = (kind: string, name: string, json: string): NewEvent =>
    newEvent(desiredTaken, { kind, ...ns, name }, { version: 1, content: Buffer.from(json) });
  const grant = () => call(bus, logGrant, { module: "hub" }, { module: "hub" }, { timeoutMs: 1_000 });
  const { incarnation } = await vi.waitFor(grant, within);
  const events = [taken("devicemodel", "boiler-model", modelJson()), taken("device", "boiler", deviceJson())];
  const author = { module: "hub", incarnation };
  const stored = events.map((event) => LogEventCodec.encode({ ...event, ...author, stamp: { wallMs: 1 } }));
  await call(bus, logAppend, { module: "hub" }, { ...author, n: 1, events: stored }, { timeoutMs: 5_000 });
}

const get = (): Promise<Twin> => call(bus, twinGet, ns, { device: "boiler" }, { timeoutMs: 1_000 });

async function until(what: (twin: Twin) => unknown, expected: unknown): Promise<void> {
  await vi.waitFor(async () => expect(what(await get())).toEqual(expected), within);
}

test("from a shell: JSON in, JSON out, and the events of the twin on the bus", { timeout: 90_000 }, async () => {
  const told: string[] = [];
  onEvent(bus, twinReported, { node: "gw-1" }, (message, { property }) => {
    told.push(`${property}=${message.value?.kind === "double" ? message.value.double : "?"} ${message.id}`.trim());
  });
  await until(({ properties }) => properties.setpoint?.reported?.value, double(20));
  const subject = twinSet.subject.build(ns);
  const ask = async (request: object) => {
    const reply = await bus.request(subject, Buffer.from(JSON.stringify(request)), { timeoutMs: 5_000 });
    return JSON.parse(Buffer.from(reply.data).toString());
  };
  expect(await ask({ device: "boiler", property: "setpoint", value: "60", id: "p1" })).toEqual({
    ...{ id: "p1", revision: "proposal:p1", state: "recorded", value: 60 },
  });
  await until(({ properties }) => properties.setpoint?.convergence, "applied");
  expect(device.registers.get("setpoint")).toEqual(double(60));
  await vi.waitFor(() => expect(told).toContain("setpoint=60 p1"), within);
  expect(await ask({ device: "boiler", property: "setpoint", value: 1_000 })).toMatchObject({
    error: { code: "out_of_range", retryable: false },
  });
  const { entries } = await call(
    bus,
    twinHistory,
    ns,
    { device: "boiler", property: "setpoint" },
    { timeoutMs: 5_000 },
  );
  expect(entries.map(({ subject: of }) => of.split(".").at(5))).toEqual([
    ...["reported", "proposed", "desired", "reported"],
  ]);
});

test("kill -9 of devicetwin and of the log at any time loses no answered set and doubles none", {
  timeout: 180_000,
}, async () => {
  await until(({ properties }) => properties.setpoint?.reported?.quality, "good");
  const answered: string[] = [];
  let last = 20;
  for (let round = 1; round <= 8; round += 1) {
    const value = double(20 + round);
    const request = { device: "boiler", property: "setpoint", value, id: `p${round}` };
    const asked = call(bus, twinSet, ns, request, { timeoutMs: 400 }).then(
      () => answered.push(request.id),
      () => {},
    );
    if (round % 3 === 0) await kill("devicetwin");
    if (round % 4 === 0) await kill("metamanager");
    await asked;
    for (const name of ["metamanager", "devicetwin"]) if (!processes.has(name)) start(name);
    // The same command again until it is answered: a repeat is no second set.
    await vi.waitFor(() => call(bus, twinSet, ns, request, { timeoutMs: 1_000 }), within);
    if (!answered.includes(request.id)) answered.push(request.id);
    last = 20 + round;
  }
  await until(({ properties }) => properties.setpoint?.convergence, "applied");
  expect(device.registers.get("setpoint")).toEqual(double(last));
  const page = await call(bus, logReplay, {}, { afterSeq: 1, prefixes: ["proposal/"] }, { timeoutMs: 5_000 });
  const begun = page.events.map(({ event }) => twinProposed.key.parse(LogEventCodec.decode(event).key)?.id);
  expect(begun, "each set is in the log once, in the order in which it was made").toEqual(answered);
  const taken = device.writes.filter((write) => write.taken).map(({ id }) => id);
  expect([...new Set(taken)], "and was written once at most").toEqual(taken);
});

test("the twin of any time that the log keeps is as it was, and any before is out of range", {
  timeout: 120_000,
}, async () => {
  await until(({ properties }) => properties.setpoint?.reported?.value, double(20));
  await kill("metamanager");
  limits = {
    HF_LOG_COMPACT_EVENTS: "10",
    HF_LOG_HISTORY_BYTES: "8000",
    HF_LOG_HISTORY_EVENTS: "0",
    HF_LOG_MAINTENANCE_MS: "100",
  };
  start("metamanager");
  const status = () => call(bus, logGetStatus, {}, {}, { timeoutMs: 5_000 });
  await vi.waitFor(() => call(bus, logReport, {}, {}, { timeoutMs: 1_000 }), within);
  const seen: { readonly seq: number; readonly position: string; readonly twin: Twin }[] = [];
  const look = async (): Promise<void> => {
    const before = await get();
    const { position } = await call(bus, twinHistory, ns, { sinceMs: Number.MAX_SAFE_INTEGER }, { timeoutMs: 5_000 });
    const twin = await get();
    expect(before).toEqual(twin);
    seen.push({ seq: Number(position.split("/").at(-1)), position, twin });
  };
  for (let round = 1; round <= 60; round += 1) {
    device.registers.set("temperature", double(20 + (round % 5) * 5));
    if (round % 9 === 0) device.registers.set("setpoint", double(20 + round / 9));
    await until(({ properties }) => properties.temperature?.reported?.value, double(20 + (round % 5) * 5));
    await vi.waitFor(look, within);
    const { epoch, lastUpSeq: upSeq } = await status();
    await call(bus, logAcked, {}, { epoch, upSeq }, { timeoutMs: 5_000 });
  }
  const { firstSeq } = await vi.waitFor(async () => {
    const found = await status();
    expect(found.firstSeq).toBeGreaterThan(seen[10]?.seq ?? 0);
    return found;
  }, within);
  await kill("metamanager");
  start("metamanager");
  await vi.waitFor(status, within);
  const asked = (position: string) => call(bus, twinAt, ns, { device: "boiler", position }, { timeoutMs: 20_000 });
  let gone = 0;
  for (const { position, twin, seq } of seen) {
    const found = await asked(position).catch((error) => error);
    if (hasCode(found, "out_of_range")) gone += 1;
    else expect({ ...found.twin, connectivity: "" }, position).toEqual({ ...twin, connectivity: "" });
    if (seq >= firstSeq + 20) expect(found.twin).toBeDefined();
  }
  expect(gone).toBeGreaterThan(0);
  expect(gone).toBeLessThan(seen.length - 5);
});
