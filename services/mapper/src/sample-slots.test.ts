import { type Bus, createStats, onEvent } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler } from "@holdfast/kernel/testing";
import { type Sample, sample } from "@holdfast/proto";
import { expect, test } from "vitest";
import { SampleSlots } from "./sample-slots.ts";

const place = (property: string) => ({ node: "gw", namespace: "default", device: "d", property });
const value = (double: number) => ({ value: { kind: "double", double }, quality: "good" }) as const;

function world(change: (bus: Bus) => Bus = (bus) => bus) {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const heard: (readonly [property: string, sample: Sample])[] = [];
  onEvent(
    nats.connect({ name: "listener" }),
    sample,
    {},
    (message, { property }) => void heard.push([property, message]),
  );
  const stats = createStats();
  const options = { clock, logger: collectingLogger(), stats, flushMs: 1000 };
  const slots = new SampleSlots(change(nats.connect({ name: "mapper" })), options);
  return { scheduler, nats, heard, slots, counts: () => stats.snapshot() };
}

test("samples of different properties all get through", async () => {
  const { scheduler, heard, slots } = world();
  for (let index = 0; index < 1000; index++) slots.put(place(`p${index}`), value(index));
  await scheduler.runFor(100);
  expect(heard).toHaveLength(1000);
  expect(heard[7]).toEqual(["p7", expect.objectContaining({ ...value(7), dropped: 0 })]);
});

test("while the bus is away the latest sample waits, and says how many it replaces", async () => {
  const { scheduler, nats, heard, slots, counts } = world();
  nats.cut("mapper");
  for (let index = 0; index < 10; index++) slots.put(place("x"), value(index));
  slots.put(place("y"), value(1));
  await scheduler.runFor(10_000);
  expect(slots.size).toBe(2);
  nats.restore("mapper");
  await scheduler.runFor(100);
  expect(heard).toEqual([
    ["x", expect.objectContaining({ ...value(9), dropped: 9 })],
    ["y", expect.objectContaining({ ...value(1), dropped: 0 })],
  ]);
  expect(counts().samples_dropped).toBe(9);
  slots.put(place("x"), value(10));
  await scheduler.runFor(100);
  expect(heard.at(-1)?.[1].dropped, "the count starts again").toBe(0);
});

test("a bus that confirms slowly gets bursts, not a growing queue", async () => {
  let flushes = 0;
  const { scheduler, heard, slots, counts } = world((bus) => {
    const slow: Bus = Object.create(bus, {
      flush: { value: () => new Promise<void>((resolve) => void pending.push(resolve)) },
      publish: { value: bus.publish.bind(bus) },
      onStatus: { value: bus.onStatus.bind(bus) },
      status: { get: () => bus.status },
    });
    const pending: (() => void)[] = [];
    confirm = () => {
      flushes++;
      pending.shift()?.();
    };
    return slow;
  });
  for (let round = 0; round < 5; round++) {
    slots.put(place("x"), value(round));
    await scheduler.runFor(10);
  }
  expect(heard).toHaveLength(1);
  confirm();
  await scheduler.runFor(10);
  expect(heard.at(-1)).toEqual(["x", expect.objectContaining({ ...value(4), dropped: 3 })]);
  expect(counts().samples_dropped).toBe(3);
  expect(flushes).toBe(1);
  await scheduler.runFor(3000);
  slots.put(place("x"), value(5));
  await scheduler.runFor(10);
  expect(heard, "a bus that never confirms is tried again after the deadline").toHaveLength(3);
});

let confirm: () => void = () => {};

test("a property that cannot be a subject does not stop the others", async () => {
  const { scheduler, heard, slots, counts } = world();
  slots.put(place(""), value(1));
  slots.put(place("x"), value(2));
  await scheduler.runFor(100);
  expect(heard.map(([property]) => property)).toEqual(["x"]);
  expect(counts().samples_failed).toBe(1);
});

test("nothing is published after stop", async () => {
  const { scheduler, heard, slots } = world();
  slots.put(place("x"), value(1));
  slots.stop();
  await scheduler.runFor(100);
  expect(heard).toEqual([]);
});
