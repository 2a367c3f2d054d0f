import { expect, test } from "vitest";
import type { Scenario } from "./outcome.ts";
import type { FaultKind, PlannedFault } from "./plan.ts";
import { problem } from "./problem.ts";
import { shrink } from "./shrink.ts";

const fault = (kind: FaultKind, atMs: number, durationMs = 1600): PlannedFault => ({
  kind,
  atMs,
  target: 0,
  durationMs,
});

test("a plan shrinks to the faults without which nothing fails, and those to the time that they need", async () => {
  const run: Scenario = async (seed, { plan = [] } = {}) => {
    const cut = plan.find(({ kind }) => kind === "cut");
    const fails = plan.some(({ kind }) => kind === "kill") && cut !== undefined && cut.durationMs >= 300;
    const problems = fails ? [problem("effects once", "twice")] : [problem("no repair", "another failure")];
    return { seed, problems, plan, trace: [], story: () => [], events: 0, rights: new Map() };
  };
  const plan = [
    ...[fault("weather", 1), fault("cut", 2), fault("power-loss", 3), fault("slow-disk", 4)],
    ...[fault("kill", 5), fault("weather", 6), fault("lose-tail", 7)],
  ];
  const { outcome, runs } = await shrink(run, await run(1, { plan }), { runsMax: 60 });
  expect(outcome.plan).toEqual([fault("cut", 2, 400), fault("kill", 5, 100)]);
  expect(outcome.problems).toMatchObject([{ invariant: "effects once" }]);
  expect(runs).toBeLessThan(30);
  const few = await shrink(run, await run(1, { plan }), { runsMax: 2 });
  expect(few.runs).toBe(2);
});
