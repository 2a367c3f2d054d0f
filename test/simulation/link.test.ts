import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { firstFailure } from "./campaign.ts";
import { runLink } from "./link.ts";
import type { PlannedFault } from "./plan.ts";

const seeds = Number(process.env.HF_SIM_SEEDS ?? 700);
const firstSeed = Number(process.env.HF_SIM_SEED ?? 1);
const minutes = 60_000;

test(`log and link keep their promises over ${seeds} seeds`, { timeout: 10 * minutes }, async () => {
  expect(await firstFailure("link", runLink, firstSeed, seeds)).toBe("");
});

test("the same seed is the same run, and so is the same plan", { timeout: minutes }, async () => {
  const fingerprint = async (plan?: readonly PlannedFault[]) => {
    const { story, events, plan: planned } = await runLink(7, plan ? { plan } : {});
    return { planned, told: `${events} ${createHash("sha256").update(story().join("\n")).digest("hex")}` };
  };
  const first = await fingerprint();
  expect(await fingerprint()).toEqual(first);
  expect(await fingerprint(JSON.parse(JSON.stringify(first.planned)))).toEqual(first);
});

test("nothing of a run is kept once it is over", { timeout: minutes }, async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  // The world holds its trace.
  const trace = new WeakRef((await runLink(7)).trace);
  await setImmediate();
  collectGarbage();
  expect(trace.deref()).toBeUndefined();
});
