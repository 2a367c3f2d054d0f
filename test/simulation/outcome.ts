import type { Guard } from "@holdfast/kernel/testing";
import { withinRights } from "./invariants/within-rights.ts";
import type { PlannedFault } from "./plan.ts";
import { type Problem, problem } from "./problem.ts";
import type { SimulatedWorld } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly Problem[];
  /** What went wrong by plan, and what ended by itself. */
  readonly trace: readonly string[];
  /** The same, and everything that the services logged, in its order. */
  readonly story: () => string[];
  readonly events: number;
  readonly plan: readonly PlannedFault[];
  /** What each identity may do, and what it did of it. */
  readonly rights: ReadonlyMap<string, Guard>;
}

export interface RunOptions {
  /** Instead of the plan that the seed makes. */
  readonly plan?: readonly PlannedFault[];
}

/** One of the worlds that are simulated. */
export type Scenario = (seed: number, options?: RunOptions) => Promise<Outcome>;

/** Does the work and gathers what came of it; a world that cannot go on at all is a problem like any other. */
export async function outcomeOf(
  world: SimulatedWorld,
  plan: readonly PlannedFault[],
  work: () => Promise<readonly Problem[]>,
): Promise<Outcome> {
  const problems = await work().catch((error) => [problem("comes to rest", String(error))]);
  const { seed, trace, scheduler, rights } = world;
  const all = [...problems, ...withinRights(world)];
  const story = () => storyOf(world);
  return { seed, problems: all, trace, story, events: scheduler.fired, plan, rights: rights.guards };
}

function storyOf({ trace, logger }: SimulatedWorld): string[] {
  const noted = trace.map((text) => ({ atMs: Number.parseFloat(text), text }));
  const logged = logger.timed.map(({ atMs, line: { level, message, fields } }) => ({
    atMs,
    text: `${atMs.toFixed(1)} ${level} ${message} ${JSON.stringify(fields)}`,
  }));
  return [...noted, ...logged].sort((a, b) => a.atMs - b.atMs).map(({ text }) => text);
}
