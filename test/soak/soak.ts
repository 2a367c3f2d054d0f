import { setTimeout as delay } from "node:timers/promises";
import { call } from "@holdfast/kernel";
import { seededRandom } from "@holdfast/kernel/testing";
import { logGetStatus } from "@holdfast/proto";
import { type Check, checkPromises, checkRest, podNames } from "./checks.ts";
import { device, node } from "./device.ts";
import { causeFaults, type FaultLog } from "./faults.ts";
import { SoakLedger } from "./ledger.ts";
import { SoakPlatform } from "./platform.ts";
import { podProcesses, processesOf } from "./pods.ts";
import { ResourcesSeen, readEvents } from "./stored.ts";
import { changingPod, configMap, configNames, SoakWriters, sleeper, steadyPods } from "./writers.ts";

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly faultLog: readonly string[];
  /** Named counts: what was written, acknowledged, stored, started again. */
  readonly counts: Readonly<Record<string, number>>;
  /** From the end of the last fault until both sides agreed about everything. */
  readonly restMs: number;
  readonly checks: readonly Check[];
  readonly skipped: readonly string[];
  /** Words of the modules that may explain a problem. */
  readonly hints: readonly string[];
}

export const problemsOf = ({ checks }: SoakReport): string[] => checks.flatMap(({ problems }) => problems);

const startMs = 120_000;
const restMaxMs = 240_000;
const copiesMs = 20_000;
const readEveryMs = 3000;

/** Faults at random under load for `seconds`, then rest, then the checks. Rejects when it cannot even start. */
export async function runSoak(seconds: number, seed: number): Promise<SoakReport> {
  const random = seededRandom(seed);
  const platform = await SoakPlatform.start();
  const killAll = () => {
    for (const one of platform.processes.values()) one.signal("SIGKILL");
  };
  process.once("exit", killAll);
  let report: SoakReport;
  try {
    report = await soak(platform, random, seconds, seed);
  } finally {
    await platform.stop();
    process.removeListener("exit", killAll);
  }
  const orphans = processesOf(platform.folder);
  const name = "nothing runs any more";
  return { ...report, checks: [...report.checks, { name, looked: platform.processes.size, problems: orphans }] };
}

async function soak(
  platform: SoakPlatform,
  random: ReturnType<typeof seededRandom>,
  seconds: number,
  seed: number,
): Promise<SoakReport> {
  await declareAll(platform);
  const ledger = new SoakLedger();
  const seen = new ResourcesSeen();
  const writers = new SoakWriters(platform, ledger, random.fork("writers"));
  await writers.start();
  const podsBefore = podProcesses(platform.podFolder, podNames(await platform.edge.objects.list("pod")));
  const faults: FaultLog = { lines: [], byKind: {} };
  const over = AbortSignal.timeout(seconds * 1000);
  const reading = readUntil(over, () => seen.read(platform.streams));
  await causeFaults(platform, random.fork("faults"), faults, over);
  await reading;
  const endMs = performance.now();
  await writers.stop();
  platform.device.still();
  const unrest = await waitForRest(platform, writers);
  const restMs = Math.round(performance.now() - endMs);
  await seen.read(platform.streams);
  let events = await readEvents(platform.streams);
  // The server makes its copies a little later.
  await until(
    "copies",
    async () => {
      if (events.copiesBehind) events = await readEvents(platform.streams);
      return !events.copiesBehind;
    },
    copiesMs,
  ).catch(() => {});
  const { bus } = platform.edge;
  const { quarantines } = await call(bus, logGetStatus, {}, {}, { timeoutMs: 5000 });
  const checks = [
    { name: "it comes to rest", looked: 1, problems: unrest === undefined ? [] : [unrest] },
    ...checkPromises(ledger, seen, events, writers.followed),
    ...(await checkRest({ platform, ledger, podsBefore, podStarts: events.podStarts })),
  ];
  const acknowledged = (sets: SoakLedger["edgeSets"]) =>
    [...sets.values()].filter(({ outcome }) => outcome === "acknowledged").length;
  const restarts = [...platform.processes.values()].reduce((sum, one) => sum + one.restarts, 0);
  const counts = {
    "facts acknowledged by the gateway's log": ledger.facts.size,
    "sets acknowledged on the gateway": acknowledged(ledger.edgeSets),
    "sets acknowledged in the cloud": acknowledged(ledger.cloudSets),
    "sets without an answer":
      ledger.edgeSets.size + ledger.cloudSets.size - acknowledged(ledger.edgeSets) - acknowledged(ledger.cloudSets),
    "ConfigMaps acknowledged": ledger.configs.length,
    "pod specs": ledger.podSpecs.length,
    "events stored in the cloud": events.total,
    "epochs of the log": events.epochs.length,
    quarantines,
    "entries seen by a follower of the log": writers.followed.entries,
    "resets of that follower": writers.followed.resets,
    "starts of modules after the first": restarts,
    "starts of nats-servers after the first": platform.cloudServer.restarts + platform.edgeServer.restarts,
    "bytes over the link": platform.wire.bytes,
  };
  const skipped = platform.disk && platform.cloudDisk ? [] : ["full disks: mounting small file systems takes root"];
  const hints = [...platform.processes.values()].flatMap(({ name, ownEnds }) =>
    ownEnds.map((words) => `${name} ended by itself: ${words}`),
  );
  const { lines: faultLog, byKind } = faults;
  return { seed, seconds, faults: byKind, faultLog, counts, restMs, checks, skipped, hints };
}

/** The device, the pods and what they use, until the gateway has all of it. */
async function declareAll(platform: SoakPlatform): Promise<void> {
  const { cloud, edge, device: plant } = platform;
  const pods = [...steadyPods, changingPod].map((name) => sleeper(name, 0));
  const configs = configNames.map((name) => configMap(name, `${name} first`));
  for (const object of [...plant.manifests, ...configs, ...pods]) {
    await until(`the cloud takes ${object.kind} ${object.metadata.name}`, async () => {
      await cloud.objects.apply(object);
      return true;
    });
  }
  await until("the pods run", async () => {
    const { items } = await edge.objects.list("pod");
    return items.filter(({ status }) => JSON.stringify(status ?? {}).includes('"phase":"Running"')).length === 4;
  });
  await until("the device is read", async () => {
    const { properties } = await cloud.twins.get(device);
    return properties.sensor0?.reported?.value !== undefined;
  });
}

async function readUntil(over: AbortSignal, read: () => Promise<void>): Promise<void> {
  while (!over.aborted) {
    await delay(readEveryMs, undefined, { signal: over }).catch(() => {});
    // The server may be away just now; what it holds is read the next time.
    await read().catch(() => {});
  }
}

/** Undefined when both sides agree; else what did not come to rest. */
async function waitForRest({ cloud, edge }: SoakPlatform, writers: SoakWriters): Promise<string | undefined> {
  let last = "";
  try {
    await until(
      "rest",
      async () => {
        const [status] = (await cloud.nodes.status()).filter((one) => one.node === node);
        last = JSON.stringify(status, (_, value) => (typeof value === "bigint" ? String(value) : value));
        const open = await edge.twins.proposals();
        // edged may have been killed last of all, and is asked afterwards.
        await edge.objects.list("pod");
        const { properties } = await cloud.twins.get(device);
        const pending = Object.entries(properties).filter(
          ([, { desired, convergence }]) => desired && convergence !== "applied",
        );
        last += ` proposals ${open.length} pending ${pending.map(([name, { convergence }]) => `${name} ${convergence}`)}`;
        const { equal: desired } = status?.desired ?? {};
        const { equal: reported } = status?.reported ?? {};
        const quiet = status?.status === "Ready" && status.outboxEvents === 0 && status.openProposals === 0;
        return quiet && desired === true && reported === true && open.length === 0 && pending.length === 0;
      },
      restMaxMs,
    );
    await writers.folded();
    return undefined;
  } catch (error) {
    return `no rest within ${restMaxMs} ms: ${last} ${error}`;
  }
}

async function until(what: string, condition: () => Promise<boolean>, withinMs = startMs): Promise<void> {
  const endMs = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < endMs) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await delay(100);
  }
  throw new Error(`${what}: not within ${withinMs} ms${last ? ` (${last})` : ""}`);
}
