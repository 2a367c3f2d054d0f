import { createStats, handler, publishEvent, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { type Epoch, linkEvents, logAcked, logOutbox, outgoing } from "@holdfast/proto";
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

test("an acknowledgement that the log did not hear of is told again, also when nothing more is sent", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const [edge, above] = [new MemoryNats({ clock }), new MemoryNats({ clock })];
  const epoch: Epoch = { counter: 1, random: 1 };
  const options = { logger: collectingLogger(), stats: createStats() };
  const noted: number[] = [];
  const log = [
    handler(logOutbox, (_: undefined, { afterUpSeq }) => {
      const items = afterUpSeq === 0 ? [new Uint8Array([8, 1])] : [];
      return { epoch, items, lastUpSeq: 1, chain: 0, digest: undefined };
    }),
    handler(logAcked, (_: undefined, { upSeq }) => {
      noted.push(upSeq);
      if (noted.length === 1) throw new Error("killed before it was on disk");
      return {} as never;
    }),
  ];
  serve(edge.connect({ name: "log" }), log, undefined, options);
  const taken = { mark: undefined, taken: true, retryAfterMs: 0 };
  serve(above.connect({ name: "cloud" }), [handler(linkEvents, () => taken)], undefined, options);
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
  await scheduler.runFor(10_000);
  ended.abort();
  expect(noted).toEqual([1, 1]);
});
