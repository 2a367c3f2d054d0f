import { beforeEach, expect, test } from "vitest";
import type { Streams } from "../streams/streams.ts";
import { MemoryNats } from "./bus-memory.ts";
import { Scheduler } from "./clock.ts";
import { all, bytes, message, plain, text } from "./conformance/streams-system.ts";
import { MemoryJetStream } from "./jetstream-memory.ts";
import { between, seededRandom } from "./random.ts";
import { memoryStreams } from "./streams-memory.ts";

let scheduler: Scheduler;
let nats: MemoryNats;
let server: MemoryJetStream;

function world(seed = 1): void {
  const random = seededRandom(seed);
  scheduler = new Scheduler();
  nats = new MemoryNats({ clock: scheduler });
  server = new MemoryJetStream({
    clock: scheduler.clock(),
    latencyMs: () => between(random, 1, 20),
    copyDelayMs: () => between(random, 1, 50),
  });
}

beforeEach(() => world());

const connect = (name = "hub"): Streams => memoryStreams(server, nats.connect({ name }), { timeoutMs: 5000 });

/** Runs simulated time until the work is done. */
async function done<T>(work: Promise<T>): Promise<T> {
  let settled = false;
  const outcome = work.finally(() => {
    settled = true;
  });
  outcome.catch(() => {});
  await scheduler.runUntil(() => settled, 60_000, "the work");
  return outcome;
}

async function filled(streams: Streams, count: number): Promise<void> {
  await done(streams.ensure(plain));
  for (let index = 1; index <= count; index++) await done(streams.append("PLAIN", [message("p.a", String(index))]));
}

test("a request takes simulated time, and none overtakes another of its connection", async () => {
  const streams = connect();
  await done(streams.ensure(plain));
  const startMs = scheduler.nowMs;
  const order: number[] = [];
  const appends = Array.from({ length: 50 }, async (_, index) => {
    await streams.append("PLAIN", [message("p.a", String(index))]);
    order.push(index);
  });
  await done(Promise.all(appends));
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(order.map(String));
  expect(scheduler.nowMs - startMs).toBeGreaterThan(2);
});

test("a lost answer is a timeout although it was written; a lost request was not", async () => {
  const streams = connect();
  await filled(streams, 1);
  server.fault = (operation) => (operation === "append" ? { lose: "reply" } : undefined);
  await expect(done(streams.append("PLAIN", [message("p.a", "2")]))).rejects.toMatchObject({ code: "timeout" });
  server.fault = (operation) => (operation === "append" ? { lose: "request" } : undefined);
  await expect(done(streams.append("PLAIN", [message("p.a", "3")]))).rejects.toMatchObject({ code: "timeout" });
  server.fault = (operation) => (operation === "append" ? { refuse: "busy" } : undefined);
  await expect(done(streams.append("PLAIN", [message("p.a", "4")]))).rejects.toMatchObject({ code: "busy" });
  server.fault = (operation) => (operation === "append" ? { delayMs: 4000 } : undefined);
  const beforeMs = scheduler.nowMs;
  expect(await done(streams.append("PLAIN", [message("p.a", "5")]))).toBe(3);
  expect(scheduler.nowMs - beforeMs).toBeGreaterThan(4000);
  server.fault = () => undefined;
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(["1", "2", "5"]);
});

test("a cut while a request is on its way: disconnected, and written or not", async () => {
  const outcomes = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    world(seed);
    const streams = connect();
    await filled(streams, 1);
    const append = streams.append("PLAIN", [message("p.a", "2")]);
    append.catch(() => {});
    await scheduler.runFor(12);
    nats.cut("hub");
    await scheduler.settle();
    nats.restore("hub");
    const outcome = await done(append).catch((error: { code: string }) => error.code);
    if (outcome === "disconnected") outcomes.add((await done(all(streams, "PLAIN"))).length);
  }
  expect([...outcomes].sort()).toEqual([1, 2]);
});

test("nothing of a killed process is called or settled again", async () => {
  const streams = connect("victim");
  await filled(streams, 0);
  const trace: string[] = [];
  const follower = await done(streams.follow("PLAIN", { from: "first" }, (stored) => void trace.push(text(stored))));
  await done(follower.caughtUp);
  const last = (name: string) => void trace.push(name);
  void streams.append("PLAIN", [message("p.a", "on its way")]).then(
    () => last("answered"),
    () => last("refused"),
  );
  nats.kill("victim");
  void streams.info("PLAIN").then(
    () => last("answered"),
    () => last("refused"),
  );
  await scheduler.runFor(60_000);
  expect(trace).toEqual([]);
  expect((await done(all(connect(), "PLAIN"))).map(text)).toEqual(["on its way"]);
});

test("a restored backup: followers beyond its end are told, the others go on", async () => {
  const streams = connect();
  await filled(streams, 3);
  const backup = server.snapshot();
  for (const body of ["4", "5"]) await done(streams.append("PLAIN", [message("p.b", body)]));
  const heard = { beyond: [] as string[], within: [] as string[] };
  let resets = 0;
  const follow = (filters: string[], to: string[]) =>
    done(
      streams.follow(
        "PLAIN",
        { from: "first", filters },
        (stored) => void to.push(text(stored)),
        () => resets++,
      ),
    );
  await follow(["p.>"], heard.beyond);
  await follow(["p.a"], heard.within);
  await scheduler.runFor(1000);
  server.restore(backup);
  await done(streams.append("PLAIN", [message("p.a", "4 again")]));
  await scheduler.runFor(1000);
  expect(heard).toEqual({ beyond: ["1", "2", "3", "4", "5"], within: ["1", "2", "3", "4 again"] });
  expect(resets).toBe(1);
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(["1", "2", "3", "4 again"]);
});

test("a follower notices that what stands at its position is another message", async () => {
  const streams = connect();
  await filled(streams, 2);
  await scheduler.runFor(10_000);
  await done(streams.append("PLAIN", [message("p.a", "3")]));
  let resets = 0;
  const onReset = () => resets++;
  const follower = await done(streams.follow("PLAIN", { from: "first" }, () => {}, onReset));
  await done(follower.caughtUp);
  nats.cut("hub");
  server.loseTail(5000);
  const other = connect("other");
  for (const body of ["other 3", "4"]) await done(other.append("PLAIN", [message("p.a", body)]));
  expect(await done(other.info("PLAIN"))).toMatchObject({ lastSeq: 4 });
  nats.restore("hub");
  await scheduler.runFor(1000);
  expect(resets).toBe(1);
});

test("loss of power takes back whole appends, also what they had replaced", async () => {
  const streams = connect();
  await done(streams.ensure({ ...plain, maxPerSubject: 1 }));
  await done(streams.append("PLAIN", [message("p.mark", "1", { rollup: true }), message("p.a", "1")]));
  await scheduler.runFor(10_000);
  await done(
    streams.append("PLAIN", [message("p.b", "2"), message("p.mark", "2", { rollup: true }), message("p.a", "2")]),
  );
  await done(streams.remove("PLAIN", 3));
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(["2", "2"]);
  server.loseTail(5000);
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(["1", "1"]);
  expect(await done(streams.info("PLAIN"))).toEqual({ firstSeq: 1, lastSeq: 2, messages: 2 });
  expect(await done(streams.append("PLAIN", [message("p.mark", "2", { expectSeq: 1, rollup: true })]))).toBe(3);
});

test("a source that lost its tail is copied on from its new end", async () => {
  const streams = connect();
  await filled(streams, 2);
  await done(streams.ensure({ name: "COPY", sources: [{ stream: "PLAIN", filters: ["p.>"] }] }));
  await scheduler.runFor(10_000);
  await done(streams.append("PLAIN", [message("p.a", "3"), message("p.a", "4")]));
  await scheduler.runFor(1000);
  server.loseTail(5000, ["PLAIN"]);
  await done(streams.append("PLAIN", [message("p.a", "new 3")]));
  await scheduler.runFor(1000);
  const copies = (await done(all(streams, "COPY"))).map((stored) => [text(stored), stored.originSeq]);
  expect(copies).toEqual([
    ["1", 1],
    ["2", 2],
    ["3", 3],
    ["4", 4],
    ["new 3", 3],
  ]);
  server.loseTail(500, ["COPY"]);
  await scheduler.runFor(1000);
  expect((await done(all(streams, "COPY"))).map(text)).toEqual(["1", "2", "3", "4", "new 3"]);
});

test("events of a week go when the week is over", async () => {
  const streams = connect();
  const weekMs = 7 * 24 * 3600 * 1000;
  await done(streams.ensure({ ...plain, maxAgeMs: weekMs }));
  await done(streams.append("PLAIN", [message("p.mark", "m", { neverExpires: true }), message("p.a", "1")]));
  await scheduler.runFor(weekMs / 2);
  await done(streams.append("PLAIN", [message("p.a", "2")]));
  await scheduler.runFor(weekMs / 2 + 1000);
  expect((await done(all(streams, "PLAIN"))).map(text)).toEqual(["m", "2"]);
});

test("what a sender or a reader does with its buffers changes nothing in the store", async () => {
  const streams = connect();
  await filled(streams, 0);
  const data = bytes("kept");
  const append = streams.append("PLAIN", [{ subject: "p.a", data }]);
  data.fill(0);
  await done(append);
  (await done(streams.last("PLAIN", "p.a")))?.data.fill(0);
  expect(text((await done(streams.last("PLAIN", "p.a"))) ?? { data: new Uint8Array() })).toBe("kept");
});

test("the same seed gives the same run", async () => {
  const run = async (seed: number) => {
    world(seed);
    const random = seededRandom(seed);
    const trace: string[] = [];
    const writers = ["one", "other"].map((name) => connect(name));
    await filled(writers[0] ?? connect(), 1);
    for (const [index, streams] of writers.entries()) {
      const note = ({ seq }: { seq: number }) => void trace.push(`${scheduler.nowMs} ${index} ${seq}`);
      await done(streams.follow("PLAIN", { from: "first" }, note));
    }
    for (let round = 0; round < 100; round++) {
      const streams = writers[random.u32() % 2];
      void streams?.append("PLAIN", [message("p.a", String(round))]).catch(() => {});
      if (round % 10 === 0) nats.cut("one");
      if (round % 10 === 5) nats.restore("one");
      await scheduler.runFor(between(random, 0, 30));
    }
    await scheduler.runFor(10_000);
    return trace;
  };
  const first = await run(11);
  expect(first.length).toBeGreaterThan(20);
  expect(await run(11)).toEqual(first);
  expect(await run(12)).not.toEqual(first);
});
