import { LogEventCodec, logReplay } from "@holdfast/proto";
import { expect, test } from "vitest";
import { serve } from "../bus/serve.ts";
import { sleep } from "../service/clock.ts";
import type { Context } from "../service/context.ts";
import { handler } from "../service/service.ts";
import { createStats } from "../service/stats.ts";
import { MemoryNats } from "../testing/bus-memory.ts";
import { Scheduler } from "../testing/clock.ts";
import { collectingLogger } from "../testing/logger.ts";
import { seededRandom } from "../testing/random.ts";
import { type LogEntry, LogFollower } from "./log-follower.ts";

test("a log that takes longer for a page than its reader waits is given more time, and read", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const parts = { clock, random: seededRandom("log"), stats: createStats(), logger: collectingLogger() };
  const slowPage = handler(logReplay, async (_: undefined, { afterSeq }) => {
    await sleep(clock, 9_000);
    return { epoch: { counter: 1, random: 1 }, fromBase: false, events: [], throughSeq: afterSeq + 10, more: false };
  });
  serve(nats.connect({ name: "log" }), [slowPage], undefined, parts);
  const context = { ...parts, bus: nats.connect({ name: "reader" }) } as unknown as Context<unknown>;
  const fold = { prefixes: [], onEntry: () => {}, onReset: () => {} };
  const follower = new LogFollower(context, fold, { timeoutMs: 2000, silenceMs: 600_000 });
  void follower.replay();
  await scheduler.runFor(60_000);
  expect(follower.throughSeq).toBe(10);
  follower.stop();
});

test("an event that cannot be folded is told and left out; the module goes on", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const logger = collectingLogger();
  const parts = { clock, random: seededRandom("log"), stats: createStats(), logger };
  const events = ["a", "bad", "c", "mended", "mended"].map((key, index) => {
    return { seq: index + 1, event: LogEventCodec.encode({ key }) };
  });
  const page = handler(logReplay, () => {
    return { epoch: { counter: 1, random: 1 }, fromBase: false, events, throughSeq: events.length, more: false };
  });
  serve(nats.connect({ name: "log" }), [page], undefined, parts);
  const context = { ...parts, bus: nats.connect({ name: "reader" }) } as unknown as Context<unknown>;
  const folded: string[] = [];
  const degraded: unknown[] = [];
  const onEntry = ({ seq, event: { key } }: LogEntry) => {
    degraded.push(parts.stats.namesOf().degraded);
    if (key === "bad" || seq === 4) throw new Error("what is this?");
    folded.push(key);
  };
  const fold = { prefixes: [], onEntry, onReset: () => {} };
  const follower = new LogFollower(context, fold, { timeoutMs: 2000, silenceMs: 600_000 });
  const replayed = follower.replay();
  await scheduler.runFor(1000);
  await replayed;
  expect(folded).toEqual(["a", "c", "mended"]);
  expect(follower.throughSeq).toBe(5);
  expect(parts.stats.snapshot().entities_degraded).toBe(2);
  expect(degraded.at(-1), "until a later event of the key is folded").toEqual(["bad", "mended"]);
  expect(parts.stats.namesOf()).toEqual({ degraded: ["bad"] });
  follower.stop();
});
