import { beforeEach, describe, expect, it } from "vitest";
import { Scheduler } from "../testing/clock.ts";
import { ObjectChanges, type ObjectQuery } from "./object-changes.ts";
import type { JsonObject } from "./object-reader.ts";

const pods = { noun: "pod", namespace: "default" };

let scheduler: Scheduler;
let changes: ObjectChanges<JsonObject>;
let seq: number;

function change(now: JsonObject | undefined, name = "hello"): void {
  seq += 1;
  changes.changed(pods, name, now, seq);
}

const query = (afterSeq: number, more: Partial<ObjectQuery> = {}): ObjectQuery => {
  return { ...pods, afterSeq, waitMs: 5000, labelSelector: "", ...more };
};

async function next(afterSeq: number, more: Partial<ObjectQuery> = {}) {
  const asked = changes.next(query(afterSeq, more));
  asked.catch(() => undefined);
  await scheduler.runFor(5000);
  return (await asked).events.map(({ type }) => type);
}

beforeEach(() => {
  scheduler = new Scheduler();
  changes = new ObjectChanges({ clock: scheduler.clock(), stopping: new AbortController().signal }, (object) => object);
  changes.begin(0);
  seq = 0;
});

describe("the changes of objects", () => {
  it("tell how one comes, changes and goes", async () => {
    change({ a: 1 });
    change({ a: 2 });
    expect(await next(0)).toEqual(["ADDED", "MODIFIED"]);
    const before = seq;
    change(undefined);
    change(undefined);
    expect(await next(before)).toEqual(["DELETED"]);
    const gone = seq;
    change({ a: 3 });
    expect(await next(gone)).toEqual(["ADDED"]);
  });

  it("are waited for; without one the answer is empty in the end", async () => {
    const asked = changes.next(query(0, { namespace: "_", waitMs: 60_000 }));
    await scheduler.runFor(1000);
    change({ metadata: { labels: { app: "web" } } });
    expect((await asked).events).toHaveLength(1);
    expect(await next(seq)).toEqual([]);
    expect(await next(0, { noun: "secret" })).toEqual([]);
    expect(await next(0, { namespace: "other" })).toEqual([]);
    expect(await next(0, { labelSelector: "app = web" })).toEqual(["ADDED"]);
    expect(await next(0, { labelSelector: "app=db" })).toEqual([]);
    await expect(next(0, { labelSelector: "app>web" })).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("say so when they do not know what happened since", async () => {
    change({});
    for (let times = 0; times < 1100; times++) change({});
    await expect(next(0)).rejects.toMatchObject({ code: "expired" });
    expect(await next(seq)).toEqual([]);
    const waiting = changes.next(query(seq, { waitMs: 60_000 }));
    changes.reset();
    await expect(waiting).rejects.toMatchObject({ code: "expired" });
    change({});
    await expect(next(seq - 1)).rejects.toMatchObject({ code: "expired" });
    changes.begin(seq);
    change({});
    expect(await next(seq - 1), "it was there before the changes began").toEqual(["MODIFIED"]);
  });

  it("of large objects come in pages that fit an answer", async () => {
    for (const name of ["a", "b", "c"]) change({ text: "x".repeat(480_000) }, name);
    const sizes: number[] = [];
    for (let afterSeq = 0; afterSeq < seq; ) {
      const { events, cutAtSeq } = await changes.next(query(afterSeq));
      sizes.push(events.length);
      afterSeq = cutAtSeq ?? seq;
    }
    expect(sizes).toEqual([1, 1, 1]);
  });
});
