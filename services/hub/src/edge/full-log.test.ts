import { createStats, HoldfastError, handler, type NewEvent, nodeInboxPrefix, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { type Epoch, linkSync, type SyncItem } from "@holdfast/proto";
import { expect, test } from "vitest";
import { emptyDesired, evolveDesired } from "./desired.ts";
import { startDownlink } from "./downlink.ts";
import type { EdgeHub } from "./hub.ts";

const life: Epoch = { counter: 1, random: 1 };
const pod = (name: string, version: number, removed = false): SyncItem => ({
  kind: "pod",
  namespace: "default",
  name,
  version,
  removed,
  content: Buffer.from(removed ? "" : name),
});

test("a full log takes the deletions of a sync; the rest waits for room, and the position with it", async () => {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const desired = emptyDesired();
  let full = false;
  const fold = (events: readonly NewEvent[]) => {
    const author = { stamp: undefined, module: "hub", incarnation: 1, restated: false };
    for (const event of events) evolveDesired(desired, { seq: 1, event: { ...event, ...author } });
    return { firstSeq: 1, lastSeq: events.length };
  };
  const makesRoom = ({ ending, key }: NewEvent) => ending === "removal" || key === "link/position";
  const log = {
    append: async (events: readonly NewEvent[]) => {
      if (full && !events.every(makesRoom)) throw new HoldfastError("busy", "full");
      return fold(events);
    },
    folded: async () => {},
  };
  const parts = { clock: scheduler.clock(), random: seededRandom("hub"), stats: createStats() };
  const config = { node: "gw-1", requestTimeoutMs: 1000 };
  const context = { ...parts, logger: collectingLogger(), config, stopping: new AbortController().signal };
  const cloud = { bus: nats.connect({ name: "hub", inboxPrefix: nodeInboxPrefix("gw-1") }), streams: {} };
  const hub = { context, cloud, log, desired, openProposals: new Set() } as unknown as EdgeHub;
  let items: SyncItem[] = [pod("a", 1), pod("b", 2)];
  const reply = () => ({ incarnation: life, upTo: Math.max(...items.map(({ version }) => version)), hub: "h", items });
  const rest = { retryAfterMs: 0, more: false, cursor: "", buckets: new Uint8Array() };
  const answer = handler(linkSync, (_: undefined, { since }) => ({ ...reply(), ...rest, full: since === 0 }));
  serve(nats.connect({ name: "cloud" }), [answer], undefined, { logger: context.logger, stats: context.stats });
  const downlink = startDownlink(hub);
  const synced = async () => {
    let end = "";
    const note = (how: string) => () => {
      end = how;
    };
    downlink.sync(false).then(note("synced"), note("busy"));
    await scheduler.runUntil(() => end !== "", 10_000, "the sync");
    return end;
  };
  const state = () => ({ position: desired.position, keys: [...desired.entries.keys()].sort() });
  expect(await synced()).toBe("synced");
  full = true;
  items = [pod("a", 3, true), pod("c", 4)];
  expect(await synced()).toBe("busy");
  expect(state()).toEqual({ position: 2, keys: ["pod/default/b"] });
  items = [pod("b", 5, true)];
  expect(await synced()).toBe("synced");
  expect(state()).toEqual({ position: 5, keys: [] });
});
