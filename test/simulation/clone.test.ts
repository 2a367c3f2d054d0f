import { expect, test } from "vitest";
import { runClone } from "./clone.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 16);

test(`a cloned gateway: both refused, nothing lost, over ${seeds} seeds`, { timeout: 600_000 }, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { problems, trace } = await runClone(seed);
    expect(problems, `seed ${seed}\n${trace.join("\n")}`).toEqual([]);
  }
});
