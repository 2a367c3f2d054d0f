// A thousand gateways that come to one cloud hub and one nats-server: all of them new, and all of them back at once
// after their links were cut. Time until each agrees with the cloud, and what one costs.
//   node bench/reconnect.ts [--quick] [--json]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connectNats, natsStreams } from "@holdfast/kernel";
import { type DiskRate, diskRate } from "./disk-rate.ts";
import { BenchProcesses, type Measured, until } from "./gateway-processes.ts";
import { objectsEach } from "./gateway-swarm.ts";
import { CpuMeter, memoryOf, total } from "./process-cost.ts";
import { type BenchReport, isQuick, percentile, printReport, rounded } from "./report.ts";
import { beginIncarnation, contentBytes, declareObjects, nodeNames } from "./swarm-desired.ts";

const count = isQuick() ? 200 : 1000;
const phaseTimeoutMs = 120_000;
const beatingMs = isQuick() ? 5000 : 10_000;

interface Phase {
  readonly name: string;
  /** Of each gateway, sorted, ms from the word "connect". */
  readonly times: readonly number[];
  readonly retries: number;
  readonly swarmCpuMs: number;
  /** By process, ms. */
  readonly cpuMs: ReadonlyMap<string, number>;
  /** By process, MiB when all were in sync. */
  readonly rssMiB: ReadonlyMap<string, number>;
}

async function ask(swarm: ChildProcess, word: "connect" | "cut") {
  swarm.send(word);
  const [answer] = await once(swarm, "message", { signal: AbortSignal.timeout(phaseTimeoutMs) });
  return answer;
}

const rssOf = (processes: readonly Measured[]) => new Map(processes.map((one) => [one.name, memoryOf(one).rssMiB]));

async function connectAll(name: string, swarm: ChildProcess, processes: readonly Measured[]): Promise<Phase> {
  const meter = new CpuMeter(processes);
  const { times, retries, cpuMs: swarmCpuMs } = await ask(swarm, "connect");
  return { name, times, retries, swarmCpuMs, cpuMs: meter.used(), rssMiB: rssOf(processes) };
}

interface Result {
  readonly phases: readonly Phase[];
  readonly before: ReadonlyMap<string, number>;
  /** Of one core, while all of them send heartbeats. */
  readonly beatingPercent: ReadonlyMap<string, number>;
  readonly disk: DiskRate;
}

async function measure(): Promise<Result> {
  const bench = new BenchProcesses("reconnect");
  try {
    const { server, processes } = await bench.startCloud({ modules: ["hub"] });
    const link = await connectNats({ url: server.url, name: "bench" });
    bench.atEnd(() => link.bus.drain());
    const streams = natsStreams(link);
    await until("the hub has made the streams", async () => (await streams.info("PRESENCE")).messages === 0);
    const nodes = nodeNames("gw", count);
    await declareObjects(streams, nodes, objectsEach, 1);
    await beginIncarnation(streams);
    const swarm = fork(new URL("gateway-swarm-process.ts", import.meta.url), [server.url, String(count)]);
    bench.atEnd(async () => void swarm.kill("SIGKILL"));
    await once(swarm, "message");
    const disk = diskRate(1000);
    const before = rssOf(processes);
    const first = await connectAll("new to the cloud", swarm, processes);
    await ask(swarm, "cut");
    await declareObjects(streams, nodes, 1, 2);
    const again = await connectAll("back after a cut", swarm, processes);
    const meter = new CpuMeter(processes);
    await delay(beatingMs);
    bench.check();
    return { phases: [first, again], before, beatingPercent: meter.percent(), disk };
  } finally {
    await bench.stop();
  }
}

function reportOf({ phases, before, beatingPercent, disk }: Result): BenchReport {
  const last = ({ times }: Phase) => (times.at(-1) ?? Number.NaN) / 1000;
  const names = [...before.keys()];
  const perNode = (ms: number | undefined) => rounded((ms ?? Number.NaN) / count);
  const rows = phases.map((phase) => [
    phase.name,
    rounded(last(phase)),
    rounded(percentile(phase.times, 0.5) / 1000),
    rounded(percentile(phase.times, 0.99) / 1000),
    rounded(phase.retries),
    ...names.map((name) => perNode(phase.cpuMs.get(name))),
    perNode(phase.swarmCpuMs),
  ]);
  const memory = names.map((name) => {
    const [start = 0, ...then] = [before, ...phases.map(({ rssMiB }) => rssMiB)].map((map) => map.get(name) ?? 0);
    const end = then.at(-1) ?? 0;
    const kib = rounded(((end - start) * 1024) / count);
    return [name, rounded(start), ...then.map(rounded), kib, rounded(beatingPercent.get(name) ?? 0)];
  });
  const figures = phases.map((phase) => ({
    name: `${rounded(count)} gateways, ${phase.name}, until all are in sync`,
    value: `${rounded(last(phase))} s, ${perNode(total(phase.cpuMs))} ms of the cloud's CPU each`,
  }));
  return {
    title: `Reconnect: ${rounded(count)} gateways at once`,
    figures,
    tables: [
      {
        caption: "Seconds until in sync, and ms of CPU per gateway",
        columns: [
          "gateways",
          "all",
          "P50",
          "P99",
          "retries",
          ...names.map((name) => `${name} ms`),
          "gateway itself ms",
        ],
        rows,
      },
      {
        caption: "RSS in MiB",
        columns: ["process", "before", ...phases.map(({ name }) => name), "KiB per gateway", "CPU % with heartbeats"],
        rows: memory,
      },
    ],
    notes: [
      `Each has a connection, ${objectsEach} desired objects of ${contentBytes} bytes and ${objectsEach} reported ` +
        "properties. In sync: hello answered, state report or events in EVENTS, desired state taken, and a heartbeat " +
        "answered with equal digests and mark.",
      `While they were cut off, one desired object of each changed in the cloud and all ${objectsEach} of its properties.`,
      "The gateways wait as real ones do before they say hello: a random time below 500 ms, more after a refusal.",
      `sync_interval always: ${rounded(count * (objectsEach + 1))} messages are synced each time at least; the disk ` +
        `made ${rounded(disk.perSecond)} fdatasync/s in this run.`,
    ],
  };
}

if (import.meta.main) printReport(reportOf(await measure()));
