import { expect, test } from "vitest";
import { runPlatform } from "./platform.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 400);
const firstSeed = Number(process.env.HF_SIM_SEED ?? 1);

test(`the whole platform keeps its promises over ${seeds} seeds`, { timeout: 10 * 60_000 }, async () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { problems, trace } = await runPlatform(seed);
    expect(
      problems,
      `seed ${seed} (repeat: npm run sim -- --platform --seed ${seed} --seeds 1)\n${trace.join("\n")}`,
    ).toEqual([]);
  }
});
