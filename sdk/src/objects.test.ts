import { HoldfastError } from "@holdfast/kernel";
import { expect, test } from "vitest";
import { holdfastOver } from "./connect.ts";
import type { WatchedObject } from "./objects.ts";
import { FakePlatform } from "./testing/fake-platform.ts";

function open() {
  const platform = new FakePlatform();
  const holdfast = holdfastOver(platform.nats.connect({ name: "program" }), { name: "program", timeoutMs: 500 });
  return { platform, holdfast };
}

const pod = (name: string) => JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name } });

async function take(events: AsyncIterable<WatchedObject>, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const { type, object, position } of events) {
    taken.push(`${type} ${object?.metadata.name ?? "-"} ${position}`);
    if (taken.length === count) break;
  }
  return taken;
}

test("first what is there, then each change; a place to go on from is told only when nothing before it is missing", async () => {
  const { platform, holdfast } = open();
  platform.lists = [[{ object: pod("a") }]];
  platform.onWatch = (position) => {
    if (position !== "list/1") return new Promise(() => {});
    const events = [
      { type: "ADDED", object: pod("b") },
      { type: "DELETED", object: pod("a") },
    ];
    return { events, position: "list/2" };
  };
  const events = holdfast.objects.watch("pod");
  expect(await take(events, 3)).toEqual(["ADDED a list/1", "ADDED b list/1", "DELETED a list/2"]);
});

test("a list is asked for page by page, and watched from the first one on", async () => {
  const { platform, holdfast } = open();
  platform.lists = [[{ object: pod("a") }], [{ object: pod("b") }], [{ object: pod("c") }]];
  const { items, position } = await holdfast.objects.list("pod");
  expect(items.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  expect(position).toBe("list/1");
});

test("a watch of what nobody serves says so, instead of waiting for ever", async () => {
  const { platform, holdfast } = open();
  platform.stop();
  await expect(take(holdfast.objects.watch("pod"), 1)).rejects.toMatchObject({ code: "no_responders" });
});

test("a position that is no longer there: a gap is told, and everything is listed again", async () => {
  const { platform, holdfast } = open();
  platform.lists = [[{ object: pod("c") }]];
  platform.onWatch = (position) => {
    if (position === "old") throw new HoldfastError("expired", "list again");
    return new Promise(() => {});
  };
  const events = holdfast.objects.watch("pod", { position: "old" });
  expect(await take(events, 2)).toEqual(["gap - old", "ADDED c list/1"]);
});

test("a watch ends at once when it is told to, although the platform has nothing to say", async () => {
  const { holdfast } = open();
  const stop = new AbortController();
  const ended = take(holdfast.objects.watch("pod", { signal: stop.signal }), 1);
  stop.abort();
  expect(await ended).toEqual([]);
});

test("logs are followed over an outage without losing or repeating a line", async () => {
  const { platform, holdfast } = open();
  let failures = 0;
  platform.onLogs = (cursor) => {
    if (cursor === "") return { lines: ["one", "two"], cursor: "2", end: true };
    if (cursor === "2" && failures++ < 2) throw new HoldfastError("unavailable", "edged restarts");
    if (cursor === "2") return { lines: ["three"], cursor: "3", end: true };
    return { lines: [], cursor, end: true };
  };
  const stop = new AbortController();
  const lines: string[] = [];
  for await (const line of holdfast.pods.logs("web", { follow: true, signal: stop.signal })) {
    lines.push(line);
    if (lines.length === 3) stop.abort();
  }
  expect(lines).toEqual(["one", "two", "three"]);
});
