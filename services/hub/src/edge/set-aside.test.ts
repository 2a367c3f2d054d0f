import {
  createStats,
  desiredBytesMax,
  digestOf,
  encodeEvent,
  entryHash,
  handler,
  type NewEvent,
  nodeInboxPrefix,
  publishEvent,
  sameDigest,
  serve,
} from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { DesiredTakenCodec, desiredChange, type Epoch, LogEventCodec, linkSync, type SyncItem } from "@holdfast/proto";
import { expect, test } from "vitest";
import { emptyDesired, evolveDesired, objectKey, recountDesired, unsupportedCount } from "./desired.ts";
import { startDownlink } from "./downlink.ts";
import type { EdgeHub } from "./hub.ts";

const life: Epoch = { counter: 1, random: 1 };
const pod = (name: string, version: number, content: string | Uint8Array = `${name}@${version}`): SyncItem => ({
  ...{ kind: "pod", namespace: "default", name, version, removed: false },
  content: Buffer.from(content),
});
const tooLarge = Buffer.alloc(desiredBytesMax + 1, "x");

/** A hub over a log that takes what the real one takes. */
function hubOf(items: SyncItem[]) {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const logged: { seq: number; event: ReturnType<typeof LogEventCodec.decode> }[] = [];
  const desired = emptyDesired();
  const world = { clock: scheduler.clock(), bootId: "boot" };
  const log = {
    append: async (events: readonly NewEvent[]) => {
      const encoded = events.map((event) => encodeEvent(world, { module: "hub", incarnation: 1 }, event));
      for (const { key } of events) if (key.length > 1024) throw new Error("key: must have 1 to 1024 bytes.");
      for (const bytes of encoded) logged.push({ seq: logged.length + 1, event: LogEventCodec.decode(bytes) });
      for (const entry of logged.slice(-encoded.length)) evolveDesired(desired, entry);
      return { firstSeq: 1, lastSeq: logged.length };
    },
    folded: async () => {},
  };
  const parts = { clock: world.clock, random: seededRandom("hub"), stats: createStats(), logger: collectingLogger() };
  const config = { node: "gw-1", requestTimeoutMs: 1000 };
  const context = { ...parts, config, stopping: new AbortController().signal };
  const cloud = { bus: nats.connect({ name: "hub", inboxPrefix: nodeInboxPrefix("gw-1") }), streams: {} };
  const hub = { context, cloud, log, desired, openProposals: new Set() } as unknown as EdgeHub;
  const answer = handler(linkSync, (_: undefined, { since }) => {
    const some = items.filter(({ version }) => version > since);
    const rest = { hub: "h", full: since === 0, retryAfterMs: 0, more: false, cursor: "", buckets: new Uint8Array() };
    return { incarnation: life, upTo: Math.max(...items.map(({ version }) => version)), items: some, ...rest };
  });
  serve(nats.connect({ name: "cloud" }), [answer], undefined, parts);
  const downlink = startDownlink(hub);
  const sync = async (full: boolean) => {
    const synced = downlink.sync(full);
    synced.catch(() => {});
    await scheduler.runFor(1000);
    await synced;
  };
  const live = async (prev: number, item: SyncItem) => {
    publishEvent(
      nats.connect({ name: "controller" }),
      desiredChange,
      { node: "gw-1" },
      { incarnation: life, prev, item },
    );
    await scheduler.runFor(1000);
  };
  return { desired, logged, sync, live, stats: parts.stats, logger: parts.logger };
}

const digestOver = (...items: SyncItem[]) =>
  digestOf(items.map((item) => entryHash(objectKey(item), item.version, item.content)));
const contentOf = ({ desired }: ReturnType<typeof hubOf>, name: string) =>
  Buffer.from(desired.entries.get(`pod/default/${name}`)?.content ?? "none").toString();

test.each([["in a sync"], ["live"]])("what is too large for the log holds up nothing else: %s", async (how) => {
  const items = [pod("big", 1), pod("web", 2)];
  const hub = hubOf(items);
  await hub.sync(true);
  const changes = [pod("big", 3, tooLarge), pod("web", 4)];
  if (how === "live") for (const [index, item] of changes.entries()) await hub.live(2 + index, item);
  else {
    items.push(...changes);
    await hub.sync(false);
  }
  expect(hub.desired.position).toBe(4);
  expect([contentOf(hub, "big"), contentOf(hub, "web")], "what was there before stays").toEqual(["big@1", "web@4"]);
  expect(unsupportedCount(hub.desired)).toBe(1);
  expect(hub.stats.snapshot()).toMatchObject({ desired_set_aside: 1 });
  expect(sameDigest(hub.desired.digest, digestOver(...changes)), "it counts in the digest").toBe(true);
  expect(recountDesired(hub.desired)).toBe(true);
  const restarted = emptyDesired();
  for (const entry of hub.logged) evolveDesired(restarted, entry);
  expect(sameDigest(restarted.digest, hub.desired.digest), "after a restart too").toBe(true);
  // Named again it is not taken again, and told once.
  await hub.sync(true);
  const errors = hub.logger.lines.filter(({ level }) => level === "error");
  expect(errors.map(({ fields }) => fields)).toEqual([{ key: "pod/default/big", version: 3 }]);
  await hub.live(4, pod("big", 5, "fits"));
  expect([contentOf(hub, "big"), unsupportedCount(hub.desired)]).toEqual(["fits", 0]);
});

test("what is too large and new is kept without its content", async () => {
  const hub = hubOf([pod("big", 1, tooLarge), pod("web", 2)]);
  await hub.sync(true);
  expect([contentOf(hub, "big"), contentOf(hub, "web")]).toEqual(["", "web@2"]);
  const { body } = hub.logged.find(({ event }) => event.key === "desired/pod/default/big")?.event ?? {};
  expect(DesiredTakenCodec.decode(body ?? new Uint8Array()).aside).toHaveLength(32);
});

test("what has a name that no key can have is left out, and told", async () => {
  const hub = hubOf([
    pod("", 1),
    pod("%".repeat(300), 2),
    { ...pod("é".repeat(100), 3), namespace: "é".repeat(100) },
    pod("web", 4),
  ]);
  await hub.sync(true);
  expect([...hub.desired.entries.keys()]).toEqual(["pod/default/web"]);
  expect(hub.desired.position).toBe(4);
  expect(hub.stats.snapshot()).toMatchObject({ desired_unnameable: 3 });
});
