import { between, seededRandom } from "@holdfast/kernel/testing";
import { expect, test, vi } from "vitest";
import { Ledger } from "./ledger.ts";
import { runLink } from "./link.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 20);

/** Backups that are put back one inside the other: the outer ones are the older ones. */
function nestedRestores(seed: number) {
  const random = seededRandom(`restored ${seed}`);
  const depth = 2 + (seed % 3);
  return Array.from({ length: depth }, (_, level) => ({
    kind: "restore-cloud" as const,
    target: 0,
    atMs: Math.round(300 + level * between(random, 200, 500)),
    durationMs: Math.round((depth - level) * between(random, 600, 900)),
  }));
}

test(`a cloud that is put back again and again is told everything again, over ${seeds} seeds`, {
  timeout: 600_000,
}, async () => {
  // Nothing is forgiven here: no epoch ends by a restore alone (docs/protocol.md 5).
  const forget = vi.spyOn(Ledger.prototype, "cloudForgot").mockImplementation(() => {});
  const failed: string[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { problems } = await runLink(seed, { plan: nestedRestores(seed) });
    if (problems.length > 0) failed.push(`${seed}: ${JSON.stringify(problems).slice(0, 300)}`);
  }
  expect(forget).toHaveBeenCalled();
  forget.mockRestore();
  expect(failed).toEqual([]);
});
