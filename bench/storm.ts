// Gateways that all lose the cloud and come back at once, while others work: when are all in sync, what does one cost,
// how late are those that work, and how does it grow. Not among the benches of `npm run bench`: it takes minutes.
//   node bench/storm.ts [--quick] [--json]
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connectNats, natsStreams } from "@holdfast/kernel";
import { type DiskRate, diskRate } from "./disk-rate.ts";
import { BenchProcesses, type Measured, until } from "./gateway-processes.ts";
import { objectsEach } from "./gateway-swarm.ts";
import { CpuMeter, memoryOf } from "./process-cost.ts";
import { type BenchReport, figure, isQuick, percentile, printReport, rounded } from "./report.ts";
import { beginIncarnation, contentBytes, declareObjects, nodeNames } from "./swarm-desired.ts";

const sizes = isQuick() ? [200, 400] : [1000, 2000, 5000, 10_000];
const healthyCount = isQuick() ? 20 : 100;
const stormPrefix = "gw";
const phaseTimeoutMs = 240_000;
/** How long the working ones are watched before and after the storm. */
const calmMs = isQuick() ? 4000 : 15_000;

interface Times {
  /** Sorted, ms. */
  readonly times: readonly number[];
  readonly failed: number;
}

interface Storm {
  readonly count: number;
  /** Of each gateway, sorted, ms from the word "connect". */
  readonly times: readonly number[];
  readonly retries: number;
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly swarmCpuMs: number;
  readonly rssMiB: ReadonlyMap<string, number>;
  readonly healthy: { readonly before: Times; readonly during: Times; readonly after: Times };
  readonly disk: DiskRate;
}

async function ask(swarm: ChildProcess, word: "connect" | "cut" | "work" | "times") {
  swarm.send(word);
  const [answer] = await once(swarm, "message", { signal: AbortSignal.timeout(phaseTimeoutMs) });
  return answer;
}

/** In the field the storm's gateways are other machines: here they take what the cloud and those that work leave. */
const elsewhere = { execPath: "nice", execArgv: ["-n", "10", process.execPath] };

async function startSwarm(bench: BenchProcesses, url: string, count: number, prefix: string): Promise<ChildProcess> {
  const where = prefix === stormPrefix ? elsewhere : {};
  const swarm = fork(new URL("gateway-swarm-process.ts", import.meta.url), [url, String(count), prefix], where);
  bench.atEnd(async () => void swarm.kill("SIGKILL"));
  await once(swarm, "message");
  return swarm;
}

async function measure(count: number): Promise<Storm> {
  const bench = new BenchProcesses("storm");
  try {
    const { server, processes } = await bench.startCloud({ modules: ["hub"] });
    const link = await connectNats({ url: server.url, name: "bench" });
    bench.atEnd(() => link.bus.drain());
    const streams = natsStreams(link);
    await until("the hub has made the streams", async () => (await streams.info("PRESENCE")).messages === 0);
    await declareObjects(streams, [...nodeNames(stormPrefix, count), ...nodeNames("ok", healthyCount)], objectsEach, 1);
    await beginIncarnation(streams);
    const swarm = await startSwarm(bench, server.url, count, stormPrefix);
    const healthy = await startSwarm(bench, server.url, healthyCount, "ok");
    await ask(healthy, "connect");
    await ask(swarm, "connect");
    await ask(healthy, "work");
    await delay(1000);
    const disk = diskRate(1000);
    await ask(healthy, "times");
    await delay(calmMs);
    const before = await ask(healthy, "times");
    await ask(swarm, "cut");
    await ask(healthy, "times");
    const result = await storm(swarm, processes);
    const during = await ask(healthy, "times");
    await delay(calmMs);
    const after = await ask(healthy, "times");
    bench.check();
    return { count, ...result, healthy: { before, during, after }, disk };
  } finally {
    await bench.stop();
  }
}

async function storm(swarm: ChildProcess, processes: readonly Measured[]) {
  const meter = new CpuMeter(processes);
  const { times, retries, cpuMs: swarmCpuMs } = await ask(swarm, "connect");
  const rssMiB = new Map(processes.map((one) => [one.name, memoryOf(one).rssMiB]));
  return { times, retries, swarmCpuMs, cpuMs: meter.used(), rssMiB };
}

function reportOf(storms: readonly Storm[]): BenchReport {
  const seconds = ({ times }: Storm) => (times.at(-1) ?? Number.NaN) / 1000;
  const processes = [...(storms[0]?.cpuMs.keys() ?? [])];
  const [first, last] = [storms[0], storms.at(-1)];
  if (!first || !last) throw new Error("No storm was measured.");
  const p99 = ({ times }: Times) => percentile(times, 0.99);
  const late = p99(last.healthy.during) / p99(last.healthy.before);
  const growth = seconds(last) / seconds(first) / (last.count / first.count);
  const shared = "the storm's gateways, the server, the hub and those that work share two cores";
  return {
    title: `Storm: up to ${rounded(last.count)} gateways at once while ${healthyCount} work`,
    figures: [
      {
        name: `${rounded(last.count)} gateways back after a cut, until all are in sync`,
        value: `${rounded(seconds(last))} s`,
      },
      figure("P99 of those that work, during the storm against before", rounded(late), "≤ 2", late <= 2, shared),
      figure("growth of the time against that of the count", rounded(growth), "≤ 1.2", growth <= 1.2, shared),
    ],
    tables: [
      {
        caption: "Seconds until in sync, tries again, and ms of CPU per gateway",
        columns: ["gateways", "all", "P50", "P99", "retries", ...processes.map((name) => `${name} ms`), "itself ms"],
        rows: storms.map((one) => [
          rounded(one.count),
          rounded(seconds(one)),
          rounded(percentile(one.times, 0.5) / 1000),
          rounded(percentile(one.times, 0.99) / 1000),
          rounded(one.retries),
          ...processes.map((name) => rounded((one.cpuMs.get(name) ?? Number.NaN) / one.count)),
          rounded(one.swarmCpuMs / one.count),
        ]),
      },
      {
        caption: `ms from a change to the cloud's answer, ${healthyCount} gateways with one change a second each`,
        columns: ["storm of", "P50 before", "P99 before", "P50 during", "P99 during", "P99 after", "failed"],
        rows: storms.map(({ count, healthy: { before, during, after } }) => [
          rounded(count),
          rounded(percentile(before.times, 0.5)),
          rounded(p99(before)),
          rounded(percentile(during.times, 0.5)),
          rounded(p99(during)),
          rounded(p99(after)),
          before.failed + during.failed + after.failed,
        ]),
      },
      {
        caption: "RSS in MiB when all are back",
        columns: ["gateways", ...processes, "fdatasync/s of the disk"],
        rows: storms.map(({ count, rssMiB, disk }) => [
          rounded(count),
          ...processes.map((name) => rounded(rssMiB.get(name) ?? Number.NaN)),
          rounded(disk.perSecond),
        ]),
      },
    ],
    notes: [
      `Each has a connection, ${objectsEach} desired objects of ${contentBytes} bytes and ${objectsEach} reported ` +
        `properties, all of which changed while it was cut off: ${objectsEach + 1} messages that the server syncs.`,
      "The gateways wait as real ones do before they say hello: a random time below 500 ms, more after a refusal.",
      "Their process has a lower priority (nice 10), before and after the storm too: in the field they are other machines. " +
        "Those that work change something by chance, once a second on the average, and have the cloud's priority.",
    ],
  };
}

if (import.meta.main) {
  const storms: Storm[] = [];
  for (const count of sizes) {
    storms.push(await measure(count));
    process.stderr.write(`${count} gateways: done\n`);
  }
  printReport(reportOf(storms));
}
