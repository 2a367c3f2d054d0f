import { setTimeout as delay } from "node:timers/promises";
import { below, between, chance, pick, type SeededRandom, shuffle } from "@holdfast/kernel/testing";
import { cloudModules, gatewayModules, type SoakPlatform } from "./platform.ts";
import type { WireState } from "./wire.ts";

const modules = [...gatewayModules, ...cloudModules];

/** What is done to the platform, once: it takes its targets for itself until it is over. */
interface Fault {
  readonly kind: string;
  readonly targets: readonly string[];
  readonly detail: string;
  /** Does it, waits, and takes it back. */
  run(): Promise<void>;
}

type Kind = (platform: SoakPlatform, random: SeededRandom) => Fault | undefined;

const rounded = (ms: number) => Math.round(ms);

const kill: Kind = ({ processes }, random) => {
  const name = pick(random, modules);
  return {
    ...{ kind: "SIGKILL of a module", targets: [name], detail: name },
    run: async () => processes.get(name)?.signal("SIGKILL"),
  };
};

/** As if somebody pulled the plug of the gateway, with pods that survive it. */
const killGateway: Kind = ({ processes }) => ({
  ...{ kind: "SIGKILL of all modules of the gateway", targets: [...gatewayModules], detail: "" },
  run: async () => {
    for (const name of gatewayModules) processes.get(name)?.signal("SIGKILL");
  },
});

const stop: Kind = ({ processes }, random) => {
  const name = pick(random, modules);
  const forMs = rounded(between(random, 300, 7000));
  return {
    ...{ kind: "SIGSTOP of a module", targets: [name], detail: `${name} for ${forMs} ms` },
    run: async () => {
      processes.get(name)?.signal("SIGSTOP");
      await delay(forMs);
      processes.get(name)?.signal("SIGCONT");
    },
  };
};

const stopServer: Kind = (platform, random) => {
  const server = chance(random, 0.5) ? platform.cloudServer : platform.edgeServer;
  const forMs = rounded(between(random, 300, 4000));
  return {
    ...{ kind: "SIGSTOP of a nats-server", targets: [server.name], detail: `${server.name} for ${forMs} ms` },
    run: async () => {
      server.signal("SIGSTOP");
      await delay(forMs);
      server.signal("SIGCONT");
    },
  };
};

const restartOf = (side: "cloudServer" | "edgeServer", kind: string): Kind => {
  return (platform, random) => {
    const server = platform[side];
    const signal = chance(random, 0.7) ? "SIGKILL" : "SIGTERM";
    const forMs = rounded(between(random, 0, 4000));
    return {
      ...{ kind, targets: [server.name], detail: `${signal}, up again after ${forMs} ms` },
      run: async () => {
        await server.down(signal);
        await delay(forMs);
        await server.up();
      },
    };
  };
};

const linkFault = (kind: string, stateOf: (random: SeededRandom) => WireState): Kind => {
  return ({ wire }, random) => {
    const state = stateOf(random);
    const forMs = rounded(between(random, 300, 9000));
    const resets = state.kind !== "slow" && chance(random, 0.5);
    const detail = `${state.kind} for ${forMs} ms${resets ? ", then reset" : ""}`;
    return {
      ...{ kind, targets: ["wire"], detail },
      run: async () => {
        wire.become(state);
        await delay(forMs);
        if (resets) wire.reset();
        wire.become({ kind: "whole" });
      },
    };
  };
};

/** The link flaps: each time something is under way. */
const flap: Kind = ({ wire }, random) => {
  const times = 2 + below(random, 6);
  const pauses = Array.from({ length: times }, () => rounded(between(random, 20, 600)));
  return {
    ...{ kind: "link flaps", targets: ["wire"], detail: `${times} times` },
    run: async () => {
      for (const pauseMs of pauses) {
        wire.reset();
        await delay(pauseMs);
      }
    },
  };
};

const refillMs = 250;

const fullDisk: Kind = ({ disk }, random) => {
  if (!disk) return undefined;
  const forMs = rounded(between(random, 1000, 6000));
  return {
    ...{ kind: "full disk of the gateway", targets: ["disk"], detail: `for ${forMs} ms` },
    run: async () => {
      const endMs = performance.now() + forMs;
      // Again and again: what the log gives back of its own is taken too.
      while (performance.now() < endMs) {
        disk.fill();
        await delay(refillMs);
      }
      disk.free();
    },
  };
};

/** JetStream shuts itself down when it cannot write: with space again, somebody restarts it. */
const fullCloudDisk: Kind = ({ cloudDisk, cloudServer }, random) => {
  if (!cloudDisk) return undefined;
  const forMs = rounded(between(random, 1000, 4000));
  return {
    ...{ kind: "full disk of the cloud", targets: [cloudServer.name], detail: `for ${forMs} ms, then a restart` },
    run: async () => {
      cloudDisk.fill();
      await delay(forMs);
      cloudDisk.free();
      await cloudServer.down("SIGTERM");
      await cloudServer.up();
    },
  };
};

const kinds: readonly { readonly weight: number; readonly kind: Kind }[] = [
  { weight: 6, kind: kill },
  { weight: 1, kind: killGateway },
  { weight: 5, kind: stop },
  { weight: 1, kind: stopServer },
  { weight: 3, kind: linkFault("link cut", () => ({ kind: "cut" })) },
  { weight: 2, kind: linkFault("link half-open", () => ({ kind: "halfOpen" })) },
  {
    weight: 2,
    kind: linkFault("link half-open in one direction", (random) => ({
      kind: chance(random, 0.5) ? "upDeaf" : "downDeaf",
    })),
  },
  {
    weight: 2,
    kind: linkFault("link slow", (random) => ({
      kind: "slow",
      delayMs: rounded(between(random, 20, 400)),
      bytesPerSecond: rounded(between(random, 4000, 60_000)),
    })),
  },
  { weight: 2, kind: flap },
  { weight: 2, kind: restartOf("cloudServer", "restart of the cloud's nats-server") },
  { weight: 2, kind: restartOf("edgeServer", "restart of the gateway's nats-server") },
  { weight: 2, kind: fullDisk },
  { weight: 1, kind: fullCloudDisk },
];

/** Kinds of faults that there are, and how many of them need a disk that can be filled. */
export const faultKinds = kinds.length;
export const fullDiskKinds = kinds.filter(({ kind }) => kind === fullDisk || kind === fullCloudDisk).length;

/** Lines for people: when, what, to whom. */
export interface FaultLog {
  readonly lines: string[];
  readonly byKind: Record<string, number>;
}

const pauseMaxMs = 2500;
/** Faults at the same time; those with a target in common wait for each other. */
const lanes = 3;

/** Faults at random until the signal, every kind at least once; at the end all of them are over. */
export async function causeFaults(
  platform: SoakPlatform,
  random: SeededRandom,
  log: FaultLog,
  signal: AbortSignal,
): Promise<void> {
  const startMs = performance.now();
  const weighted = kinds.flatMap(({ weight, kind }) => Array<Kind>(weight).fill(kind));
  const due = shuffle(random, kinds).map(({ kind }) => kind);
  const busy = new Set<string>();
  const lane = async (own: SeededRandom) => {
    while (!signal.aborted) {
      await delay(between(own, 50, pauseMaxMs), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const wanted = due.shift();
      const fault = (wanted ?? pick(own, weighted))(platform, own);
      if (!fault) continue;
      if (fault.targets.some((target) => busy.has(target))) {
        if (wanted) due.push(wanted);
        continue;
      }
      for (const target of fault.targets) busy.add(target);
      log.lines.push(`${rounded(performance.now() - startMs)} ms: ${fault.kind} ${fault.detail}`.trimEnd());
      log.byKind[fault.kind] = (log.byKind[fault.kind] ?? 0) + 1;
      await fault.run().finally(() => {
        for (const target of fault.targets) busy.delete(target);
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(random.fork(`lane ${index}`))));
}
