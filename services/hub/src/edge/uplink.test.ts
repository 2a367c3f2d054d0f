import { createStats, handler, publishEvent, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import {
  type Draft,
  type Epoch,
  type Frame,
  type FrameReply,
  linkEvents,
  logAcked,
  logOutbox,
  outgoing,
} from "@holdfast/proto";
import { expect, test } from "vitest";
import type { EdgeHub } from "./hub.ts";
import { runUplink } from "./uplink.ts";

test("an outbox that has less than was told is not asked without end", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const epoch: Epoch = { counter: 1, random: 1 };
  const bus = nats.connect({ name: "log" });
  const options = { logger: collectingLogger(), stats: createStats() };
  let asked = 0;
  const outbox = handler(logOutbox, (_: undefined, { afterUpSeq }) => {
    asked += 1;
    return { epoch, items: [], lastUpSeq: afterUpSeq, chain: 0, digest: undefined };
  });
  serve(bus, [outbox], undefined, options);
  const context = {
    ...options,
    clock,
    random: seededRandom("hub"),
    bus: nats.connect({ name: "hub" }),
    config: { node: "gw-1", requestTimeoutMs: 1000 },
  };
  const ended = new AbortController();
  const running = runUplink(
    { context } as unknown as EdgeHub,
    { epoch, taken: 0, turns: 0, unnoted: false },
    ended.signal,
  );
  running.catch(() => {});
  await scheduler.runFor(10);
  publishEvent(bus, outgoing, {}, { lastUpSeq: 100 });
  await scheduler.runFor(10_000);
  ended.abort();
  expect(asked).toBeLessThan(15);
});

/** A log with one event that waits, below a cloud that answers each frame as it is told. */
function oneEvent(answer: (frame: Frame) => Draft<FrameReply>, onAcked: (upSeq: number) => void) {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const [edge, above] = [new MemoryNats({ clock }), new MemoryNats({ clock })];
  const epoch: Epoch = { counter: 1, random: 1 };
  const options = { logger: collectingLogger(), stats: createStats() };
  const log = [
    handler(logOutbox, (_: undefined, { afterUpSeq }) => {
      const items = afterUpSeq === 0 ? [new Uint8Array([8, 1])] : [];
      return { epoch, items, lastUpSeq: 1, chain: 0, digest: undefined };
    }),
    handler(logAcked, (_: undefined, { upSeq }) => {
      onAcked(upSeq);
      return {} as never;
    }),
  ];
  serve(edge.connect({ name: "log" }), log, undefined, options);
  const cloud = handler(linkEvents, (_: undefined, frame) => answer(frame));
  serve(above.connect({ name: "cloud" }), [cloud], undefined, options);
  const context = {
    ...options,
    clock,
    random: seededRandom("hub"),
    bus: edge.connect({ name: "hub" }),
    config: { node: "gw-1", requestTimeoutMs: 1000, compressFromBytes: 512 },
    machineId: "machine",
  };
  const hub = { context, cloud: { bus: above.connect({ name: "hub", inboxPrefix: "_INBOX.gw-1" }) } };
  const ended = new AbortController();
  const uplink = { epoch, taken: 0, turns: 0, unnoted: false };
  runUplink(hub as unknown as EdgeHub, uplink, ended.signal).catch(() => {});
  return { scheduler, clock, stats: options.stats, stop: () => ended.abort() };
}

test("an acknowledgement that the log did not hear of is told again, also when nothing more is sent", async () => {
  const noted: number[] = [];
  const taken = { taken: true, retryAfterMs: 0 };
  const { scheduler, stop } = oneEvent(
    () => taken,
    (upSeq) => {
      noted.push(upSeq);
      if (noted.length === 1) throw new Error("killed before it was on disk");
    },
  );
  await scheduler.runFor(10_000);
  stop();
  expect(noted).toEqual([1, 1]);
});

test("a full hub has the frame again when it said so, and not before; it hears how long anybody waits", async () => {
  const asked: Frame[] = [];
  const atMs: number[] = [];
  const noted: number[] = [];
  const { scheduler, clock, stats, stop } = oneEvent(
    (frame) => {
      asked.push(frame);
      atMs.push(clock.monotonicMs());
      return asked.length < 3 ? { taken: false, retryAfterMs: 20_000 } : { taken: true, retryAfterMs: 0 };
    },
    (upSeq) => noted.push(upSeq),
  );
  await scheduler.runFor(60_000);
  stop();
  expect(atMs.map((ms) => Math.round((ms - (atMs[0] ?? 0)) / 1000))).toEqual([0, 20, 40]);
  expect(asked.map(({ lastUpSeq, timeoutMs }) => [lastUpSeq, timeoutMs])).toEqual(Array(3).fill([1, 1000]));
  expect(noted).toEqual([1]);
  expect(stats.snapshot()).toMatchObject({ frames_deferred: 2 });
});
