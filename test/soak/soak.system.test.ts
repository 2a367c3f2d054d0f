import { expect, test } from "vitest";
import { faultKinds, fullDiskKinds } from "./faults.ts";
import { problemsOf, runSoak } from "./soak.ts";
import { asText } from "./text.ts";

const seconds = 60;
/** Filling a disk of its own takes root; without it the name of the test says what is left out. */
const isRoot = process.getuid?.() === 0;
const which = isRoot ? "of every kind" : "of every kind but full disks (these need root)";

test(`a soak of ${seconds} s with faults ${which} leaves nothing missing and nothing doubled`, async () => {
  const seed = Date.now() % 1_000_000;
  const report = await runSoak(seconds, seed);
  process.stdout.write(asText(report));
  expect(problemsOf(report), `seed ${seed}`).toEqual([]);
  expect(report.skipped.length > 0, "full disks are left out").toBe(!isRoot);
  const left = isRoot ? 0 : fullDiskKinds;
  expect(Object.keys(report.faults), `seed ${seed}: kinds of faults`).toHaveLength(faultKinds - left);
}, 600_000);
