import { between, chance, pick, type SeededRandom } from "@holdfast/kernel/testing";
import { MarkCodec, mark } from "@holdfast/proto";
import type { Ledger } from "./ledger.ts";
import { calm, type Gateway, type SimulatedWorld } from "./world.ts";

/** One thing that goes wrong, planned before the run so that a plan can be shrunk. */
export interface PlannedFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly target: number;
  readonly durationMs: number;
}

export const faultKinds = [
  "cut",
  "kill",
  "weather",
  "cloud-down",
  "lost-replies",
  "restore-cloud",
  "power-loss",
  "roll-back-disk",
  "lose-tail",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export function planFaults(
  random: SeededRandom,
  count: number,
  untilMs: number,
  kinds: readonly FaultKind[] = faultKinds,
): PlannedFault[] {
  const plan = Array.from({ length: count }, () => ({
    atMs: Math.round(between(random, 200, untilMs)),
    kind: pick(random, kinds),
    target: random.u32(),
    durationMs: Math.round(between(random, 50, chance(random, 0.2) ? 8000 : 1500)),
  }));
  return plan.sort((a, b) => a.atMs - b.atMs);
}

export interface Targets {
  readonly world: SimulatedWorld;
  readonly ledger: Ledger;
  readonly gateways: readonly Gateway[];
  /** The cloud came back from a backup: what the controller does then. */
  readonly cloudRestored: () => void;
}

interface Strike extends PlannedFault {
  readonly gateway: Gateway;
  /** After the fault's duration. */
  readonly later: (action: () => void) => void;
}

const strikes: Readonly<Record<FaultKind, (targets: Targets, strike: Strike) => void>> = {
  cut({ world }, { gateway, later }) {
    world.cutLink(gateway.name);
    later(() => world.healLink(gateway.name));
  },
  kill({ world: { processes } }, { target, durationMs }) {
    processes[target % processes.length]?.kill(durationMs);
  },
  weather({ world }, { later }) {
    world.weather = { lossShare: 0.1, duplicateShare: 0.1, delayMaxMs: 300 };
    later(() => {
      world.weather = calm;
    });
  },
  "cloud-down"({ world: { cloud } }, { later }) {
    cloud.stop();
    later(() => cloud.start());
  },
  "lost-replies"({ world: { jetStream, random } }, { later }) {
    jetStream.fault = (operation) => (operation === "append" && chance(random, 0.3) ? { lose: "reply" } : undefined);
    later(() => {
      jetStream.fault = () => undefined;
    });
  },
  "restore-cloud"(targets, { later }) {
    const { world, gateways, ledger, cloudRestored } = targets;
    const { jetStream } = world;
    const backup = jetStream.snapshot();
    const backupMs = world.scheduler.nowMs;
    const epochsThen = epochsOf(targets);
    later(() => {
      const epochsNow = epochsOf(targets);
      // What was acknowledged in an epoch that ended since cannot be sent again: a stated limit.
      gateways.forEach(({ name }, at) => {
        if (epochsThen[at] !== epochsNow[at]) ledger.forgive(name, backupMs);
      });
      jetStream.restore(backup);
      cloudRestored();
    });
  },
  "power-loss"({ world }, { gateway, durationMs }) {
    powerLoss(world, gateway, durationMs);
  },
  "roll-back-disk": (targets, { gateway, durationMs }) => rollBack(targets, gateway, durationMs),
  "lose-tail": (targets, { gateway, target }) => loseTail(targets, gateway, target),
};

export function inject(fault: PlannedFault, targets: Targets): void {
  const { world, gateways } = targets;
  const gateway = gateways[fault.target % gateways.length];
  if (!gateway) return;
  world.note(`fault ${fault.kind} on ${gateway.name} for ${fault.durationMs} ms`);
  const later = (action: () => void) => {
    world.scheduler.after(fault.durationMs, action);
  };
  strikes[fault.kind](targets, { ...fault, gateway, later });
}

function epochsOf({ world: { jetStream }, gateways }: Targets): (number | undefined)[] {
  return gateways.map(({ name }) => {
    const stored = jetStream.last("EVENTS", mark.subject.build({ node: name }));
    return stored && MarkCodec.decode(stored.data).epoch?.random;
  });
}

/** Every module of a gateway ends at once, and comes back in a new boot. */
function powerLoss(world: SimulatedWorld, gateway: Gateway, backAfterMs: number): void {
  gateway.boot += 1;
  for (const process of world.processes) if (process.name.startsWith(`${gateway.name}/`)) process.kill(backAfterMs);
}

function rollBack({ world, ledger }: Targets, gateway: Gateway, durationMs: number): void {
  const image = gateway.disk.snapshot();
  const imageMs = world.scheduler.nowMs;
  world.scheduler.after(durationMs, () => {
    powerLoss(world, gateway, 200);
    gateway.disk.restore(image);
    ledger.forgive(gateway.name, imageMs);
  });
}

/** What the medium lost at most: writes come no faster than this many a second here. */
const forgivenMs = 20_000;

function loseTail({ world, ledger }: Targets, gateway: Gateway, target: number): void {
  powerLoss(world, gateway, 200);
  // Its position is unknown afterwards, which counts as a changed incarnation: objects may be withheld.
  ledger.restored = true;
  gateway.disk.medium("log").loseTail(1 + (target % 20));
  ledger.forgive(gateway.name, Math.max(0, world.scheduler.nowMs - forgivenMs));
}
