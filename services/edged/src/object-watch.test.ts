import { type NewEvent, newEvent } from "@holdfast/kernel";
import { Scheduler } from "@holdfast/kernel/testing";
import { desiredTaken, podChanged, podInputs } from "@holdfast/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { ObjectWatch } from "./object-watch.ts";
import { PodTable } from "./pod-table.ts";
import { podOf } from "./testing/gateway.ts";

const at = { namespace: "default", name: "hello" };
const never = new AbortController().signal;

let scheduler: Scheduler;
let watch: ObjectWatch;
let table: PodTable;
let seq: number;

function commit(event: NewEvent): void {
  seq += 1;
  const change = table.apply({ seq, event: { ...event, module: "", incarnation: 1, restated: false } });
  if (change) watch.changed(change, seq);
}
const desire = () => {
  const content = new TextEncoder().encode(JSON.stringify(podOf()));
  commit(newEvent(desiredTaken, { kind: "pod", ...at }, { version: 1, content }));
};
const tell = () =>
  commit(newEvent(podChanged, { node: "gw-1", ...at, what: "started" }, { uid: "uid-1", status: "{}" }));

async function next(
  afterSeq: number,
  change: { noun?: "pod" | "secret"; namespace?: string } = {},
  selected = () => true,
) {
  const query = { noun: "pod" as const, namespace: "default", afterSeq, waitMs: 5000, selected, ...change };
  const asked = watch.next(query, never);
  asked.catch(() => undefined);
  await scheduler.runFor(5000);
  return (await asked).map(({ type }) => type);
}

beforeEach(() => {
  scheduler = new Scheduler();
  table = new PodTable();
  watch = new ObjectWatch(scheduler.clock(), table);
  seq = 0;
});

describe("watching objects", () => {
  it("tells how a pod comes, changes and goes", async () => {
    desire();
    tell();
    commit(newEvent(podInputs, at, { uid: "uid-1", specHash: "h", pod: JSON.stringify(podOf()), references: "{}" }));
    expect(await next(0)).toEqual(["ADDED", "MODIFIED"]);
    const before = seq;
    commit(newEvent(desiredTaken, { kind: "pod", ...at }, undefined));
    commit(newEvent(podChanged, { node: "gw-1", ...at, what: "removed" }, undefined));
    commit(newEvent(podInputs, at, undefined));
    expect((await next(before)).at(-1)).toBe("DELETED");
    const gone = seq;
    desire();
    expect(await next(gone)).toEqual(["ADDED"]);
  });

  it("waits for the first change, and answers without one in the end", async () => {
    const asked = watch.next({ noun: "pod", namespace: "_", afterSeq: 0, waitMs: 60_000, selected: () => true }, never);
    await scheduler.runFor(1000);
    desire();
    expect(await asked).toHaveLength(1);
    expect(await next(seq)).toEqual([]);
    expect(await next(0, { noun: "secret" })).toEqual([]);
    expect(await next(0, { namespace: "other" })).toEqual([]);
    expect(await next(0, {}, () => false)).toEqual([]);
  });

  it("says so when it does not know what happened since", async () => {
    desire();
    for (let times = 0; times < 1100; times++) tell();
    await expect(next(0)).rejects.toMatchObject({ code: "expired" });
    watch.begin(seq);
    await expect(next(seq - 1)).rejects.toMatchObject({ code: "expired" });
    expect(await next(seq)).toEqual([]);
  });
});
