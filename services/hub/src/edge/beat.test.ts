import { createStats, digestToMessage, HoldfastError, handler, nodeInboxPrefix, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { type Epoch, linkBeat, logGetStatus } from "@holdfast/proto";
import { expect, test } from "vitest";
import { runBeats } from "./beat.ts";
import { emptyDesired } from "./desired.ts";
import type { Downlink } from "./downlink.ts";
import type { EdgeHub } from "./hub.ts";

const life: Epoch = { counter: 1, random: 1 };

/** Heartbeats against a cloud that has something newer, and a downlink that ends as it is told to. */
function beating(sync: (full: boolean) => Promise<void>) {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const desired = Object.assign(emptyDesired(), { incarnation: life, position: 5 });
  const parts = { clock: scheduler.clock(), random: seededRandom("beat"), stats: createStats() };
  const config = { node: "gw-1", beatMs: 1000, requestTimeoutMs: 500, labels: [] };
  const context = { ...parts, logger: collectingLogger(), config, bus: nats.connect({ name: "edge" }) };
  const cloud = { bus: nats.connect({ name: "hub", inboxPrefix: nodeInboxPrefix("gw-1") }), streams: {} };
  const answers = { at: 9, last: 9 };
  const beat = handler(linkBeat, () => ({ incarnation: life, ...answers }));
  const status = handler(logGetStatus, () => ({}));
  serve(nats.connect({ name: "cloud" }), [beat], undefined, { logger: context.logger, stats: context.stats });
  serve(nats.connect({ name: "log" }), [status], undefined, { logger: context.logger, stats: context.stats });
  const hub = { context, cloud, desired, openProposals: new Set() } as unknown as EdgeHub;
  const ended = new AbortController();
  let failure: unknown;
  const downlink = { sync } as unknown as Downlink;
  runBeats(hub, { epoch: life, taken: 0, turns: 0, unnoted: false }, downlink, ended.signal).catch((error) => {
    failure = error;
  });
  const beats = () => context.stats.snapshot().beats ?? 0;
  return { scheduler, desired, answers, beats, failure: () => failure, stop: () => ended.abort() };
}

test("what is newer in the cloud is asked for, and nothing of a hub that is behind", async () => {
  const syncs: boolean[] = [];
  const { scheduler, answers, desired, stop } = beating(async (full) => {
    syncs.push(full);
    desired.position = 9;
  });
  await scheduler.runFor(100);
  expect(syncs).toEqual([false]);
  Object.assign(answers, { at: 3, last: 3, desired: digestToMessage({ sum: 1n, count: 1 }) });
  await scheduler.runFor(5000);
  expect(syncs).toEqual([false]);
  stop();
});

test("a full log or hub does not end the link: heartbeats go on and try again", async () => {
  let tries = 0;
  const { scheduler, beats, failure, stop } = beating(async () => {
    tries += 1;
    throw new HoldfastError("busy", "too much to do");
  });
  await scheduler.runFor(10_000);
  expect(beats()).toBeGreaterThan(7);
  expect(tries).toBe(beats());
  expect(failure()).toBeUndefined();
  stop();
});

test("a hub that has no turn for a sync yet does not stop the heartbeats, which are the lease", async () => {
  let syncs = 0;
  let taken = () => {};
  const { scheduler, desired, beats, failure, stop } = beating(() => {
    syncs += 1;
    return new Promise((resolve) => {
      taken = resolve;
    });
  });
  await scheduler.runFor(60_000);
  expect(beats()).toBeGreaterThan(50);
  expect(syncs, "one at a time").toBe(1);
  expect(failure()).toBeUndefined();
  desired.position = 8;
  taken();
  await scheduler.runFor(2000);
  expect(syncs, "what came meanwhile is asked for").toBe(2);
  stop();
});

test("any other failure of a sync ends it: the link begins anew", async () => {
  const { scheduler, beats, failure } = beating(async () => {
    throw new HoldfastError("timeout", "no answer");
  });
  await scheduler.runFor(10_000);
  expect(beats()).toBe(1);
  expect(failure()).toMatchObject({ code: "timeout" });
});
