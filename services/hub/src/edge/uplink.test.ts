import { createStats, handler, publishEvent, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import { type Epoch, logOutbox, outgoing } from "@holdfast/proto";
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
  const running = runUplink({ context } as unknown as EdgeHub, { epoch, taken: 0, turns: 0 }, ended.signal);
  running.catch(() => {});
  await scheduler.runFor(10);
  publishEvent(bus, outgoing, {}, { lastUpSeq: 100 });
  await scheduler.runFor(10_000);
  ended.abort();
  expect(asked).toBeLessThan(15);
});
