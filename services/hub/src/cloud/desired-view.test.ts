import { createStats, type StoredMessage } from "@holdfast/kernel";
import { collectingLogger, Scheduler } from "@holdfast/kernel/testing";
import { DesiredCodec, desired, IncarnationCodec } from "@holdfast/proto";
import { expect, test } from "vitest";
import { openDesiredView } from "./desired-view.ts";

const ordinary = { stats: createStats(), clock: new Scheduler().clock(), config: { reloadMs: 60_000 } };
const epoch = { counter: 1, random: 1 };
const stored = (name: string, seq: number, data: Uint8Array): StoredMessage => {
  const subject = desired.subject.build({ node: "gw-1", kind: "pod", namespace: "default", name });
  return { subject, seq, data, headers: undefined, timeMs: 0 } as unknown as StoredMessage;
};
const pod = (name: string, seq: number) =>
  stored(name, seq, DesiredCodec.encode({ content: Buffer.from(name), removed: false, source: seq }));

test("a record that nobody can read is skipped, before and after everything is loaded", async () => {
  let tail = (_: StoredMessage) => {};
  const published: unknown[] = [];
  const logger = collectingLogger();
  const junk = Uint8Array.of(0xff, 0xff, 0xff);
  const streams = {
    last: async () => ({ data: IncarnationCodec.encode({ epoch }) }),
    follow: async (_stream: string, _options: object, onMessage: (message: StoredMessage) => void) => {
      tail = onMessage;
      for (const message of [pod("a", 1), stored("b", 2, junk), pod("c", 3)]) onMessage(message);
      return { caughtUp: Promise.resolve(), stop: async () => {} };
    },
  };
  const bus = { publish: (...all: unknown[]) => published.push(all) };
  const context = { streams, bus, logger, ...ordinary };
  const view = openDesiredView(context as unknown as Parameters<typeof openDesiredView>[0]);
  await view.check();
  expect(view.incarnation).toEqual(epoch);
  expect([...view.node("gw-1").items.values()].map(({ item }) => item.name)).toEqual(["a", "c"]);
  tail(stored("c", 4, junk));
  tail(pod("d", 5));
  expect([...view.node("gw-1").items.values()].map(({ item }) => item.version)).toEqual([1, 3, 5]);
  expect(published).toHaveLength(1);
  expect(view.at).toBe(5);
  expect(logger.warnings().map(({ message }) => message)).toEqual(["record not understood", "record not understood"]);
});

test.each(["the incarnation is read", "the stream is opened"])("a stop while %s leaves no follower", async (moment) => {
  let answer = () => {};
  let stops = 0;
  let follows = 0;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = (name: string) => (name === moment ? answered : Promise.resolve());
  const stop = async () => {
    stops += 1;
  };
  const streams = {
    last: async () => {
      await slow("the incarnation is read");
      return { data: IncarnationCodec.encode({ epoch }) };
    },
    follow: async () => {
      follows += 1;
      await slow("the stream is opened");
      return { caughtUp: Promise.resolve(), stop };
    },
  };
  const view = openDesiredView({ streams, ...ordinary } as unknown as Parameters<typeof openDesiredView>[0]);
  const check = view.check();
  await new Promise(setImmediate);
  await view.stop();
  answer();
  await check;
  expect(stops).toBe(follows);
  expect(view.incarnation).toBeUndefined();
});

test("a digest that is wrong in memory is found when everything is counted anew", async () => {
  const streams = {
    last: async () => ({ data: IncarnationCodec.encode({ epoch }) }),
    follow: async (_stream: string, _options: object, onMessage: (message: StoredMessage) => void) => {
      for (const message of [pod("a", 1), pod("b", 2)]) onMessage(message);
      return { caughtUp: Promise.resolve(), stop: async () => {} };
    },
  };
  const context = { streams, bus: { publish: () => {} }, logger: collectingLogger(), ...ordinary };
  const view = openDesiredView(context as unknown as Parameters<typeof openDesiredView>[0]);
  await view.check();
  const { digest } = view.node("gw-1");
  expect(view.recount()).toEqual([]);
  view.node("gw-1").digest = { ...digest, sum: digest.sum ^ 1n };
  expect(view.recount()).toEqual(["gw-1"]);
  expect(view.node("gw-1").digest).toEqual(digest);
  const held = view.node("gw-1").items.get("pod/default/a");
  if (held) held.item.content[0] = 0;
  expect(view.recount(), "a byte that flipped in memory").toEqual(["gw-1"]);
});

test("a hub that was cut off for long loads again: a tombstone may have come and gone meanwhile", async () => {
  const scheduler = new Scheduler();
  let there = [pod("a", 1), pod("b", 2)];
  let connected = true;
  const streams = {
    last: async () => {
      if (!connected) throw new Error("cut off");
      return { data: IncarnationCodec.encode({ epoch }) };
    },
    follow: async (_stream: string, _options: object, onMessage: (message: StoredMessage) => void) => {
      for (const message of there) onMessage(message);
      return { caughtUp: Promise.resolve(), stop: async () => {} };
    },
  };
  const parts = { ...ordinary, clock: scheduler.clock(), bus: { publish: () => {} }, logger: collectingLogger() };
  const view = openDesiredView({ streams, ...parts } as unknown as Parameters<typeof openDesiredView>[0]);
  await view.check();
  const loads = () => parts.stats.snapshot().desired_loads ?? 0;
  const before = loads();
  await scheduler.runFor(50_000);
  await view.check();
  expect(loads()).toBe(before);
  connected = false;
  await scheduler.runFor(50_000);
  await view.check().catch(() => {});
  there = [pod("b", 2)];
  await scheduler.runFor(50_000);
  connected = true;
  await view.check();
  expect(loads()).toBe(before + 1);
  expect([...view.node("gw-1").items.keys()]).toEqual(["pod/default/b"]);
});

test("nothing is served before everything is loaded, and all of it again under another incarnation", async () => {
  let life = epoch;
  let caughtUp = () => {};
  let there = [pod("a", 1)];
  const streams = {
    last: async () => ({ data: IncarnationCodec.encode({ epoch: life }) }),
    follow: async (_stream: string, _options: object, onMessage: (message: StoredMessage) => void) => {
      for (const message of there) onMessage(message);
      const loaded = new Promise<void>((resolve) => {
        caughtUp = resolve;
      });
      return { caughtUp: loaded, stop: async () => {} };
    },
  };
  const parts = { ...ordinary, bus: { publish: () => {} }, logger: collectingLogger() };
  const view = openDesiredView({ streams, ...parts } as unknown as Parameters<typeof openDesiredView>[0]);
  const turns = async () => {
    for (let turn = 0; turn < 20; turn += 1) await undefined;
  };
  const loading = view.check();
  await turns();
  expect(view.incarnation).toBeUndefined();
  caughtUp();
  await loading;
  expect(view.incarnation).toEqual(epoch);
  life = { counter: 2, random: 2 };
  there = [pod("b", 2)];
  const again = view.check();
  await turns();
  expect(view.incarnation).toBeUndefined();
  caughtUp();
  await again;
  expect(view.incarnation).toEqual(life);
  expect([...view.node("gw-1").items.keys()]).toEqual(["pod/default/b"]);
});
