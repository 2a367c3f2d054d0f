// Events a second from the gateway's log to a program on the cloud's bus, through all of Holdfast, against the same
// events published one by one to JetStream. Both to the same nats-server, in turns, so that both meet the same disk.
//   node bench/uplink.ts [--quick] [--json]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connectNats, type Message, natsStreams, type Streams } from "@holdfast/kernel";
import { type TwinReported, TwinReportedCodec } from "@holdfast/proto";
import type { Holdfast } from "@holdfast/sdk";
import { type DiskRate, diskRate } from "./disk-rate.ts";
import { BenchProcesses, type Measured, until } from "./gateway-processes.ts";
import { CpuMeter } from "./process-cost.ts";
import { type BenchReport, figure, isQuick, printReport, rounded, type Table } from "./report.ts";

type Sync = "always" | "default";

const rounds = Number(process.env.R ?? 4);
const perRound = isQuick() ? 1000 : 5000;
const warmUp = Number(process.env.W ?? 2000);
/** What stops a run that hangs. */
const roundTimeoutMs = 60_000;

const streams = [
  { name: "PLAIN", root: "jsp", live: "jspl" },
  { name: "COPIED", root: "jsc", live: "jscl" },
] as const;
type Way = "holdfast" | (typeof streams)[number]["name"];

/** What has come to the program: events are numbered, and come in their order. */
class Arrivals {
  /** The number of the last one. */
  last = -1;
  count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: (atMs: number) => void = () => {};

  take({ value }: Pick<TwinReported, "value">): void {
    this.last = value?.kind === "double" ? value.double : -1;
    this.count += 1;
    if (this.last === this.#wanted) this.#resolve(performance.timeOrigin + performance.now());
  }

  /** Wall time at which this one came. */
  until(number: number): Promise<number> {
    this.#wanted = number;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

async function withDeadline<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${roundTimeoutMs} ms`)), roundTimeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Another process, so that who publishes costs the program nothing. */
class Author {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(role: string, url: string): Promise<Author> {
    const child = fork(new URL("uplink-author.ts", import.meta.url), [role, url]);
    await once(child, "message");
    return new Author(child);
  }

  /** Wall time at which the first of them was given away. */
  async write(first: number, count: number): Promise<number> {
    this.#child.send({ first, count });
    const [{ startedMs }] = await once(this.#child, "message");
    return startedMs;
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
  }
}

interface Lane {
  readonly way: Way;
  readonly author: Author;
  readonly arrivals: Arrivals;
  written: number;
  elapsedMs: number;
}

async function run(lane: Lane, count: number): Promise<number> {
  const { arrivals } = lane;
  const before = arrivals.count;
  const arrived = arrivals.until(lane.written + count - 1);
  const written = lane.author.write(lane.written, count);
  lane.written += count;
  const [startedMs, endedMs] = await withDeadline(Promise.all([written, arrived]), lane.way);
  if (arrivals.count - before !== count) throw new Error(`${lane.way}: ${arrivals.count - before} came of ${count}`);
  return endedMs - startedMs;
}

interface Result {
  readonly sync: Sync;
  readonly disk: DiskRate;
  readonly perSecond: ReadonlyMap<Way, number>;
  /** µs of CPU of each process per event of Holdfast. */
  readonly cpuUs: ReadonlyMap<string, number>;
}

async function watch(sdk: Holdfast, arrivals: Arrivals, signal: AbortSignal): Promise<void> {
  for await (const event of sdk.twins.watch({ signal })) {
    if (event.type === "gap") throw new Error("the watch has a gap");
    if (event.type === "reported") arrivals.take(event.body);
  }
}

/** What JetStream alone needs: the stream as EVENTS is, without and with copies as TWINS and STATUS are. */
async function ensureStreams(made: Streams): Promise<void> {
  for (const { name, root, live } of streams) {
    await made.ensure({ name, subjects: [`${root}.>`], republish: { from: `${root}.>`, to: `${live}.>` } });
  }
  const sources = [{ stream: "COPIED", filters: ["jsc.>"] }];
  await made.ensure({ name: "COPY_ALL", sources });
  await made.ensure({ name: "COPY_LAST", sources, maxPerSubject: 1 });
}

async function measure(sync: Sync): Promise<Result> {
  const bench = new BenchProcesses("uplink");
  const ending = new AbortController();
  const lanes: Lane[] = [];
  try {
    const cloud = await bench.startCloud({ syncInterval: sync });
    const gateway = await bench.startGateway(cloud.server.url, { modules: ["metamanager", "hub"] });
    const sdk = await bench.program(cloud.server.url);
    const link = await connectNats({ url: cloud.server.url, name: "bench streams" });
    bench.atEnd(() => link.bus.drain());
    await until("the cloud answers", async () => (await sdk.twins.list()).length === 0);
    await until("the gateway is linked", async () =>
      (await sdk.nodes.status()).some(({ reported }) => reported?.equal),
    );
    await ensureStreams(natsStreams({ bus: link.bus, connection: link.connection }));
    const lane = async (way: Way, root: string, url: string) => {
      const one = { way, author: await Author.start(root, url), arrivals: new Arrivals(), written: 0, elapsedMs: 0 };
      lanes.push(one);
      return one;
    };
    const holdfast = await lane("holdfast", "log", gateway.server.url);
    const watching = watch(sdk, holdfast.arrivals, ending.signal);
    for (const { name, root, live } of streams) {
      const { arrivals } = await lane(name, root, cloud.server.url);
      const take = ({ data }: Message) => arrivals.take(TwinReportedCodec.decode(data));
      sdk.bus.subscribe(`${live}.>`, take, { pendingMax: 1_000_000 });
    }
    // What was written before the watch was live never comes.
    await until("the watch is live", async () => {
      await holdfast.author.write(holdfast.written++, 1);
      return holdfast.arrivals.count > 0;
    });
    await until("the last of them", () => holdfast.arrivals.last === holdfast.written - 1);
    const result = await compare(lanes, [...cloud.processes, ...gateway.processes]);
    bench.check();
    ending.abort();
    await watching;
    return { sync, ...result };
  } finally {
    ending.abort();
    for (const { author } of lanes) await author.stop();
    await bench.stop();
  }
}

async function compare(lanes: readonly Lane[], processes: readonly Measured[]) {
  for (const lane of lanes) await run(lane, warmUp);
  const disk = diskRate(500);
  const cpuUs = new Map<string, number>();
  const everybody = [...processes, { name: "the program", pid: process.pid }];
  for (let round = 0; round < rounds; round += 1) {
    for (const lane of lanes) {
      const meter = new CpuMeter(everybody);
      lane.elapsedMs += await run(lane, perRound);
      if (lane.way !== "holdfast") continue;
      const share = 1000 / (rounds * perRound);
      for (const [name, ms] of meter.used()) cpuUs.set(name, (cpuUs.get(name) ?? 0) + ms * share);
    }
  }
  const perSecond = new Map(lanes.map(({ way, elapsedMs }) => [way, (rounds * perRound * 1000) / elapsedMs]));
  return { disk, perSecond, cpuUs };
}

const aims = { always: 0.8, default: 1 };
const whys = {
  always: "every event is synced three times, in EVENTS and in its copies",
  default: "the processor is the limit",
};

function reportOf(results: readonly Result[]): BenchReport {
  const rate = (result: Result, way: Way) => result.perSecond.get(way) ?? Number.NaN;
  const ratio = (result: Result, way: Way) => rate(result, "holdfast") / rate(result, way);
  const figures = results.map((result) => {
    const aim = aims[result.sync];
    const value = ratio(result, "PLAIN");
    const name = `uplink against JetStream, sync_interval ${result.sync}`;
    return figure(name, rounded(value), `≥ ${aim}`, value >= aim, whys[result.sync]);
  });
  const rates: Table = {
    caption: "Events a second from the first append to the last delivery at a program on the cloud's bus",
    columns: ["sync_interval", "Holdfast", "JetStream", "ratio", "JetStream with both copies", "ratio", "fdatasync/s"],
    rows: results.map((result) => [
      result.sync,
      rounded(rate(result, "holdfast")),
      rounded(rate(result, "PLAIN")),
      rounded(ratio(result, "PLAIN")),
      rounded(rate(result, "COPIED")),
      rounded(ratio(result, "COPIED")),
      rounded(result.disk.perSecond),
    ]),
  };
  const names = [...(results[0]?.cpuUs.keys() ?? [])];
  const costs: Table = {
    caption: "Where Holdfast's time goes: µs of CPU per event",
    columns: ["sync_interval", ...names],
    rows: results.map(({ sync, cpuUs }) => [sync, ...names.map((name) => rounded(cpuUs.get(name) ?? 0))]),
  };
  return {
    title: "Uplink: from the log to a program in the cloud",
    figures,
    tables: [rates, costs],
    notes: [`${rounds} rounds of ${perRound} events each, in turns with the same events published to JetStream.`],
  };
}

if (import.meta.main) {
  const results: Result[] = [];
  for (const sync of (process.env.SYNC ?? "always default").split(" ") as Sync[]) results.push(await measure(sync));
  printReport(reportOf(results));
}
