import { expect, test } from "vitest";
import { holdfastOver } from "./connect.ts";
import { FakePlatform } from "./testing/fake-platform.ts";
import { plain, type TwinEvent, type TwinGap } from "./twin-event.ts";
import { waitingMax } from "./twin-live.ts";
import type { WatchOptions } from "./twin-watch.ts";

function open(options: WatchOptions = {}) {
  const platform = new FakePlatform();
  const holdfast = holdfastOver(platform.nats.connect({ name: "program" }), { name: "program", timeoutMs: 2000 });
  const stop = new AbortController();
  const events = holdfast.twins.watch({ signal: stop.signal, ...options })[Symbol.asyncIterator]();
  return { platform, events, stop };
}

const words = (event: TwinEvent | TwinGap) => {
  if (event.type === "gap") return `gap after ${event.after}`;
  return event.type === "reported" ? `${event.property} ${plain(event.body.value)}` : event.type;
};

async function take(events: AsyncIterator<TwinEvent | TwinGap>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) throw new Error(`ended after ${taken}`);
    taken.push(words(value));
  }
  return taken;
}

/** The watch is live once it has told a first event. */
async function live({ platform, events }: ReturnType<typeof open>): Promise<void> {
  const first = take(events, 1);
  const timer = setInterval(() => platform.report("ping", 0), 20);
  try {
    await first;
  } finally {
    clearInterval(timer);
  }
}

async function takeReports(events: AsyncIterator<TwinEvent | TwinGap>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(...(await take(events, 1)).filter((word) => !word.startsWith("ping")));
  return taken;
}

test("from now on: what was before is not told, what comes after is, in order and once", async () => {
  const it = open();
  it.platform.report("temperature", 1);
  await live(it);
  const seq = it.platform.report("temperature", 2);
  it.platform.tell(seq);
  it.platform.tell(1);
  it.platform.report("temperature", 3);
  expect(await takeReports(it.events, 2)).toEqual(["temperature 2", "temperature 3"]);
});

test("from a position: history first, page after page, then live without a seam", async () => {
  const it = open({ from: "gw-1/1.1/3" });
  for (let value = 1; value <= 2500; value++) it.platform.report("temperature", value);
  const taken = await take(it.events, 2497);
  it.platform.report("temperature", 9999);
  expect([taken[0], taken.at(-1), ...(await take(it.events, 1))]).toEqual([
    "temperature 4",
    "temperature 2500",
    "temperature 9999",
  ]);
});

test("a lost connection: what happened meanwhile is told in order, from history", async () => {
  const it = open();
  await live(it);
  it.platform.nats.cut("program");
  it.platform.report("temperature", 1);
  it.platform.report("temperature", 2);
  it.platform.nats.restore("program");
  it.platform.report("temperature", 3);
  expect(await takeReports(it.events, 3)).toEqual(["temperature 1", "temperature 2", "temperature 3"]);
});

test("a reader that is too slow gets from history what was dropped", async () => {
  const it = open();
  await live(it);
  const count = waitingMax + 100;
  // Everything has arrived before the reader takes the first: connected after the program, this one hears it later.
  let arrived = 0;
  it.platform.nats.connect({ name: "counter" }).subscribe("hf.twin.>", () => {
    arrived += 1;
  });
  for (let value = 1; value <= count; value++) it.platform.report("temperature", value);
  await expect.poll(() => arrived, { timeout: 10_000 }).toBe(count);
  const taken = await takeReports(it.events, count);
  expect(taken).toEqual(Array.from({ length: count }, (_, index) => `temperature ${index + 1}`));
});

test("what history no longer has is told as a gap, not hidden", async () => {
  const it = open({ from: "gw-1/1.1/1" });
  for (let value = 1; value <= 6; value++) it.platform.report("temperature", value);
  it.platform.forgotten = 4;
  expect(await take(it.events, 3)).toEqual(["gap after gw-1/1.1/1", "temperature 5", "temperature 6"]);
});

test("an event that was committed and never published is told as a gap, although a newer one was heard", async () => {
  const it = open({ checkMs: 200 });
  await live(it);
  it.platform.report("temperature", 1);
  it.platform.report("temperature", 2, false);
  it.platform.report("temperature", 3);
  expect(await takeReports(it.events, 2)).toEqual(["temperature 1", "temperature 3"]);
  expect(await takeReports(it.events, 1)).toEqual([expect.stringMatching(/^gap after /)]);
  it.platform.report("temperature", 4);
  expect(await takeReports(it.events, 1)).toEqual(["temperature 4"]);
});

test("the last event, committed and never published, is found", async () => {
  const it = open({ checkMs: 200 });
  await live(it);
  it.platform.report("temperature", 1, false);
  expect(await takeReports(it.events, 1)).toEqual(["temperature 1"]);
});

test("only the property that was asked for, from history and live", async () => {
  const it = open({ from: "gw-1/1.1/0", property: "setpoint" });
  it.platform.report("temperature", 1);
  it.platform.report("setpoint", 2);
  expect(await take(it.events, 1)).toEqual(["setpoint 2"]);
  it.platform.report("temperature", 3);
  it.platform.report("setpoint", 4);
  expect(await take(it.events, 1)).toEqual(["setpoint 4"]);
});

test("bytes that are no event are skipped", async () => {
  const it = open();
  await live(it);
  it.platform.mutter();
  it.platform.report("ignored", 0, false);
  it.platform.report("temperature", 1);
  expect(await takeReports(it.events, 1)).toEqual(["temperature 1"]);
});

test("a position of another bus is refused", async () => {
  const { events } = open({ from: "cloud/1.1/5" });
  await expect(events.next()).rejects.toMatchObject({ code: "invalid_argument" });
});

test("it ends when it is told to, also while it waits for an answer", async () => {
  const it = open();
  await live(it);
  const next = takeReports(it.events, 1).catch((error) => String(error));
  it.stop.abort();
  expect(await next).toContain("ended");
  const deaf = open();
  deaf.platform.stop();
  const waiting = deaf.events.next();
  deaf.stop.abort();
  expect((await waiting).done).toBe(true);
});
