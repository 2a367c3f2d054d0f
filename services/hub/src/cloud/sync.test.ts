import { emptyDigest } from "@holdfast/kernel";
import type { SyncItem, SyncReply, SyncRequest } from "@holdfast/proto";
import { expect, test } from "vitest";
import { objectKey } from "../edge/desired.ts";
import type { DesiredView, NodeDesired } from "./desired-view.ts";
import { answerSync } from "./sync.ts";

const incarnation = { counter: 1, random: 1 };
const item = (name: string, version: number, removed = false): SyncItem => ({
  kind: "pod",
  namespace: "default",
  name,
  version,
  removed,
  content: Buffer.alloc(removed ? 0 : 60),
});
function viewOf(items: readonly SyncItem[], { at = 100, floor = 0 } = {}): DesiredView {
  const held: NodeDesired = {
    items: new Map(items.map((one) => [objectKey(one), { item: one, hash: undefined }])),
    last: Math.max(...items.map(({ version }) => version)),
    floor,
    digest: emptyDigest,
  };
  return { incarnation, at, node: () => held, recount: () => [], check: async () => {}, stop: async () => {} };
}
const ask = (request: Partial<SyncRequest>): SyncRequest => ({
  incarnation,
  since: 0,
  cursor: "",
  upTo: 0,
  hub: "",
  timeoutMs: 1000,
  bucketSums: new Uint8Array(),
  buckets: new Uint8Array(),
  ...request,
});
function allPages(view: DesiredView, since: number, onPage = () => {}): SyncReply[] {
  const pages = [answerSync(view, "gw-1", ask({ since }), "a", 150)];
  for (let last = pages[0]; last?.more; last = pages.at(-1)) {
    onPage();
    const { cursor, upTo, full } = last;
    pages.push(answerSync(view, "gw-1", ask({ since: full ? 0 : since, cursor, upTo }), "b", 150));
  }
  return pages;
}
const names = (pages: readonly SyncReply[]) => pages.flatMap(({ items }) => items.map(({ name }) => name));

test("only changes, by version", () => {
  const view = viewOf([item("c", 3), item("a", 9), item("b", 5)]);
  const pages = allPages(view, 4);
  expect(names(pages)).toEqual(["b", "a"]);
  expect(pages.every(({ full }) => !full)).toBe(true);
});

test("everything, by key, in pages that together name all", () => {
  const view = viewOf(["e", "d", "c", "b", "a"].map((name, index) => item(name, index + 1)));
  const pages = allPages(view, 0);
  expect(pages.length).toBeGreaterThan(1);
  expect(names(pages)).toEqual(["a", "b", "c", "d", "e"]);
  expect(pages.every(({ full, upTo }) => full && upTo === 100)).toBe(true);
});

test("an object that moves to a newer version while pages travel is still named", () => {
  const view = viewOf(["a", "b", "c", "d", "e"].map((name, index) => item(name, index + 1)));
  const moved = item("e", 500);
  const pages = allPages(view, 0, () =>
    view.node("gw-1").items.set(objectKey(moved), { item: moved, hash: undefined }),
  );
  expect(names(pages)).toContain("e");
});

test("another incarnation gets everything", () => {
  const request = ask({ since: 50, incarnation: { counter: 1, random: 2 } });
  expect(answerSync(viewOf([item("a", 1)]), "gw-1", request, "a", 1000).full).toBe(true);
});

test("a node below the floor of tombstones gets everything", () => {
  const view = viewOf([item("a", 60)], { floor: 50 });
  expect(answerSync(view, "gw-1", ask({ since: 49 }), "a", 1000).full).toBe(true);
  expect(answerSync(view, "gw-1", ask({ since: 50 }), "a", 1000).full).toBe(false);
});

test("a hub that is behind the one that answered the first page does not go on", () => {
  const view = viewOf([item("a", 1)], { at: 10 });
  expect(() => answerSync(view, "gw-1", ask({ cursor: "x", upTo: 11 }), "b", 1000)).toThrow(
    expect.objectContaining({ code: "unavailable" }),
  );
});

test("pages of two lives are not mixed", () => {
  const request = ask({ cursor: "x", upTo: 1, incarnation: { counter: 2, random: 2 } });
  expect(() => answerSync(viewOf([item("a", 1)]), "gw-1", request, "b", 1000)).toThrow(
    expect.objectContaining({ code: "stale_epoch" }),
  );
});
