import { type Context, createStats, emptyDigest, HoldfastError } from "@holdfast/kernel";
import { Scheduler, seededRandom } from "@holdfast/kernel/testing";
import type { SyncReply } from "@holdfast/proto";
import { expect, test } from "vitest";
import type { CloudHubConfig } from "./config.ts";
import type { DesiredView } from "./desired-view.ts";
import { openSyncs } from "./syncs.ts";

const incarnation = { counter: 1, random: 1 };
const config = { syncsWaitingMax: 100, syncsAtOnce: 8, syncPageBytes: 150, retryAfterMs: 500, retryMaxMs: 60_000 };

/** A hub whose nodes each have three objects, a page each. */
function syncsOver(check = async () => {}) {
  const scheduler = new Scheduler();
  const items = new Map(
    ["a", "b", "c"].map((name, index) => {
      const item = { kind: "pod", namespace: "", name, version: index + 1, removed: false, content: Buffer.alloc(100) };
      return [`pod//${name}`, { item, hash: undefined }] as const;
    }),
  );
  const held = { items, last: 3, floor: 0, digest: emptyDigest };
  const view: DesiredView = { incarnation, at: 3, node: () => held, recount: () => [], check, stop: async () => {} };
  const stats = createStats();
  const context = { clock: scheduler.clock(), random: seededRandom("hub"), stats, config, instance: "hub" };
  const syncs = openSyncs(context as unknown as Context<CloudHubConfig>, view);
  const ask = (node: string, after?: SyncReply, { timeoutMs = 10_000, life = incarnation } = {}) => {
    const page = { cursor: after?.cursor ?? "", upTo: after?.upTo ?? 0, hub: "", buckets: new Uint8Array() };
    return syncs.answer(node, { incarnation: life, since: 0, timeoutMs, bucketSums: new Uint8Array(), ...page });
  };
  return { scheduler, stats, ask };
}

test("nodes take turns: pages of one that has many go between the others'", async () => {
  const { scheduler, ask } = syncsOver();
  const order: string[] = [];
  const sync = async (node: string) => {
    for (let page = await ask(node); ; page = await ask(node, page)) {
      order.push(node);
      if (!page.more) return;
    }
  };
  for (let node = 0; node < 20; node += 1) void sync(`gw-${node}`);
  await scheduler.runFor(1000);
  const rounds = [0, 20, 40].map((from) => new Set(order.slice(from, from + 20)).size);
  expect(rounds).toEqual([20, 20, 20]);
});

test("few pages are made at once: everything else has its turn in between", async () => {
  const { scheduler, ask } = syncsOver();
  let answered = 0;
  for (let node = 0; node < 80; node += 1) void ask(`gw-${node}`).then(() => answered++);
  const seen: number[] = [];
  for (let atMs = 0; atMs < 10; atMs += 1) scheduler.after(atMs + 0.5, () => seen.push(answered));
  await scheduler.runFor(20);
  expect(seen, "the first found nobody else").toEqual([1, 9, 17, 25, 33, 41, 49, 57, 65, 73]);
});

test("a full hub says when to come back, one after the other; all of a storm are served", async () => {
  const { scheduler, stats, ask } = syncsOver();
  const told: number[] = [];
  let served = 0;
  const comeBack = async (node: string) => {
    for (;;) {
      const { retryAfterMs } = await ask(node);
      if (retryAfterMs === 0) break;
      told.push(retryAfterMs);
      await new Promise<void>((resolve) => void scheduler.after(retryAfterMs, resolve));
    }
    served += 1;
  };
  for (let node = 0; node < 3000; node += 1) void comeBack(`gw-${node}`);
  await scheduler.runFor(10);
  expect(told, "one was served at once, 100 wait").toHaveLength(2899);
  expect(Math.min(...told)).toBeGreaterThanOrEqual(config.retryAfterMs);
  expect(new Set(told).size, "not all at the same moment").toBeGreaterThan(100);
  await scheduler.runFor(3000);
  expect(served).toBe(3000);
  expect(stats.snapshot()).toMatchObject({ syncs: 3000, syncs_deferred: told.length });
});

test("a node that asks again has one place, and what it no longer waits for is not made", async () => {
  const { scheduler, stats, ask } = syncsOver();
  // The first ones are under way, and 72 wait.
  for (let node = 0; node < 80; node += 1) void ask(`gw-${node}`);
  const outcomes: string[] = [];
  const note = (what: string) =>
    [() => outcomes.push(what), (error: HoldfastError) => outcomes.push(error.code)] as const;
  void ask("gw-x").then(...note("older"));
  void ask("gw-x").then(...note("newer"));
  void ask("gw-y", undefined, { timeoutMs: 5 }).then(...note("late"));
  await scheduler.runFor(100);
  expect(outcomes).toEqual(["busy", "newer", "busy"]);
  expect(stats.snapshot()).toMatchObject({ syncs: 81, syncs_replaced: 1, syncs_expired: 1 });
});

test("the deadline counts from the arrival, also while the hub reads the cloud's incarnation", async () => {
  let read = () => {};
  const { scheduler, ask } = syncsOver(() => {
    return new Promise<void>((resolve) => {
      read = resolve;
    });
  });
  let outcome: unknown;
  ask("gw-1", undefined, { timeoutMs: 50, life: { counter: 1, random: 2 } }).catch((error) => {
    outcome = error;
  });
  scheduler.after(60, () => read());
  await scheduler.runFor(100);
  expect(outcome).toBeInstanceOf(HoldfastError);
  expect(outcome).toMatchObject({ code: "busy" });
});
