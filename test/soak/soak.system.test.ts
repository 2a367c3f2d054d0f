import { expect, test } from "vitest";
import { problemsOf, runSoak } from "./soak.ts";
import { asText } from "./text.ts";

const seconds = 60;

test(`a soak of ${seconds} s with faults of every kind leaves nothing missing and nothing doubled`, async () => {
  const seed = Date.now() % 1_000_000;
  const report = await runSoak(seconds, seed);
  process.stdout.write(asText(report));
  expect(problemsOf(report), `seed ${seed}`).toEqual([]);
  expect(Object.keys(report.faults).length, "kinds of faults").toBeGreaterThan(8);
}, 600_000);
