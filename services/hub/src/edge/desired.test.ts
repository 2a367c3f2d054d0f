import type { LogEntry } from "@holdfast/kernel";
import { digestOf, entryHash, sameDigest } from "@holdfast/kernel";
import { DesiredTakenCodec, type Epoch, LinkPositionCodec, type SyncItem } from "@holdfast/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Change,
  emptyDesired,
  evolveDesired,
  objectKey,
  planChanges,
  planFull,
  provisionalCount,
  recountDesired,
  unsupportedCount,
} from "./desired.ts";

const life1: Epoch = { counter: 1, random: 1 };
const life2: Epoch = { counter: 2, random: 2 };

const item = (name: string, version: number, kind = "pod", removed = false): SyncItem => ({
  kind,
  namespace: "default",
  name,
  version,
  removed,
  content: Buffer.from(removed ? "" : `${name}@${version}`),
});
const named = (...items: SyncItem[]) => new Map(items.map((one) => [objectKey(one), one]));
const entry = (key: string, type: string, body: Uint8Array, ending: "state" | "removal" = "state"): LogEntry => ({
  seq: 0,
  event: {
    key,
    type,
    ending,
    subject: "",
    up: false,
    digested: false,
    body,
    stamp: undefined,
    module: "hub",
    incarnation: 1,
    actor: "",
    cause: "",
    restated: false,
  },
});

function commit(
  state: ReturnType<typeof emptyDesired>,
  changes: readonly Change[],
  incarnation: Epoch,
  position: number,
  knownIncarnation = incarnation,
) {
  for (const change of changes) {
    const key = `desired/${change.key}`;
    if (change.what === "remove") {
      evolveDesired(state, entry(key, "DesiredTaken", new Uint8Array(), "removal"));
      continue;
    }
    const { version = 0, content } = change.what === "take" ? change : (state.entries.get(change.key) ?? {});
    const body = { version, content: content ?? new Uint8Array(), incarnation, withheld: change.what === "withhold" };
    evolveDesired(state, entry(key, "DesiredTaken", DesiredTakenCodec.encode(body)));
  }
  const body = LinkPositionCodec.encode({ incarnation: knownIncarnation, position });
  evolveDesired(state, entry("link/position", "LinkPosition", body));
}
function nodeWith(count: number, incarnation = life1) {
  const state = emptyDesired();
  const items = Array.from({ length: count }, (_, index) => item(`p${index}`, index + 1));
  commit(state, planFull(state, named(...items), count, incarnation), incarnation, count);
  return { state, items };
}
const what = (changes: readonly Change[]) => changes.map((change) => `${change.what} ${change.key}`).sort();

test("takes what is new and leaves out what it has", () => {
  const { state } = nodeWith(2);
  expect(what(planChanges(state, [item("p0", 1), item("p1", 5), item("p2", 6)]))).toEqual([
    "take pod/default/p1",
    "take pod/default/p2",
  ]);
});

test("an old tombstone does not remove what was created again", () => {
  const { state } = nodeWith(1);
  commit(state, planChanges(state, [item("p0", 9)]), life1, 9);
  expect(planChanges(state, [item("p0", 8, "pod", true)])).toEqual([]);
  expect(what(planChanges(state, [item("p0", 10, "pod", true)]))).toEqual(["remove pod/default/p0"]);
});

test("a full sync of the same life removes what is not named, but nothing newer than its first page", () => {
  const { state, items } = nodeWith(3);
  expect(what(planFull(state, named(...items.slice(0, 1)), 2, life1))).toEqual(["remove pod/default/p1"]);
});

test("a cloud of another life that names nothing stops nothing", () => {
  const { state } = nodeWith(2);
  expect(what(planFull(state, new Map(), 1, life2))).toEqual(["withhold pod/default/p0", "withhold pod/default/p1"]);
});

test("a fifth of a kind may go under another life, more may not", () => {
  const { state, items } = nodeWith(10);
  expect(what(planFull(state, named(...items.slice(2)), 99, life2)).filter((line) => !line.startsWith("take"))).toEqual(
    ["remove pod/default/p0", "remove pod/default/p1"],
  );
  expect(
    what(planFull(state, named(...items.slice(3)), 99, life2)).filter((line) => line.startsWith("withhold")),
  ).toHaveLength(3);
});

test("a crash half-way through withholding does not turn the rest into removals", () => {
  const { state, items } = nodeWith(100);
  const rest = named(...items.slice(30));
  const plan = planFull(state, rest, 200, life2);
  commit(state, plan.filter(({ what }) => what === "withhold").slice(0, 20), life2, 100, life1);
  const again = planFull(state, rest, 200, life2);
  expect(again.filter(({ what }) => what === "withhold")).toHaveLength(10);
  expect(again.filter(({ what }) => what === "remove")).toHaveLength(0);
});

test("withheld objects leave the digest, return when named, go when explicitly deleted", () => {
  const { state, items } = nodeWith(2);
  commit(state, planFull(state, new Map(), 1, life2), life2, 1);
  expect(state.digest.count).toBe(0);
  commit(state, planChanges(state, [{ ...item("p0", 2), content: items[0]?.content ?? new Uint8Array() }]), life2, 2);
  expect(state.digest.count).toBe(1);
  commit(state, planChanges(state, [item("p1", 3, "pod", true)]), life2, 3);
  expect([...state.entries.keys()]).toEqual(["pod/default/p0"]);
});

test("resolutions are never withheld", () => {
  const state = emptyDesired();
  commit(state, planFull(state, named(item("r1", 1, "resolution")), 1, life1), life1, 1);
  expect(what(planFull(state, new Map(), 1, life2))).toEqual(["remove resolution/default/r1"]);
});

test("the digest is that of the entries, whatever happened before", () => {
  const names = fc.constantFrom("a", "b", "c", "d");
  const step = fc.record({ name: names, removed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const state = emptyDesired();
      steps.forEach(({ name, removed }, index) => {
        commit(state, planChanges(state, [item(name, index + 1, "pod", removed)]), life1, index + 1);
      });
      const hashes = [...state.entries].map(([key, { version, content }]) => entryHash(key, version, content));
      expect(sameDigest(state.digest, digestOf(hashes))).toBe(true);
    }),
  );
});

test("without a position everything is provisional, and an answer of any cloud is a change that is guarded", () => {
  const state = emptyDesired();
  const items = Array.from({ length: 10 }, (_, index) => item(`p${index}`, index + 1));
  const entries = items.map((one) => entry(`desired/${objectKey(one)}`, "DesiredTaken", DesiredTakenCodec.encode(one)));
  for (const one of entries) evolveDesired(state, one);
  expect(provisionalCount(state)).toBe(10);
  expect(what(planFull(state, new Map(), 99, life1)).every((line) => line.startsWith("withhold"))).toBe(true);
  const half = planFull(state, named(...items.slice(5)), 99, life1);
  expect(what(half)).toEqual(items.slice(0, 5).map(({ name }) => `withhold pod/default/${name}`));
  // What is older or newer than the cloud says is replaced by what it says.
  const older = { ...item("p0", 1), content: Buffer.from("what the cloud has") };
  expect(what(planFull(state, named(older, ...items.slice(1)), 99, life1))).toEqual(["take pod/default/p0"]);
  commit(state, planFull(state, named(...items), 99, life1), life1, 99);
  expect(provisionalCount(state)).toBe(0);
});

test("a digest that is wrong in memory is found when everything is counted anew", () => {
  const { state } = nodeWith(3);
  const { digest } = state;
  expect(recountDesired(state)).toBe(true);
  state.digest = { ...digest, count: 2 };
  expect(recountDesired(state)).toBe(false);
  expect(state.digest).toEqual(digest);
  const known = state.entries.get("pod/default/p0");
  if (known) known.content[0] = 0;
  expect(recountDesired(state)).toBe(false);
});

test("an object of a kind that nobody here knows is kept as it came, counts in the digest, and is told", () => {
  const state = emptyDesired();
  const strange = { ...item("s1", 2, "robot"), content: Buffer.from([0xff, 0x00, 0x80]) };
  commit(state, planFull(state, named(item("p0", 1), strange), 2, life1), life1, 2);
  expect([...(state.entries.get("robot/default/s1")?.content ?? [])]).toEqual([0xff, 0x00, 0x80]);
  expect(state.digest.count).toBe(2);
  expect(unsupportedCount(state)).toBe(1);
});
