// How long a change needs from the sample on the gateway's bus to a program on the cloud's bus, at 1 000 changes/s:
// devicetwin, log, link, EVENTS, SDK, all as processes of their own.
//   node bench/latency.ts [--quick] [--json]
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Holdfast } from "@holdfast/sdk";
import { type DiskRate, diskRate } from "./disk-rate.ts";
import { BenchProcesses, until } from "./gateway-processes.ts";
import { changesPerSecond, declarePlant, deviceCount } from "./plant.ts";
import { type BenchReport, figure, isQuick, percentile, printReport, rounded } from "./report.ts";
import { sharedMs } from "./sample-author.ts";

const warmUpMs = isQuick() ? 3000 : 8000;
const measureMs = isQuick() ? 4000 : 15_000;
/** For the last ones to arrive. */
const settleMs = 2000;

const aimMs = 50;
/** The aim holds where the disk is at least this fast; else it is as many times the time of one fdatasync. */
const aimDiskPerSecond = 4000;

interface Result {
  readonly sent: number;
  /** Sorted, ms. */
  readonly cloud: readonly number[];
  readonly gateway: readonly number[];
  readonly disk: DiskRate;
}

async function watch(sdk: Holdfast, latencies: number[], signal: AbortSignal): Promise<void> {
  for await (const event of sdk.twins.watch({ signal })) {
    if (event.type !== "reported" || event.body.value?.kind !== "double") continue;
    latencies.push(sharedMs() - event.body.value.double);
  }
}

/** Somebody in a process of its own publishes the samples; ends with this one. */
async function startAuthor(url: string) {
  const child = fork(new URL("sample-author.ts", import.meta.url), [url]);
  const [ready] = await once(child, "message");
  if (ready !== "ready") throw new Error("the author of the samples did not start");
  const ask = async (request: object) => {
    child.send(request);
    const [answer] = await once(child, "message");
    return answer;
  };
  return {
    publish: async (durationMs: number): Promise<number> =>
      (await ask({ perSecond: changesPerSecond, durationMs })).sent,
    heard: async (): Promise<number[]> => (await ask({ perSecond: 0 })).latencies,
    stop: () => child.kill("SIGTERM"),
  };
}

async function measure(): Promise<Result> {
  const bench = new BenchProcesses("latency");
  const ending = new AbortController();
  try {
    const cloud = await bench.startCloud();
    const gateway = await bench.startGateway(cloud.server.url, { modules: ["metamanager", "hub", "devicetwin"] });
    const sdk = await bench.program(cloud.server.url);
    const edge = await bench.program(gateway.server.url);
    // No mapper runs: nobody asks at these ports.
    await declarePlant(
      sdk,
      edge,
      Array.from({ length: deviceCount }, () => 9),
    );
    const latencies: number[] = [];
    const watching = watch(sdk, latencies, ending.signal);
    const author = await startAuthor(gateway.server.url);
    bench.atEnd(async () => void author.stop());
    await author.publish(warmUpMs);
    await until("the cloud hears of changes", () => latencies.length > 0);
    await delay(settleMs);
    const disk = diskRate(1000);
    latencies.length = 0;
    const sent = await author.publish(measureMs);
    await delay(settleMs);
    const heard = await author.heard();
    bench.check();
    ending.abort();
    await watching;
    const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
    return { sent, cloud: sorted(latencies), gateway: sorted(heard), disk };
  } finally {
    ending.abort();
    await bench.stop();
  }
}

function reportOf({ sent, cloud, gateway, disk }: Result): BenchReport {
  const p99 = percentile(cloud, 0.99);
  const fast = disk.perSecond >= aimDiskPerSecond;
  const syncs = (p99 / 1000) * disk.perSecond;
  const aimSyncs = (aimMs / 1000) * aimDiskPerSecond;
  const why =
    "the server syncs each change by itself, so on a disk that is hardly faster than the " +
    "changes they wait for the frame before them; and two cores run all of it";
  const name = "P99 from the sample to a program in the cloud, at 1 000 changes/s";
  const verdict = fast
    ? figure(name, `${rounded(p99)} ms`, `< ${aimMs} ms`, p99 < aimMs, why)
    : figure(
        name,
        `${rounded(p99)} ms, ${rounded(syncs)} fdatasyncs`,
        `< ${aimSyncs} fdatasyncs`,
        syncs < aimSyncs,
        why,
      );
  const row = (where: string, values: readonly number[]) => [
    where,
    rounded(values.length),
    ...[0.5, 0.9, 0.99, 0.999].map((share) => rounded(percentile(values, share))),
    rounded(values.at(-1) ?? Number.NaN),
  ];
  return {
    title: "Latency: from a sample on the gateway to a program",
    figures: [verdict],
    tables: [
      {
        caption: `ms from the sample on the gateway's bus, ${rounded(sent)} samples of which each is a change`,
        columns: ["to a program on", "events", "P50", "P90", "P99", "P99.9", "max"],
        rows: [row("the gateway's bus", gateway), row("the cloud's bus", cloud)],
      },
      {
        caption: "The disk in this run, 256 bytes and fdatasync, one after the other",
        columns: ["per second", "median ms", "P99 ms"],
        rows: [[rounded(disk.perSecond), rounded(disk.medianMs), rounded(disk.p99Ms)]],
      },
    ],
    notes: [
      "A change is synced twice on its way, in the gateway's log and in EVENTS (`sync_interval: always`).",
      "Samples that are overtaken by a newer one of their property before they are recorded make no event.",
    ],
  };
}

if (import.meta.main) printReport(reportOf(await measure()));
