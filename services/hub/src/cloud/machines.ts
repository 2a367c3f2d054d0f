import { HoldfastError } from "@holdfast/kernel";
import type { Machines, Mark } from "@holdfast/proto";

/** Machines remembered as refused; the oldest are forgotten and would be noticed again. */
const refusedMax = 8;

/**
 * Whether a machine may speak for its node: "conflict" = it would change the epoch so soon after another machine
 * did that both must be running (docs/protocol.md 5).
 */
type Standing = "served" | "refused" | "conflict";

export interface Claim {
  readonly machineId: string;
  readonly nowMs: number;
  /** Two machines that change the epoch within this time share one identity. */
  readonly duplicateMs: number;
}

/** A machine that is not the mark's cannot go on in the mark's epoch, so whatever it says ends in a new one. */
export function standingOf(mark: Mark | undefined, { machineId, nowMs, duplicateMs }: Claim): Standing {
  if (!mark || machineId === "" || mark.machineId === "") return "served";
  const { refused = [], undecided = false, chosen = "" } = mark.machines ?? {};
  if (undecided || refused.includes(machineId)) return "refused";
  if (machineId === mark.machineId || machineId === chosen) return "served";
  return Math.abs(nowMs - mark.epochAtMs) < duplicateMs ? "conflict" : "served";
}

/** The mark after a conflict: nobody is served before an operator has decided. */
export function disputed(mark: Mark, machineId: string): Mark {
  const machines = { refused: others(mark, [mark.machineId, machineId]), undecided: true, chosen: "" };
  return { ...mark, machines };
}

/** The mark after an operator's word. Error: `invalid_argument` for a machine that never claimed this identity. */
export function decided(mark: Mark, node: string, machineId: string): Mark {
  const known = others(mark, [mark.machineId]);
  if (!known.includes(machineId)) {
    const words = known.length === 0 ? "none is known" : `it is one of ${known.join(", ")}`;
    throw new HoldfastError("invalid_argument", `machine: "${machineId}" never claimed to be ${node}; ${words}.`);
  }
  const refused = known.filter((one) => one !== machineId);
  const chosen = machineId === mark.machineId ? "" : machineId;
  return { ...mark, machines: { refused, undecided: false, chosen } };
}

/** What a mark keeps of this when `machineId` has begun an epoch. */
export function afterBegin(mark: Mark | undefined, machineId: string): Machines | undefined {
  const machines = mark?.machines;
  return machines?.chosen === machineId ? { ...machines, chosen: "" } : machines;
}

export function refusal(mark: Mark | undefined, node: string, machineId: string): HoldfastError {
  const { refused = [], undecided = false } = mark?.machines ?? {};
  const sentence = undecided
    ? `The machines ${refused.join(" and ")} both claim to be ${node}; nobody is served before an operator has decided`
    : `An operator chose another machine as ${node} than ${machineId}; give this one a name of its own, or choose it`;
  return new HoldfastError("duplicate_identity", `${sentence}: holdfast node accept-machine ${node} MACHINE.`);
}

function others({ machines }: Mark, more: readonly string[]): readonly string[] {
  return [...new Set([...(machines?.refused ?? []), ...more])].filter((one) => one !== "").slice(-refusedMax);
}
