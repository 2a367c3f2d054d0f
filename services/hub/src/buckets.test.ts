import { deflateRawSync } from "node:zlib";
import { digestOf, emptyDigest, entryHash, type LogEntry, sameDigest } from "@holdfast/kernel";
import {
  DesiredTakenCodec,
  type Epoch,
  type SyncItem,
  type SyncReply,
  SyncReplyCodec,
  type SyncRequest,
  SyncRequestCodec,
} from "@holdfast/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DesiredView, NodeDesired } from "./cloud/desired-view.ts";
import { answerSync } from "./cloud/sync.ts";
import { bucketSumsOf, type DesiredState, emptyDesired, evolveDesired, objectKey, planFull } from "./edge/desired.ts";

const life1: Epoch = { counter: 1, random: 1 };
const life2: Epoch = { counter: 2, random: 2 };
const pageBytes = 256 * 1024;
const none = new Uint8Array();

const item = (name: string, version: number, text: string): SyncItem => ({
  kind: "pod",
  namespace: "default",
  name,
  version,
  removed: false,
  content: Buffer.from(text),
});

function viewOf(items: readonly SyncItem[], incarnation: Epoch): DesiredView {
  const hashed = items.map((one) => {
    const key = objectKey(one);
    return [key, { item: one, hash: entryHash(key, one.version, one.content) }] as const;
  });
  const held: NodeDesired = { items: new Map(hashed), last: 9999, floor: 0, digest: emptyDigest };
  return { incarnation, at: 9999, node: () => held, recount: () => [], check: async () => {}, stop: async () => {} };
}

function put(state: DesiredState, one: SyncItem, withheldBy?: Epoch): void {
  const { version, content } = one;
  const body = DesiredTakenCodec.encode({
    version,
    content,
    withheld: withheldBy !== undefined,
    incarnation: withheldBy ?? life1,
  });
  const event = { key: `desired/${objectKey(one)}`, type: "DesiredTaken", ending: "state", body };
  evolveDesired(state, { seq: 0, event } as LogEntry);
}

/** Every page of a full sync, and what all of it weighs on the wire. */
function sync(view: DesiredView, state: DesiredState, bucketSums: Uint8Array) {
  const pages: SyncReply[] = [];
  let bytes = 0;
  let packed = 0;
  for (let last: SyncReply | undefined; !last || last.more; last = pages.at(-1)) {
    const after = last
      ? { cursor: last.cursor, upTo: last.upTo, hub: last.hub, buckets: last.buckets }
      : { bucketSums };
    const incarnation = (last ? last.incarnation : state.incarnation) ?? life1;
    const asked = SyncRequestCodec.encode({ incarnation, since: 0, timeoutMs: 1000, ...after });
    const request: SyncRequest = SyncRequestCodec.decode(asked);
    const answer = SyncReplyCodec.encode(answerSync(view, "gw-1", request, "hub", pageBytes));
    bytes += asked.length + answer.length;
    packed += asked.length + deflateRawSync(answer, { level: 1 }).length;
    pages.push(SyncReplyCodec.decode(answer));
  }
  const named = new Map(pages.flatMap(({ items }) => items).map((one) => [objectKey(one), one]));
  return { named, buckets: pages[0]?.buckets ?? none, upTo: pages[0]?.upTo ?? 0, bytes, packed };
}

const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
const object = fc.record({
  name: fc.constantFrom(...names),
  version: fc.integer({ min: 1, max: 3 }),
  text: fc.constantFrom("a", "b"),
});
const objects = fc.uniqueArray(object, { selector: ({ name }) => name, maxLength: 40 });
const changes = fc.array(fc.record({ at: fc.nat(), text: fc.option(fc.constantFrom("a", "b", "c"), { freq: 1 }) }), {
  maxLength: 12,
});

test("a sync of the buckets that differ plans exactly what a sync of everything plans, in every life of the cloud", () => {
  let saved = 0;
  fc.assert(
    fc.property(
      objects,
      changes,
      fc.constantFrom(life1, life2),
      fc.array(fc.nat(), { maxLength: 6 }),
      (all, edits, incarnation, withheld) => {
        const items = all.map(({ name, version, text }) => item(name, version, text));
        const state = emptyDesired();
        Object.assign(state, { incarnation: life1, position: 10 });
        for (const one of items) put(state, one);
        for (const at of withheld) {
          const one = items[at % Math.max(1, items.length)];
          if (one) put(state, one, at % 2 === 0 ? incarnation : { counter: 0, random: 9 });
        }
        const cloud = [...items];
        for (const { at, text } of edits) {
          const index = at % (cloud.length + 1);
          const one = cloud[index];
          if (text === null) cloud.splice(index, 1);
          else if (one) cloud[index] = { ...one, version: one.version + (at % 3), content: Buffer.from(text) };
          else cloud.push(item(`new${at % 20}`, 5, text));
        }
        const view = viewOf([...new Map(cloud.map((one) => [objectKey(one), one])).values()], incarnation);
        const everything = sync(view, state, none);
        const differing = sync(view, state, bucketSumsOf(state));
        expect(everything.buckets).toHaveLength(0);
        saved += everything.named.size - differing.named.size;
        const order = (plan: ReturnType<typeof planFull>) => plan.map((one) => JSON.stringify(one)).sort();
        const { upTo } = everything;
        expect(order(planFull(state, differing.named, upTo, incarnation, differing.buckets))).toEqual(
          order(planFull(state, everything.named, upTo, incarnation)),
        );
      },
    ),
    { numRuns: 600 },
  );
  expect(saved, "and it names less").toBeGreaterThan(200);
});

test("10 000 objects of which 3 differ: a twentieth of the bytes, and equal afterwards", () => {
  const text = (index: number) => JSON.stringify({ metadata: { name: `p${index}` }, spec: "x".repeat(300) });
  const items = Array.from({ length: 10_000 }, (_, index) => item(`p${index}`, index + 1, text(index)));
  const state = emptyDesired();
  Object.assign(state, { incarnation: life1, position: 10_000 });
  for (const one of items) put(state, one);
  for (const [index, changed] of [17, 4711, 9000].entries()) {
    items[changed] = item(`p${changed}`, 10_001 + index, "changed");
  }
  const view = viewOf(items, life1);
  const everything = sync(view, state, none);
  const differing = sync(view, state, bucketSumsOf(state));
  const { named, buckets, upTo } = differing;
  for (const change of planFull(state, named, upTo, life1, buckets)) {
    const one = named.get(change.key);
    if (one) put(state, one);
  }
  const hashes = items.map((one) => entryHash(objectKey(one), one.version, one.content));
  expect(sameDigest(state.digest, digestOf(hashes))).toBe(true);
  expect(differing.bytes).toBeLessThan(everything.bytes / 18);
  expect(differing.packed).toBeLessThan(everything.packed / 15);
});

test("one removal among many that are equal is no mass removal, although nothing at all is named", () => {
  const items = Array.from({ length: 20 }, (_, index) => item(`p${index}`, index + 1, "x"));
  const state = emptyDesired();
  Object.assign(state, { incarnation: life1, position: 20 });
  for (const one of items) put(state, one);
  const { named, buckets, upTo } = sync(viewOf(items.slice(1), life2), state, bucketSumsOf(state));
  expect(named.size).toBe(0);
  expect(planFull(state, named, upTo, life2, buckets)).toEqual([{ what: "remove", key: "pod/default/p0" }]);
});
