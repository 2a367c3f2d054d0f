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
import { desiredChange, type Epoch, linkSync } from "@holdfast/proto";
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
