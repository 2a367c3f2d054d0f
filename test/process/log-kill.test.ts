import { once } from "node:events";
import { seededRandom } from "@holdfast/kernel/testing";
import { afterEach, expect, test } from "vitest";
import { desired, reported } from "../../services/metamanager/src/testing/log-fixture.ts";
import { LogNode } from "./fixtures/log-node.ts";

let node: LogNode | undefined;
afterEach(async () => {
  await node?.stop();
  node = undefined;
});

test("kill -9 in the middle of writes: what was acknowledged is there, once, in order", async () => {
  const seed = Date.now() % 1_000_000;
  const random = seededRandom(seed);
  const limits = { HF_LOG_COMPACT_EVENTS: "400", HF_LOG_HISTORY_BYTES: "200000", HF_LOG_MAINTENANCE_MS: "100" };
  node = await LogNode.start({ ...limits, HF_LOG_HISTORY_EVENTS: "100" });
  node.startLog();
  const followed: number[] = [];
  const follower = await node.module("follower", ({ seq }) => followed.push(seq));
  const author = await node.module("author");
  const acknowledged: { readonly seq: number; readonly value: number }[] = [];
  let value = 0;
  let writing = true;
  const write = async () => {
    while (writing) {
      const mine = ++value;
      const { lastSeq } = await author.append([reported(`p${mine % 50}`, mine), desired(`d${mine % 7}`, `${mine}`)]);
      acknowledged.push({ seq: lastSeq, value: mine });
    }
  };
  const writers = Array.from({ length: 12 }, write);
  for (let kill = 0; kill < 12; kill++) {
    const goal = acknowledged.length + 50 + (random.u32() % 400);
    await expect.poll(() => acknowledged.length, { timeout: 30_000, message: `seed ${seed}` }).toBeGreaterThan(goal);
    await node.endLog("SIGKILL");
    node.startLog();
  }
  writing = false;
  await Promise.all(writers);
  const last = acknowledged.at(-1)?.seq ?? 0;
  await follower.folded(last);
  // Each author's append has two sequences of its own, in the order in which they were made.
  expect(acknowledged.length).toBe(value);
  const bySeq = [...acknowledged].sort((a, b) => a.seq - b.seq);
  expect(bySeq.map(({ value: at }) => at)).toEqual(Array.from({ length: value }, (_, at) => at + 1));
  expect(bySeq.map(({ seq }) => seq)).toEqual(Array.from({ length: value }, (_, at) => 2 * (at + 1)));
  // The follower saw every event once, in order, over all the kills.
  expect(followed).toEqual(Array.from({ length: followed.length }, (_, at) => at + 1));
  // And the last life of a module folds the last values.
  const state = new Map<string, number>();
  await node.module(
    "late",
    ({ seq, event }) => state.set(event.key, seq),
    () => state.clear(),
    ["desired/"],
  );
  expect(state.size).toBe(7);
  expect(node.output).not.toMatch(/damaged/);
}, 120_000);

test("SIGTERM ends it within its deadline, and nothing is verified as lost afterwards", async () => {
  node = await LogNode.start();
  node.startLog();
  const author = await node.module("author");
  await Promise.all(Array.from({ length: 50 }, (_, at) => author.append([reported("a", at)])));
  const beganMs = Date.now();
  await node.endLog("SIGTERM");
  expect(Date.now() - beganMs).toBeLessThan(6000);
  node.startLog();
  const seqs: number[] = [];
  await node.module("late", ({ seq }) => seqs.push(seq));
  expect(seqs).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
});

test("a second metamanager on the same folder ends at once, with a sentence that says why", async () => {
  node = await LogNode.start();
  node.startLog();
  await node.module("author");
  const second = node.spawn();
  const [code] = await once(second, "exit");
  expect(code).toBe(1);
  await expect.poll(() => node?.output).toMatch(/another process holds this log; stop it first/);
  const author = await node.module("author");
  await author.append([reported("a", 1)]);
});
