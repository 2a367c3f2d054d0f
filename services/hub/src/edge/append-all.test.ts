import { appendBytesMax, encodeEvent, type NewEvent, newEvent } from "@holdfast/kernel";
import { Scheduler } from "@holdfast/kernel/testing";
import { desiredTaken } from "@holdfast/proto";
import { expect, test } from "vitest";
import { appendAll } from "./append-all.ts";

const world = { clock: new Scheduler().clock(), bootId: "boot" };
const configMap = (index: number, bytes: number) =>
  newEvent(
    desiredTaken,
    { kind: "configmap", namespace: "default", name: `c${index}` },
    { version: index + 1, content: new Uint8Array(bytes) },
  );

/** Takes what the log takes, by bytes. */
function fakeLog() {
  const appends: (readonly NewEvent[])[] = [];
  let lastSeq = 0;
  return {
    appends,
    async append(events: readonly NewEvent[]) {
      const bytes = events.reduce(
        (sum, event) => sum + encodeEvent(world, { module: "hub", incarnation: 1 }, event).length,
        0,
      );
      expect(bytes).toBeLessThanOrEqual(appendBytesMax);
      appends.push(events);
      lastSeq += events.length;
      return { firstSeq: lastSeq - events.length + 1, lastSeq };
    },
    folded: async () => {},
  };
}

test.each([
  ["many of some kilobytes", 150, 8 * 1024],
  ["a few as large as they may be", 3, 500 * 1024],
  ["many small ones", 450, 10],
])("a sync of more than one append takes is taken in several, in order: %s", async (_, count, bytes) => {
  const log = fakeLog();
  const events = Array.from({ length: count }, (_, index) => configMap(index, bytes));
  await appendAll(log, events);
  expect(log.appends.length).toBeGreaterThan(1);
  expect(log.appends.flat()).toEqual(events);
});
