// How long devicetwin needs from its start to the first answered twin.get: with an empty log, and with
// 10 000 properties and 100 000 events behind them.
//   node bench/rebuild.ts
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Bus,
  call,
  connectNats,
  encodeEvent,
  hasCode,
  type NewEvent,
  newEvent,
  startNatsServer,
  systemClock,
} from "@holdfast/kernel";
import { desiredTaken, logAppend, logGrant, twinGet, twinReported } from "@holdfast/proto";
import { compileCache, fillCompileCache } from "../cli/src/compile-cache.ts";
import { everyProgram, program } from "../cli/src/parts.ts";
import { deviceJson, double, modelJson } from "../services/devicetwin/src/testing/boiler.ts";

export interface RebuildResult {
  readonly name: string;
  readonly properties: number;
  readonly tailEvents: number;
  /** From the start of the process to the first answer; the median of `runs`. */
  readonly medianMs: number;
  readonly runsMs: readonly number[];
  /** What the process has in memory then, in MiB. */
  readonly rssMiB: number;
}

interface Case {
  readonly name: string;
  readonly devices: number;
  readonly tailEvents: number;
}

const propertiesEach = 100;
const cases: readonly Case[] = [
  { name: "one device, nothing else in the log", devices: 1, tailEvents: 0 },
  { name: "100 devices of 100 properties, compacted", devices: 100, tailEvents: 0 },
  { name: "100 devices of 100 properties and 100 000 events", devices: 100, tailEvents: 100_000 },
];
const runs = 5;
const node = "gw-bench";
const ns = { namespace: "default" };
const names = Array.from({ length: propertiesEach }, (_, index) => `p${index}`);
const wait = (ms: number) => new Promise<void>((resolve) => void systemClock.after(ms, resolve));

/** Writes events as one module would, in appends of 250. */
async function write(bus: Bus, module: string, events: readonly NewEvent[]): Promise<void> {
  const { incarnation } = await untilServed(() => call(bus, logGrant, { module }, { module }, { timeoutMs: 2_000 }));
  const author = { module, incarnation };
  const world = { clock: systemClock, bootId: "bench" };
  for (let start = 0, n = 1; start < events.length; start += 250, n += 1) {
    const bytes = events.slice(start, start + 250).map((event) => encodeEvent(world, author, event));
    await call(bus, logAppend, { module }, { ...author, n, events: bytes }, { timeoutMs: 30_000 });
  }
}

async function untilServed<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, "no_responders", "timeout", "unavailable")) throw error;
      await wait(2);
    }
  }
}

function declared(devices: number): NewEvent[] {
  const taken = (kind: string, name: string, json: string) =>
    newEvent(desiredTaken, { kind, ...ns, name }, { version: 1, content: Buffer.from(json) });
  const model = names.map((name) => ({
    name,
    type: "DOUBLE",
    accessMode: "ReadWrite" as const,
    config: { register: 1 },
  }));
  const all = Array.from({ length: devices }, (_, index) => taken("device", `d${index}`, deviceJson(`d${index}`)));
  return [taken("devicemodel", "boiler-model", modelJson(model)), ...all];
}

function reports(devices: number, count: number, firstRevision: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const device = `d${index % devices}`;
    const property = names[Math.floor(index / devices) % names.length] ?? "";
    const revision = firstRevision + Math.floor(index / (devices * names.length));
    const message = {
      value: double(index / 10),
      quality: "good" as const,
      sourceTimeMs: 1_800_000_000_000 + index,
      revision,
    };
    return newEvent(twinReported, { node, ...ns, device, property }, message);
  });
}

async function measure(
  url: string,
  cacheFolder: string,
  folder: string,
  { name, devices, tailEvents }: Case,
): Promise<RebuildResult> {
  // Without compaction in the last case: everything is read event by event.
  const environment = {
    ...{ PATH: process.env.PATH ?? "", HF_NODE: node, HF_BUS_URL: url, HF_LOG_DIR: folder, HF_LOG_LEVEL: "error" },
    ...(tailEvents > 0 ? { HF_LOG_COMPACT_EVENTS: "10000000", HF_LOG_COMPACT_BYTES: String(2 ** 40) } : {}),
  };
  // As `holdfast` starts a gateway's modules: with a small heap, and from a compile cache.
  const begin = (service: string) => {
    const { command, args, env } = program(service, `services/${service}/src/main.ts`, environment);
    return spawn(command, args, { env: { ...compileCache(cacheFolder), ...env }, stdio: "inherit" });
  };
  const end = async (child: ReturnType<typeof begin>) => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const log = begin("metamanager");
  const { bus } = await connectNats({ url, name: "bench" });
  const runsMs: number[] = [];
  let rssMiB = 0;
  try {
    await write(bus, "hub", declared(devices));
    await write(bus, "devicetwin", reports(devices, devices * propertiesEach + tailEvents, 1));
    const device = `d${devices - 1}`;
    for (let run = 0; run < runs; run += 1) {
      const startMs = performance.now();
      const twin = begin("devicetwin");
      const { properties } = await untilServed(() => call(bus, twinGet, ns, { device }, { timeoutMs: 10_000 }));
      runsMs.push(Math.round(performance.now() - startMs));
      if (Object.keys(properties).length !== propertiesEach) throw new Error("the twin is not complete");
      rssMiB = await rssOf(twin.pid ?? 0);
      await end(twin);
    }
  } finally {
    await bus.drain();
    await end(log);
  }
  const medianMs = [...runsMs].sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
  return { name, properties: devices * propertiesEach, tailEvents, medianMs, runsMs, rssMiB };
}

async function rssOf(pid: number): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** All cases, one after another; about 40 s. */
export async function benchRebuild(): Promise<readonly RebuildResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-rebuild-"));
  const server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: false });
  try {
    await fillCompileCache(folder, everyProgram());
    const results: RebuildResult[] = [];
    for (const [index, one] of cases.entries())
      results.push(await measure(server.url, folder, join(folder, `log-${index}`), one));
    return results;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  for (const result of await benchRebuild()) process.stdout.write(`${JSON.stringify(result)}\n`);
}
