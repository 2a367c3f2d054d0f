import {
  type Context,
  createStats,
  handler,
  type NewEvent,
  nodeInboxPrefix,
  publishEvent,
  serve,
} from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { desiredChange, type Epoch, linkSync, logReport } from "@holdfast/proto";
import { expect, test } from "vitest";
import type { EdgeHubConfig } from "./config.ts";
import { emptyDesired, evolveDesired, planFull } from "./desired.ts";
import { startDownlink } from "./downlink.ts";
import type { EdgeHub } from "./hub.ts";

const life1: Epoch = { counter: 1, random: 1 };
const pod = (version: number) => ({
  kind: "pod",
  namespace: "default",
  name: "web",
  version,
  removed: false,
  content: Buffer.from(`web@${version}`),
});

/** A hub whose log is as slow as it is told to be. */
function slowHub() {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const desired = emptyDesired();
  let lastSeq = 0;
  const fold = (events: readonly NewEvent[]) => {
    for (const event of events) {
      lastSeq += 1;
      const author = { stamp: undefined, module: "hub", incarnation: 1, restated: false };
      evolveDesired(desired, { seq: lastSeq, event: { ...event, ...author } });
    }
    return { firstSeq: lastSeq - events.length + 1, lastSeq };
  };
  const after = (delayMs: number) => new Promise<void>((resolve) => void scheduler.after(delayMs, resolve));
  const log = {
    append: (events: readonly NewEvent[]) => after(100).then(() => fold(events)),
    folded: async () => {},
  };
  const context = {
    clock: scheduler.clock(),
    random: seededRandom("hub"),
    stats: createStats(),
    logger: collectingLogger(),
    config: { node: "gw-1", requestTimeoutMs: 1000 },
    stopping: new AbortController().signal,
  };
  const cloud = { bus: nats.connect({ name: "hub", inboxPrefix: nodeInboxPrefix("gw-1") }), streams: {} };
  const hub = { context, cloud, log, desired, openProposals: new Set(), lastContactMs: 0 } as unknown as EdgeHub & {
    context: Context<EdgeHubConfig>;
  };
  return { scheduler, nats, hub, desired, fold };
}

test("an operator's word does not remove what the cloud names again at that moment", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  for (const change of planFull(desired, new Map([["pod/default/web", pod(1)]]), 1, life1)) {
    if (change.what !== "take") throw new Error("the node had nothing");
    desired.entries.set(change.key, { kind: "pod", version: 1, content: change.content, hash: 0n, withheldBy: life1 });
  }
  Object.assign(desired, { incarnation: life1, position: 1 });
  const downlink = startDownlink(hub);
  const cloud = nats.connect({ name: "cloud" });
  await scheduler.runFor(10);
  publishEvent(cloud, desiredChange, { node: "gw-1" }, { incarnation: life1, prev: 1, item: pod(2) });
  await scheduler.runFor(50);
  const removed = downlink.acceptRemovals();
  await scheduler.runFor(1000);
  expect(await removed).toBe(0);
  expect(desired.entries.get("pod/default/web")?.withheldBy).toBeUndefined();
  expect(desired.entries.get("pod/default/web")?.version).toBe(2);
});

test("a hub that is behind the node brings nothing back that was removed", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  Object.assign(desired, { incarnation: life1, position: 9 });
  const options = { logger: collectingLogger(), stats: createStats() };
  const page = { incarnation: life1, upTo: 5, hub: "behind", full: true, retryAfterMs: 0, more: false, cursor: "" };
  const answer = handler(linkSync, () => ({ ...page, items: [pod(4)] }));
  serve(nats.connect({ name: "cloud" }), [answer], undefined, options);
  await scheduler.runFor(10);
  const synced = startDownlink(hub).sync(true);
  await scheduler.runFor(1000);
  await synced;
  expect([...desired.entries.keys()]).toEqual([]);
  expect(desired.position).toBe(9);
});

test("live changes: what is old is dropped, what follows is taken, a hole is filled by a sync", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  Object.assign(desired, { incarnation: life1, position: 5 });
  const syncs: number[] = [];
  const answer = handler(linkSync, (_: undefined, { since }) => {
    syncs.push(since);
    const items = [pod(8)].filter(({ version }) => version > since);
    return { incarnation: life1, upTo: 8, hub: "h", full: false, retryAfterMs: 0, more: false, cursor: "", items };
  });
  serve(nats.connect({ name: "cloud" }), [answer], undefined, { logger: collectingLogger(), stats: createStats() });
  startDownlink(hub);
  const cloud = nats.connect({ name: "controller" });
  const live = async (prev: number, version: number, incarnation = life1) => {
    publishEvent(cloud, desiredChange, { node: "gw-1" }, { incarnation, prev, item: pod(version) });
    await scheduler.runFor(1000);
    return {
      position: desired.position,
      version: desired.entries.get("pod/default/web")?.version,
      syncs: syncs.length,
    };
  };
  await scheduler.runFor(10);
  expect(await live(1, 4), "older than the position").toEqual({ position: 5, version: undefined, syncs: 0 });
  expect(await live(5, 6), "the next one").toEqual({ position: 6, version: 6, syncs: 0 });
  expect(await live(7, 8), "one before it is missing").toEqual({ position: 8, version: 8, syncs: 1 });
  expect(await live(8, 9, { counter: 1, random: 2 }), "another life").toEqual({ position: 8, version: 8, syncs: 2 });
});

test("a full hub is asked again when it said so, and not before", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  const asked: number[] = [];
  const page = { incarnation: life1, upTo: 4, hub: "h", full: true, more: false, cursor: "" };
  const answer = handler(linkSync, () => {
    asked.push(hub.context.clock.monotonicMs());
    return asked.length < 3 ? { retryAfterMs: 20_000 } : { ...page, retryAfterMs: 0, items: [pod(4)] };
  });
  serve(nats.connect({ name: "cloud" }), [answer], undefined, { logger: collectingLogger(), stats: createStats() });
  await scheduler.runFor(10);
  void startDownlink(hub).sync(true);
  await scheduler.runFor(60_000);
  const [first = 0, ...later] = asked;
  expect(later.map((atMs) => Math.round((atMs - first) / 1000))).toEqual([20, 40]);
  expect(desired.position).toBe(4);
  expect(hub.context.stats.snapshot()).toMatchObject({ syncs_deferred: 2 });
});

test("a cloud with a lower counter than the node knows is not followed", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  Object.assign(desired, { incarnation: { counter: 3, random: 1 }, position: 5 });
  let counter = 2;
  const answer = handler(linkSync, () => ({
    ...{ incarnation: { counter, random: 9 }, upTo: 9, hub: "h", full: true, retryAfterMs: 0, more: false, cursor: "" },
    items: [pod(9)],
  }));
  serve(nats.connect({ name: "cloud" }), [answer], undefined, { logger: collectingLogger(), stats: createStats() });
  const downlink = startDownlink(hub);
  void downlink.sync(true);
  await scheduler.runFor(1000);
  expect(desired).toMatchObject({ incarnation: { counter: 3 }, position: 5 });
  expect(desired.entries.size).toBe(0);
  counter = 4;
  void downlink.sync(true);
  await scheduler.runFor(1000);
  expect(desired).toMatchObject({ incarnation: { counter: 4 }, position: 9 });
});

test("after every sync of everything unresolved proposals are sent again, after one of changes they are not", async () => {
  const { scheduler, nats, hub, desired } = slowHub();
  Object.assign(desired, { incarnation: life1, position: 5 });
  Object.assign(hub.context, { bus: nats.connect({ name: "hub on the edge" }) });
  const parts = { logger: collectingLogger(), stats: createStats() };
  const page = { incarnation: life1, upTo: 9, hub: "h", retryAfterMs: 0, more: false, cursor: "", items: [pod(9)] };
  const answer = handler(linkSync, (_: undefined, { since }) => ({ ...page, full: since === 0 }));
  serve(nats.connect({ name: "cloud" }), [answer], undefined, parts);
  const reports: boolean[] = [];
  const take = handler(logReport, (_: undefined, { sameEpoch }) => {
    reports.push(sameEpoch);
    return {};
  });
  serve(nats.connect({ name: "metamanager" }), [take], undefined, parts);
  const downlink = startDownlink(hub);
  const synced = async (full: boolean) => {
    const work = downlink.sync(full);
    await scheduler.runFor(2000);
    await work;
    return reports.length;
  };
  await scheduler.runFor(10);
  expect(await synced(true), "nothing is open").toBe(0);
  hub.openProposals.add("p-1");
  expect(await synced(false)).toBe(0);
  expect(await synced(true)).toBe(1);
  expect(reports).toEqual([true]);
});
