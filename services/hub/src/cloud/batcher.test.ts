import { type AppendMessage, type Context, createStats } from "@holdfast/kernel";
import { Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { expect, test } from "vitest";
import { openBatcher } from "./batcher.ts";
import type { CloudHubConfig } from "./config.ts";

/** As a disk that syncs 5000 messages a second. */
const msPerMessage = 0.2;
const config = { framesWaitingMax: 512, catchingUpMax: 64, batchMs: 20, retryAfterMs: 500, retryMaxMs: 60_000 };

function batcherOver() {
  const scheduler = new Scheduler();
  const batches: number[] = [];
  const bytes: number[] = [];
  let seq = 0;
  const append = async (_: string, messages: readonly AppendMessage[]) => {
    await new Promise<void>((resolve) => void scheduler.after(messages.length * msPerMessage, resolve));
    batches.push(messages.length);
    bytes.push(messages.reduce((sum, { data }) => sum + data.length, 0));
    seq += messages.length;
    return seq;
  };
  const clock = scheduler.clock();
  const context = { streams: { append }, clock, random: seededRandom("hub"), stats: createStats(), config };
  return { scheduler, clock, batches, bytes, batcher: openBatcher(context as unknown as Context<CloudHubConfig>) };
}

const frame = (messages: number, bytesEach = 0): AppendMessage[] =>
  Array.from({ length: messages }, () => ({ subject: "hfs.x", data: new Uint8Array(bytesEach) }));

test("a storm does not make a node late that is up to date", async () => {
  const { scheduler, clock, batches, batcher } = batcherOver();
  let inSync = 0;
  const comeBack = async () => {
    for (let turnMs = batcher.turnInMs(); turnMs > 0; turnMs = batcher.turnInMs()) {
      await new Promise<void>((resolve) => void scheduler.after(turnMs, resolve));
    }
    await batcher.write(frame(11), "catchingUp");
    inSync += 1;
  };
  for (let node = 0; node < 2000; node += 1) void comeBack();
  const lateMs: number[] = [];
  const work = async () => {
    const startMs = clock.monotonicMs();
    await batcher.write(frame(2), "current");
    lateMs.push(clock.monotonicMs() - startMs);
  };
  for (let atMs = 0; atMs < 5000; atMs += 10) scheduler.after(atMs, () => void work());
  await scheduler.runFor(5000);
  expect(lateMs.length).toBeGreaterThan(490);
  // The batch under way and the next one.
  expect(Math.max(...lateMs)).toBeLessThan(3 * config.batchMs);
  expect(batches.filter((messages) => messages > 1.5 * (config.batchMs / msPerMessage))).toEqual([]);
  await scheduler.runFor(5000);
  expect(inSync, "22 000 messages take 4.4 s; turns must not leave the disk waiting").toBe(2000);
});

test("those that catch up go on although somebody is always up to date", async () => {
  const { scheduler, batcher } = batcherOver();
  const busy = async () => {
    for (;;) await batcher.write(frame(120), "current");
  };
  for (let node = 0; node < 5; node += 1) void busy();
  let taken = 0;
  for (let node = 0; node < 20; node += 1) void batcher.write(frame(256), "catchingUp").then(() => taken++);
  await scheduler.runFor(10_000);
  expect(taken).toBe(20);
});

test("a frame that no batch may hold is tried alone, and refused by the stream", async () => {
  const { scheduler, batcher } = batcherOver();
  const outcomes: unknown[] = [];
  for (const turn of ["current", "catchingUp"] as const) {
    void batcher.write(frame(1200), turn).then((seq) => outcomes.push(seq));
  }
  await scheduler.runFor(1000);
  expect(outcomes).toEqual([1200, 2400]);
});

test("a batch of large frames is no more than the server should have in memory", async () => {
  const { scheduler, batches, bytes, batcher } = batcherOver();
  for (const turn of ["current", "catchingUp"] as const) {
    for (let node = 0; node < 40; node += 1) void batcher.write(frame(2, 500_000), turn);
  }
  await scheduler.runFor(10_000);
  expect(batches.reduce((sum, messages) => sum + messages, 0)).toBe(160);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(batches.length, "but not one by one").toBeLessThan(20);
});
