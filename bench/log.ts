// The event log alone: appends by the size of the group against fdatasync of the same bytes, opening, replay, and
// how long a module needs to fold 10 000 properties and 100 000 events over the bus.
//   node bench/log.ts [--json] [--quick]
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Context,
  createStats,
  newEvent,
  openLog,
  readConfig,
  startNatsServer,
  systemClock,
  systemRandom,
  systemWorld,
} from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import { twinReported } from "@holdfast/proto";
import { levelDisk } from "../kernel/src/disk/disk-level.ts";
import { type MetamanagerConfig, metamanagerConfig } from "../services/metamanager/src/config.ts";
import { EventLog } from "../services/metamanager/src/log.ts";
import { LogAuthor } from "../services/metamanager/src/testing/log-fixture.ts";
import { type BenchReport, figure, isQuick, percentile, printReport, rounded, type Table } from "./report.ts";

const groups = [1, 10, 100] as const;
const rounds = isQuick() ? 2 : 5;
const roundMs = isQuick() ? 300 : 800;
const properties = 10_000;
const tailEvents = isQuick() ? 20_000 : 100_000;
const rebuilds = isQuick() ? 3 : 7;

const reportedEvent = (property: number, value: number) =>
  newEvent(
    twinReported,
    { node: "gw-bench", namespace: "default", device: `d${property % 100}`, property: `p${property}` },
    { value: { kind: "double", double: value }, quality: "good", sourceTimeMs: systemClock.wallMs(), revision: value },
  );

async function openEventLog(folder: string, limits: Partial<MetamanagerConfig> = {}) {
  const config = { ...readConfig(metamanagerConfig, { HF_NODE: "gw-bench", HF_LOG_BALLAST_BYTES: "0" }), ...limits };
  const parts = { clock: systemClock, random: systemRandom, logger: collectingLogger(), stats: createStats() };
  let bytes = 0;
  let events = 0;
  const log = await EventLog.open(
    { ...parts, config, machineId: "bench", fail: (error) => Promise.reject(error) },
    await levelDisk(folder),
    {
      committed: (transaction) => {
        events += transaction.events.length;
        for (const { value } of transaction.operations) bytes += value?.length ?? 0;
      },
      pressed: () => {},
    },
  );
  const author = new LogAuthor(log);
  await author.grant();
  return { log, author, bytesPerEvent: () => bytes / events, bases: () => parts.stats.snapshot().bases_written ?? 0 };
}

type Opened = Awaited<ReturnType<typeof openEventLog>>;

interface AppendResult {
  readonly group: number;
  readonly eventsPerSecond: number;
  readonly rawEventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Turns with the raw file take turns with the log, so that both meet the same moods of the disk. */
async function measureAppends(folder: string): Promise<{ results: AppendResult[]; bytesPerEvent: number }> {
  const opened = await openEventLog(join(folder, "append"));
  for (let at = 0; at < 2000; at++) await opened.author.append(reportedEvent(at, at));
  const bytesPerEvent = Math.round(opened.bytesPerEvent());
  const results: AppendResult[] = [];
  for (const group of groups) {
    const ours = { events: 0, ms: 0, times: [] as number[] };
    const raw = { events: 0, ms: 0 };
    for (let round = 0; round < rounds; round++) {
      await appendFor(opened, group, ours);
      rawFor(join(folder, "raw"), Buffer.alloc(group * bytesPerEvent, "raw "), group, raw);
    }
    ours.times.sort((a, b) => a - b);
    results.push({
      group,
      eventsPerSecond: (ours.events * 1000) / ours.ms,
      rawEventsPerSecond: (raw.events * 1000) / raw.ms,
      p50Ms: percentile(ours.times, 0.5),
      p99Ms: percentile(ours.times, 0.99),
    });
  }
  await opened.log.close();
  return { results, bytesPerEvent };
}

async function appendFor({ author }: Opened, group: number, sum: { events: number; ms: number; times: number[] }) {
  const beganMs = performance.now();
  let beforeMs = beganMs;
  while (beforeMs - beganMs < roundMs) {
    await Promise.all(Array.from({ length: group }, (_, at) => author.append(reportedEvent(at, sum.events + at))));
    const nowMs = performance.now();
    sum.times.push(nowMs - beforeMs);
    sum.events += group;
    beforeMs = nowMs;
  }
  sum.ms += beforeMs - beganMs;
}

function rawFor(path: string, block: Buffer, group: number, sum: { events: number; ms: number }): void {
  const file = openSync(path, "a");
  const beganMs = performance.now();
  while (performance.now() - beganMs < roundMs) {
    writeSync(file, block);
    fdatasyncSync(file);
    sum.events += group;
  }
  sum.ms += performance.now() - beganMs;
  closeSync(file);
}

/** 10 000 properties in the base, then events after it. */
async function fill(folder: string): Promise<void> {
  const first = await openEventLog(folder, { compactEvents: properties, maintenanceMs: 20 });
  await append(first, properties);
  while (first.bases() === 0) await new Promise<void>((resolve) => void systemClock.after(20, resolve));
  await first.log.close();
  const second = await openEventLog(folder, { compactEvents: 1e9, compactBytes: 1e12 });
  await append(second, tailEvents);
  await second.log.close();
}

async function append({ author }: Opened, count: number): Promise<void> {
  for (let from = 0; from < count; from += 250) {
    await author.append(...Array.from({ length: 250 }, (_, at) => reportedEvent((from + at) % properties, from + at)));
  }
}

interface ReadResult {
  readonly openMs: number;
  readonly replayMs: number;
}

async function measureReads(folder: string): Promise<ReadResult> {
  const beganMs = performance.now();
  const { log } = await openEventLog(folder, { compactEvents: 1e9, compactBytes: 1e12 });
  const openMs = performance.now() - beganMs;
  const replayBeganMs = performance.now();
  let page = await log.replay({ afterSeq: 0, cursor: "", prefixes: [], fromFloor: false });
  while (page.more) page = await log.replay({ afterSeq: 0, cursor: page.cursor, prefixes: [], fromFloor: false });
  const replayMs = performance.now() - replayBeganMs;
  await log.close();
  return { openMs, replayMs };
}

/** A module's `openLog` against metamanager as a process of its own, over a real nats-server. */
async function measureRebuild(folder: string, logFolder: string): Promise<number[]> {
  const server = await startNatsServer({ folder: join(folder, "nats"), port: 0, jetStream: false });
  const main = fileURLToPath(new URL("../services/metamanager/src/main.ts", import.meta.url));
  const env = {
    PATH: process.env.PATH ?? "",
    HF_BUS_URL: server.url,
    HF_NODE: "gw-bench",
    HF_LOG_DIR: logFolder,
    HF_LOG_LEVEL: "warn",
    HF_LOG_COMPACT_EVENTS: "1000000000",
    HF_LOG_COMPACT_BYTES: "1000000000000",
  };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "ignore", "inherit"] });
  const times: number[] = [];
  try {
    for (let run = 0; run <= rebuilds; run++) times.push(await rebuildOnce(server.url));
  } finally {
    await end(child);
    await server.stop();
  }
  // The first one waited for the process.
  return times.slice(1).sort((a, b) => a - b);
}

async function rebuildOnce(url: string): Promise<number> {
  const logger = collectingLogger();
  const world = systemWorld(logger);
  const connection = await world.connect({ url, name: "bench" });
  const context: Context<unknown> = {
    ...world,
    ...connection,
    ...{ service: "bench", config: {}, logger, instance: "bench", stats: createStats() },
    stopping: new AbortController().signal,
    fail: (error) => Promise.reject(error),
  };
  const state = new Map<string, Uint8Array>();
  const beganMs = performance.now();
  const log = await openLog(context, {
    module: "bench",
    prefixes: ["reported/"],
    onEntry: ({ event }) => state.set(event.key, event.body),
    onReset: () => state.clear(),
  });
  const tookMs = performance.now() - beganMs;
  if (state.size !== properties) throw new Error(`${state.size} properties were folded, not ${properties}`);
  log.stop();
  await connection.bus.drain();
  return tookMs;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

function appendTable(results: readonly AppendResult[]): Table {
  return {
    caption: "Appends, all synced before they are answered; the median and the 99th hundredth are of a whole group",
    columns: ["events in a group", "events/s", "fdatasync of the same bytes", "ratio", "p50 ms", "p99 ms"],
    rows: results.map(({ group, eventsPerSecond, rawEventsPerSecond, p50Ms, p99Ms }) => [
      group,
      rounded(eventsPerSecond),
      rounded(rawEventsPerSecond),
      rounded(eventsPerSecond / rawEventsPerSecond),
      rounded(p50Ms),
      rounded(p99Ms),
    ]),
  };
}

export async function benchLog(): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-log-"));
  try {
    const { results, bytesPerEvent } = await measureAppends(folder);
    const filled = join(folder, "filled");
    await fill(filled);
    const { openMs, replayMs } = await measureReads(filled);
    const times = await measureRebuild(folder, filled);
    const medianMs = percentile(times, 0.5);
    const aimMs = 1000;
    const all = properties + tailEvents;
    const figures = [
      figure(
        `${properties} properties and ${tailEvents} events folded over the bus`,
        `${rounded(medianMs)} ms`,
        `< ${aimMs} ms`,
        medianMs < aimMs,
        "the processor is the limit: reading, checking, sending and decoding share two cores",
      ),
    ];
    const reads: Table = {
      caption: `${properties} properties in the base and ${tailEvents} events after it`,
      columns: ["", "ms", "events/s"],
      rows: [
        ["open and verify all of it", rounded(openMs), rounded((2 * all * 1000) / openMs)],
        ["replay in pages, in the process", rounded(replayMs), rounded((all * 1000) / replayMs)],
        ["replay, sent and folded in another process", rounded(medianMs), rounded((all * 1000) / medianMs)],
      ],
    };
    const notes = [
      `An event takes ${bytesPerEvent} bytes on the disk with its place in the outbox and the answer to its author.`,
      `The log and the raw file take turns of ${roundMs} ms, ${rounds} each. One append is one event and one answer.`,
    ];
    return { title: "The event log", figures, tables: [appendTable(results), reads], notes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) printReport(await benchLog());
