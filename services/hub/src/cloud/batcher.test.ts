import { type AppendMessage, type Context, createStats, fraction } from "@holdfast/kernel";
import { Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { expect, test } from "vitest";
import type { Turn } from "./batch-pace.ts";
import { openBatcher } from "./batcher.ts";
import type { CloudHubConfig } from "./config.ts";

/** As a disk that syncs 5000 messages a second, and a server that answers a batch after as long as it takes. */
const msPerMessage = 0.2;
const msPerBatch = 1;
const config = { framesWaitingMax: 512, catchingUpMax: 64, batchMs: 20, retryAfterMs: 500, retryMaxMs: 60_000 };

function batcherOver() {
  const scheduler = new Scheduler();
  const batches: number[] = [];
  const bytes: number[] = [];
  let seq = 0;
  const append = async (_: string, messages: readonly AppendMessage[]) => {
    await new Promise<void>((resolve) => void scheduler.after(msPerBatch + messages.length * msPerMessage, resolve));
    batches.push(messages.length);
    bytes.push(messages.reduce((sum, { data }) => sum + data.length, 0));
    seq += messages.length;
    return seq;
  };
  const clock = scheduler.clock();
  const stats = createStats();
  const context = { streams: { append }, clock, random: seededRandom("hub"), stats, config };
  const batcher = openBatcher(context as unknown as Context<CloudHubConfig>);
  let askers = 0;
  const anybody = () => `gw-${askers++}`;
  /** Of a node that asks nothing else, unless it is named. */
  const write = (messages: readonly AppendMessage[], turn: Turn, asker = anybody(), waitMs = 10_000) =>
    batcher.write({ asker, messages, turn, endsMs: clock.monotonicMs() + waitMs });
  return { scheduler, clock, batches, bytes, stats, batcher, write };
}

const frame = (messages: number, bytesEach = 0): AppendMessage[] =>
  Array.from({ length: messages }, () => ({ subject: "hfs.x", data: new Uint8Array(bytesEach) }));

test("a storm makes a node that is up to date twice as late, and not more", async () => {
  const { scheduler, clock, batcher, write } = batcherOver();
  let inSync = 0;
  const comeBack = async (node: string) => {
    for (let turnMs = batcher.turnInMs(node); turnMs > 0; turnMs = batcher.turnInMs(node)) {
      await new Promise<void>((resolve) => void scheduler.after(turnMs, resolve));
    }
    await write(frame(4), "catchingUp", node);
    inSync += 1;
  };
  const random = seededRandom("work");
  const late = async (forMs: number) => {
    const lateMs: number[] = [];
    const work = async () => {
      const startMs = clock.monotonicMs();
      await write(frame(2), "current");
      lateMs.push(clock.monotonicMs() - startMs);
    };
    for (let one = 0; one < forMs / 10; one += 1) scheduler.after(forMs * fraction(random), () => void work());
    await scheduler.runFor(forMs + 100);
    lateMs.sort((a, b) => a - b);
    expect(lateMs.length).toBe(forMs / 10);
    return { medianMs: lateMs[lateMs.length / 2] ?? 0, p99Ms: lateMs[Math.floor(lateMs.length * 0.99)] ?? 0 };
  };
  const before = await late(4000);
  for (let node = 0; node < 3000; node += 1) void comeBack(`back-${node}`);
  const during = await late(4000);
  expect(inSync, "the storm is not over").toBeLessThan(3000);

  expect(during.medianMs / before.medianMs).toBeLessThan(2);
  expect(during.p99Ms / before.p99Ms).toBeLessThan(2);
  await scheduler.runFor(4000);
  expect(inSync, "12 000 messages and their batches take 5.4 s; turns must not leave the disk waiting").toBe(3000);
});

test("with nobody at work a batch of those that catch up takes as long as it may", async () => {
  const { scheduler, batches, write } = batcherOver();
  for (let node = 0; node < 400; node += 1) void write(frame(11), "catchingUp");
  await scheduler.runFor(5000);
  const fullest = (config.batchMs - msPerBatch) / msPerMessage;
  expect(Math.max(...batches)).toBeGreaterThan(0.7 * fullest);
  expect(Math.max(...batches)).toBeLessThan(1.3 * fullest);
});

test("a node has one frame: a newer one takes the place of what waits, and waits for what is being written", async () => {
  const { scheduler, batches, stats, write } = batcherOver();
  const outcomes: unknown[] = [];
  const note = (written: Promise<unknown>) => written.catch(({ code }) => code).then((what) => outcomes.push(what));
  void note(write(frame(2), "current", "gw-a"));
  expect(() => write(frame(2), "current", "gw-a")).toThrow("being written");
  void note(write(frame(3), "catchingUp", "gw-b"));
  void note(write(frame(5), "current", "gw-b"));
  void note(write(frame(7), "current", "gw-b"));
  await scheduler.runFor(1000);
  expect(batches).toEqual([2, 7]);
  expect(outcomes).toEqual(["busy", "busy", 2, 9]);
  expect(stats.snapshot()).toMatchObject({ frames_busy: 1, frames_replaced: 2 });
  void note(write(frame(2), "current", "gw-a"));
  await scheduler.runFor(1000);
  expect(outcomes.at(-1), "and then it is taken").toBe(11);
});

test("what nobody waits for any more is not written", async () => {
  const { scheduler, batches, stats, write } = batcherOver();
  const outcomes: unknown[] = [];
  void write(frame(1000), "current");
  for (const waitMs of [100, 10_000]) {
    const written = write(frame(3), "catchingUp", `gw-${waitMs}`, waitMs);
    void written.catch(({ code }) => code).then((what) => outcomes.push(what));
  }
  await scheduler.runFor(1000);
  expect(batches).toEqual([1000, 3]);
  expect(outcomes).toEqual(["busy", 1003]);
  expect(stats.snapshot()).toMatchObject({ frames_expired: 1 });
});

test("those that catch up go on although somebody is always up to date", async () => {
  const { scheduler, write } = batcherOver();
  const busy = async () => {
    for (;;) await write(frame(120), "current");
  };
  for (let node = 0; node < 5; node += 1) void busy();
  let taken = 0;
  for (let node = 0; node < 20; node += 1) void write(frame(256), "catchingUp").then(() => taken++);
  await scheduler.runFor(10_000);
  expect(taken).toBe(20);
});

test("a frame that no batch may hold is tried alone, and refused by the stream", async () => {
  const { scheduler, write } = batcherOver();
  const outcomes: unknown[] = [];
  for (const turn of ["current", "catchingUp"] as const) {
    void write(frame(1200), turn).then((seq) => outcomes.push(seq));
  }
  await scheduler.runFor(1000);
  expect(outcomes).toEqual([1200, 2400]);
});

test("a batch of large frames is no more than the server should have in memory", async () => {
  const { scheduler, batches, bytes, write } = batcherOver();
  for (const turn of ["current", "catchingUp"] as const) {
    for (let node = 0; node < 40; node += 1) void write(frame(2, 500_000), turn);
  }
  await scheduler.runFor(10_000);
  expect(batches.reduce((sum, messages) => sum + messages, 0)).toBe(160);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(batches.length, "but not one by one").toBeLessThan(20);
});
