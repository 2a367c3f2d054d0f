import { readFileSync } from "node:fs";
import { between, chance, pick, type SeededRandom } from "@holdfast/kernel/testing";

/** One thing that goes wrong. A plan is data made before the run, so that it can be kept, repeated and shrunk. */
export interface PlannedFault {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Chooses the gateway, the process or the byte that is hit, modulo what there is. */
  readonly target: number;
  readonly durationMs: number;
}

export const faultKinds = [
  "cut",
  "cut-one-way",
  "kill",
  "weather",
  "slow-consumer",
  "slow-disk",
  "full-disk",
  "clock-jump",
  "cloud-down",
  "slow-cloud",
  "lost-replies",
  "restore-cloud",
  "lose-events-stream",
  "lose-desired-stream",
  "power-loss",
  "roll-back-disk",
  "lose-tail",
  "flip-bytes",
  "tear-record",
  "unknown-writes",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export function planFaults(
  random: SeededRandom,
  count: number,
  untilMs: number,
  kinds: readonly FaultKind[],
): PlannedFault[] {
  const plan = Array.from({ length: count }, () => ({
    atMs: Math.round(between(random, 200, untilMs)),
    kind: pick(random, kinds),
    target: random.u32(),
    durationMs: Math.round(between(random, 50, chance(random, 0.2) ? 4000 : 1500)),
  }));
  return plan.sort((a, b) => a.atMs - b.atMs);
}

/** After it the cloud asks for what it had acknowledged. */
export function cloudForgets({ kind }: PlannedFault): boolean {
  return kind === "restore-cloud" || kind === "lose-events-stream";
}

/** When the last of them is over. */
export function lastEndMs(plan: readonly PlannedFault[]): number {
  return Math.max(0, ...plan.map(({ atMs, durationMs }) => atMs + durationMs)) + 1;
}

/** A run that can be repeated: everything else follows from these. */
export interface SavedPlan {
  readonly scenario: string;
  readonly seed: number;
  readonly faults: readonly PlannedFault[];
}

/** Error: a sentence, when the file is not one that a failure printed. */
export function readPlan(file: string): SavedPlan {
  const plan: Partial<SavedPlan> = JSON.parse(readFileSync(file, "utf8"));
  const { scenario, seed, faults } = plan;
  const known = faults?.every(({ kind }) => faultKinds.includes(kind)) === true;
  if (scenario === undefined || seed === undefined || !faults || !known) {
    throw new Error(`${file} is not a plan: it needs scenario, seed and faults as a failure prints them.`);
  }
  return { scenario, seed, faults };
}
