import { describeFailure } from "./failure.ts";
import type { Scenario } from "./outcome.ts";
import { shrink } from "./shrink.ts";

const shrinkRunsMax = 60;

/** Runs the seeds one after the other until one fails; that is shrunk and described. Empty = all went well. */
export async function firstFailure(name: string, run: Scenario, firstSeed: number, seeds: number): Promise<string> {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const outcome = await run(seed);
    if (outcome.problems.length === 0) continue;
    const shrunk = await shrink(run, outcome, { runsMax: shrinkRunsMax });
    const words = `${outcome.plan.length} faults became ${shrunk.outcome.plan.length} in ${shrunk.runs} runs`;
    return `${describeFailure(name, shrunk.outcome)}\n  ${words}`;
  }
  return "";
}
