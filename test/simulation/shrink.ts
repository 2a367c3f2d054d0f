import type { Outcome, Scenario } from "./outcome.ts";
import type { PlannedFault } from "./plan.ts";

export interface Shrunk {
  readonly outcome: Outcome;
  /** Runs that it took. */
  readonly runs: number;
}

/**
 * Delta debugging: leaves faults out, first many at once, then one by one, and shortens what is left, as long
 * as the same invariant breaks. Repeats itself exactly, since a run follows from its seed and plan alone.
 */
export async function shrink(run: Scenario, failed: Outcome, options: { readonly runsMax: number }): Promise<Shrunk> {
  const wanted = failed.problems[0]?.invariant;
  let best = failed;
  let runs = 0;
  const attempt = async (plan: readonly PlannedFault[]): Promise<boolean> => {
    if (runs >= options.runsMax) return false;
    runs += 1;
    const outcome = await run(failed.seed, { plan });
    if (!outcome.problems.some(({ invariant }) => invariant === wanted)) return false;
    best = outcome;
    return true;
  };
  for (let size = Math.ceil(best.plan.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < best.plan.length; ) {
      const without = [...best.plan.slice(0, at), ...best.plan.slice(at + size)];
      if (!(await attempt(without))) at += size;
    }
  }
  for (let at = 0; at < best.plan.length; at += 1) await shorten(best, at, attempt, () => best);
  return { outcome: best, runs };
}

const shortestMs = 100;

/** Halves how long one fault lasts while the failure stays. */
async function shorten(
  from: Outcome,
  at: number,
  attempt: (plan: readonly PlannedFault[]) => Promise<boolean>,
  best: () => Outcome,
): Promise<void> {
  for (let outcome = from; ; outcome = best()) {
    const fault = outcome.plan[at];
    if (!fault || fault.durationMs <= shortestMs) return;
    const durationMs = Math.round(fault.durationMs / 2);
    if (!(await attempt(outcome.plan.with(at, { ...fault, durationMs })))) return;
  }
}
