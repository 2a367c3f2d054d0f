import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type LinkOptions, type Outcome, runLink } from "./link.ts";
import { acknowledgeBeforeSync, losesWrites, noCompareAndSet } from "./sabotage.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 600);
const firstSeed = Number(process.env.HF_SIM_SEED ?? 1);
const minutes = 60_000;

const explain = ({ seed, problems, trace }: Outcome) =>
  `seed ${seed} (repeat: npm run sim -- --seed ${seed} --seeds 1)\n${problems.join("\n")}\n${trace.join("\n")}`;

async function failingSeeds(count: number, options: LinkOptions): Promise<Outcome[]> {
  const failed: Outcome[] = [];
  for (let seed = firstSeed; seed < firstSeed + count && failed.length === 0; seed += 1) {
    const outcome = await runLink(seed, options);
    if (outcome.problems.length > 0) failed.push(outcome);
  }
  return failed;
}

test(`log and link keep their promises over ${seeds} seeds`, { timeout: 10 * minutes }, async () => {
  expect((await failingSeeds(seeds, {})).map(explain).join("\n\n")).toBe("");
});

test("the same seed is the same run", { timeout: minutes }, async () => {
  const fingerprint = async () => {
    const { trace, lines, events } = await runLink(7);
    return `${events} ${createHash("sha256")
      .update(JSON.stringify([trace, lines]))
      .digest("hex")}`;
  };
  expect(await fingerprint()).toBe(await fingerprint());
});

test.each([
  ["marks without compare-and-set", noCompareAndSet],
  ["acknowledging before the disk has it", acknowledgeBeforeSync],
  ["a disk that silently loses writes", losesWrites],
])("a planted bug is found: %s", { timeout: 5 * minutes }, async (_, sabotage) => {
  const [found] = await failingSeeds(100, { sabotage });
  expect(found?.problems.join("\n") ?? "nothing was found").toMatch(/twice|missing|differ|at rest|reason/);
});
