import { expect, test } from "vitest";
import { firstFailure } from "./campaign.ts";
import { runPlatform } from "./platform.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 300);
const firstSeed = Number(process.env.HF_SIM_SEED ?? 1);

test(`the whole platform keeps its promises over ${seeds} seeds`, { timeout: 10 * 60_000 }, async () => {
  expect(await firstFailure("platform", runPlatform, firstSeed, seeds)).toBe("");
});
