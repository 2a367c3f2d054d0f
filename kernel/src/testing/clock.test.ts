import { expect, test } from "vitest";
import { every, sleep } from "../service/clock.ts";
import { Scheduler } from "./clock.ts";
import { below, seededRandom } from "./random.ts";

test("timers fire in the order of time, equal times in the order of insertion", async () => {
  const random = seededRandom(1);
  const scheduler = new Scheduler();
  const expected: { due: number; index: number }[] = [];
  const fired: number[] = [];
  for (let index = 0; index < 5000; index++) {
    const due = below(random, 100);
    const cancel = scheduler.after(due, () => fired.push(index));
    if (index % 3 === 0) cancel();
    else expected.push({ due, index });
  }
  await scheduler.runFor(100);
  expect(fired).toEqual(expected.sort((a, b) => a.due - b.due || a.index - b.index).map(({ index }) => index));
  expect(scheduler.waiting).toBe(0);
});

test("everything that an event causes runs before the next event", async () => {
  const scheduler = new Scheduler();
  const trace: string[] = [];
  scheduler.after(1, async () => {
    for (let index = 0; index < 20; index++) await null;
    trace.push("microtasks");
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await new Promise((resolve) => process.nextTick(resolve));
    trace.push("immediates");
  });
  scheduler.after(1, () => trace.push("next event"));
  expect(await scheduler.step()).toBe(true);
  expect(trace).toEqual(["microtasks", "immediates"]);
  expect(await scheduler.step()).toBe(true);
  expect(await scheduler.step()).toBe(false);
  expect(trace).toEqual(["microtasks", "immediates", "next event"]);
});

test("runFor lets exactly that time pass; runUntil stops at the event that meets the condition", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  let beats = 0;
  const cancel = every(clock, 10, () => {
    beats++;
  });
  await scheduler.runFor(35);
  expect([beats, scheduler.nowMs]).toEqual([3, 35]);
  await scheduler.runUntil(() => beats === 5, 1000, "five beats");
  expect(scheduler.nowMs).toBe(50);
  cancel();
  await expect(scheduler.runUntil(() => beats === 6, 1000, "six beats")).rejects.toMatchObject({ code: "timeout" });
});

test("the wall clock of one process jumps alone; a stopped process has no timers", async () => {
  const scheduler = new Scheduler();
  const old = scheduler.clock({ startWallMs: 0 });
  await scheduler.runFor(500);
  const young = scheduler.clock({ startWallMs: Date.UTC(2100, 0, 1) });
  young.jumpWall(-1000);
  await scheduler.runFor(100);
  expect([old.wallMs(), old.monotonicMs(), young.monotonicMs()]).toEqual([600, 600, 100]);
  expect(young.wallMs()).toBe(Date.UTC(2100, 0, 1) - 900);

  let woke = "";
  void sleep(old, 10).then(() => {
    woke += "old";
  });
  void sleep(young, 10).then(() => {
    woke += "young";
  });
  old.stop();
  old.after(1, () => {
    woke += "after stop";
  });
  await scheduler.runFor(100);
  expect(woke).toBe("young");
});

test("an error of an event reaches the one who runs the world", async () => {
  const scheduler = new Scheduler();
  scheduler.after(1, () => {
    throw new Error("planted");
  });
  await expect(scheduler.runFor(10)).rejects.toThrow("planted");
  await scheduler.runFor(10);
});
