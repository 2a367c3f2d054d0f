import type { HistoryOptions, TwinEvent, TwinHistory } from "@holdfast/sdk";
import { expect, test } from "vitest";
import { newestEvents } from "./twin-newest.ts";

const minuteMs = 60_000;

/** A history of `count` events, one per minute, the last one just now; pages of 10. */
function source(count: number) {
  const startMs = Date.now() - (count - 1) * minuteMs;
  const all = Array.from({ length: count }, (_, index): TwinEvent => {
    const place = { node: "gw-1", namespace: "default", device: "boiler", actor: "" };
    return {
      type: "online",
      ...place,
      position: `gw-1/1.1/${index}`,
      atMs: startMs + index * minuteMs,
      body: { atMs: 0 },
    };
  });
  const asked: HistoryOptions[] = [];
  const history = async (options: HistoryOptions = {}): Promise<TwinHistory> => {
    asked.push(options);
    const after = options.from === undefined ? -1 : Number(options.from.split("/").at(-1));
    const since = options.sinceMs ?? 0;
    const found = all.filter(({ atMs }, index) => index > after && atMs >= since);
    const events = found.slice(0, 10);
    const position = events.at(-1)?.position ?? `gw-1/1.1/${count - 1}`;
    return { events, position, more: events.length < found.length, truncated: false };
  };
  return { history, asked };
}

const numbers = (events: readonly TwinEvent[]) => events.map(({ position }) => Number(position.split("/").at(-1)));

test("the newest ones, without reading everything", async () => {
  const { history, asked } = source(10_000);
  const { events, isAll } = await newestEvents({ history }, { device: "boiler" }, 5, undefined);
  expect(numbers(events)).toEqual([9995, 9996, 9997, 9998, 9999]);
  expect(isAll).toBe(false);
  expect(asked.length).toBeLessThan(10);
});

test("all there are, when there are fewer", async () => {
  const { events, isAll } = await newestEvents(source(3), {}, 50, undefined);
  expect([numbers(events), isAll]).toEqual([[0, 1, 2], true]);
});

test("since a time, over several pages, the newest of them", async () => {
  const { events, isAll } = await newestEvents(source(100), {}, 20, Date.now() - 30.5 * minuteMs);
  expect([numbers(events).at(0), numbers(events).at(-1), isAll]).toEqual([80, 99, false]);
});
