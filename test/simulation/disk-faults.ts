import { type MemoryMedium, pick } from "@holdfast/kernel/testing";
import type { Faults, Strike, Targets } from "./faults.ts";
import { slowDown } from "./machine.ts";
import { factIdsInCloud, factsOnDisk, metaOf } from "./stored.ts";
import { decidedSets, proposalsOnDisk } from "./stored-sets.ts";
import type { SimulatedWorld } from "./world.ts";

const slowDiskMs = 400;
/** What is left when a disk fills up: less than what a few appends need, or so little that nothing goes. */
const leftBytes = [4000, 500, 0];

/** Faults of a gateway's power and of its medium. */
export const diskFaults: Faults = {
  "power-loss": (targets, { gateway, durationMs }) => powerLoss(targets, gateway, durationMs),
  "slow-disk"({ world }, { gateway, later }) {
    later(slowDown(gateway, world.scheduler, world.random, slowDiskMs));
  },
  "full-disk"({ world }, { gateway: { disk }, later }) {
    disk.capacityBytes = disk.usedBytes + pick(world.random, leftBytes);
    later(() => {
      disk.capacityBytes = 2 ** 40;
    });
  },
  "roll-back-disk"(targets, { gateway, later }) {
    const image = gateway.disk.snapshot();
    later(() => {
      const sets = proposalsOnDisk(gateway.disk);
      const gaps = gapEventsOf(gateway);
      powerLoss(targets, gateway, 200);
      gateway.disk.restore(image);
      if (gapEventsOf(gateway) < gaps) targets.ledger.forgotGaps.add(gateway.name);
      remember(targets, gateway, sets);
    });
  },
  "lose-tail"(targets, { gateway, target }) {
    if (!gateway.disk.storeNames.includes("log")) return;
    const sets = proposalsOnDisk(gateway.disk);
    const gaps = gapEventsOf(gateway);
    powerLoss(targets, gateway, 200);
    gateway.disk.medium("log").loseTail(1 + (target % 20));
    if (gapEventsOf(gateway) < gaps) targets.ledger.forgotGaps.add(gateway.name);
    remember(targets, gateway, sets);
  },
  // Noticed when it is read, at the latest when the log is opened again.
  "flip-bytes"(targets, strike) {
    damage(targets, strike, (medium, key) => medium.flip(key, strike.target >>> 8));
  },
  "tear-record"(targets, strike) {
    damage(targets, strike, (medium, key) => {
      const value = medium.get(key) ?? new Uint8Array();
      medium.apply([{ key, value: value.subarray(0, (strike.target >>> 8) % Math.max(1, value.length)) }]);
    });
  },
};

/** Every module of a gateway ends at once, and comes back in a new boot. */
function powerLoss({ world, powerLost }: Targets, gateway: Strike["gateway"], backAfterMs: number): void {
  gateway.boot += 1;
  for (const process of world.on(gateway)) process.kill(backAfterMs);
  powerLost(gateway);
}

/** Of what was acknowledged only what the medium or the cloud still has can ever be told; `sets` = those before. */
function gapEventsOf({ disk }: Strike["gateway"]): number {
  return metaOf(disk)?.gapEvents ?? 0;
}

function remember({ world, ledger }: Targets, gateway: Strike["gateway"], sets: readonly string[]): void {
  // Its position is unknown afterwards, which counts as a changed incarnation: objects may be withheld.
  ledger.restored = true;
  ledger.onlyWhatRemains(
    gateway.name,
    new Set([...factsOnDisk(gateway.disk), ...factIdsInCloud(world.jetStream, gateway.name)]),
  );
  ledger.setsLeft(sets, setsLeft(world, gateway));
}

/**
 * Ids of sets that are decided, or that the medium can still tell. A proposal that is neither is withdrawn by the
 * next state report, which does not name it, also where EVENTS has it. A damaged record tells nothing, even when
 * it can be read.
 */
function setsLeft({ jetStream }: SimulatedWorld, { disk }: Strike["gateway"], damaged?: Uint8Array): Set<string> {
  return new Set([...proposalsOnDisk(disk, damaged), ...decidedSets(jetStream).keys()]);
}

/** One record of the log is no longer what was written: the log must find out and count what it lost. */
function damage(
  { world, ledger }: Targets,
  { gateway, target, later }: Strike,
  hit: (medium: MemoryMedium, key: Uint8Array) => void,
): void {
  if (!gateway.disk.storeNames.includes("log")) return;
  const medium = gateway.disk.medium("log");
  const keys = medium.scan({ gte: Uint8Array.of(0), lt: Uint8Array.of(255), limit: Number.MAX_SAFE_INTEGER });
  const key = keys[target % Math.max(1, keys.length)]?.[0];
  if (!key) return;
  ledger.restored = true;
  world.note(`hits the record ${Buffer.from(key).toString("hex")} of ${gateway.name}`);
  const sets = proposalsOnDisk(gateway.disk);
  hit(medium, key);
  ledger.setsLeft(sets, setsLeft(world, gateway, key));
  later(() => {
    for (const process of world.on(gateway)) if (process.name.endsWith("/metamanager")) process.kill(200);
  });
}
