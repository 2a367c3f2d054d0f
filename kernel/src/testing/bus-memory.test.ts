import { expect, test } from "vitest";
import type { Bus, Message } from "../bus/bus.ts";
import { MemoryNats } from "./bus-memory.ts";
import { Scheduler } from "./clock.ts";
import type { Fault } from "./memory-router.ts";
import { seededRandom } from "./random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Message) => new TextDecoder().decode(message.data);

function simulated(fault?: Fault, ordered = true) {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock(), ordered, ...(fault ? { fault } : {}) });
  return { scheduler, nats, sender: nats.connect({ name: "sender" }), receiver: nats.connect({ name: "receiver" }) };
}

function hear(bus: Bus, subject = "a"): string[] {
  const heard: string[] = [];
  bus.subscribe(subject, (message) => void heard.push(text(message)));
  return heard;
}

test("a fault decides for each message and receiver: late, lost, twice", async () => {
  const asked: string[] = [];
  const delays: Record<string, number[]> = { late: [100], lost: [], twice: [0, 50], plain: [0] };
  const { scheduler, sender, receiver } = simulated((from, to, message) => {
    asked.push(`${from}>${to} ${text(message)}`);
    return delays[text(message)] ?? [0];
  });
  const heard = hear(receiver);
  for (const item of ["plain", "lost", "twice", "late"]) sender.publish("a", bytes(item));
  await scheduler.settle();
  expect(heard).toEqual([]);
  await scheduler.runFor(0);
  expect(heard).toEqual(["plain", "twice"]);
  await scheduler.runFor(99);
  expect(heard).toEqual(["plain", "twice", "twice"]);
  await scheduler.runFor(1);
  expect(heard).toEqual(["plain", "twice", "twice", "late"]);
  expect(asked).toEqual([
    "sender>receiver plain",
    "sender>receiver lost",
    "sender>receiver twice",
    "sender>receiver late",
  ]);
});

test("delays keep the order between two connections unless told otherwise", async () => {
  const delay: Fault = (_, __, message) => [text(message) === "first" ? 100 : 10];
  for (const ordered of [true, false]) {
    const { scheduler, sender, receiver } = simulated(delay, ordered);
    const heard = hear(receiver);
    sender.publish("a", bytes("first"));
    sender.publish("a", bytes("second"));
    await scheduler.runFor(50);
    expect(heard).toEqual(ordered ? [] : ["second"]);
    await scheduler.runFor(50);
    expect(heard).toEqual(ordered ? ["first", "second"] : ["second", "first"]);
  }
});

test("what is on its way is lost with the receiver's connection", async () => {
  const { scheduler, nats, sender, receiver } = simulated(() => [10]);
  const heard = hear(receiver);
  sender.publish("a", bytes("cut"));
  nats.cut("receiver");
  expect([sender.status, receiver.status]).toEqual(["up", "down"]);
  sender.publish("a", bytes("while cut"));
  nats.restore("receiver");
  sender.publish("a", bytes("restored"));
  await scheduler.runFor(100);
  expect(heard).toEqual(["restored"]);
  sender.publish("a", bytes("stopped"));
  nats.stop();
  nats.start();
  await scheduler.runFor(100);
  expect(heard).toEqual(["restored"]);
});

test("a lost request or answer ends in a timeout, at the simulated time", async () => {
  for (const lost of ["question", "answer"]) {
    const { scheduler, sender, receiver } = simulated((_, __, message) => (text(message) === lost ? [] : [5]));
    receiver.subscribe("a", (message) => receiver.publish(message.reply ?? "", bytes("answer")));
    const outcome = sender.request("a", bytes("question"), { timeoutMs: 1000 }).then(text, (error) => error.code);
    await scheduler.runFor(999);
    let code: unknown;
    void outcome.then((value) => {
      code = value;
    });
    await scheduler.settle();
    expect(code).toBeUndefined();
    await scheduler.runFor(1);
    expect(code).toBe("timeout");
  }
});

test("nothing of a killed process is called or settled; its successor is not concerned", async () => {
  const { scheduler, nats, sender, receiver } = simulated(() => [5]);
  const heard = hear(receiver);
  hear(sender, "silent");
  let settled = false;
  let told = false;
  receiver.onStatus(() => {
    told = true;
  });
  void receiver.request("silent", bytes("?"), { timeoutMs: 10 }).finally(() => {
    settled = true;
  });
  sender.publish("a", bytes("1"));
  nats.kill("receiver");
  receiver.publish("silent", bytes("from the dead"));
  const successor = hear(nats.connect({ name: "receiver" }));
  sender.publish("a", bytes("2"));
  await scheduler.runFor(1000);
  expect([heard, settled, told, successor]).toEqual([[], false, false, ["2"]]);
});

test("the same seed makes the same run", async () => {
  const run = async (seed: number) => {
    const random = seededRandom(seed);
    const { scheduler, nats, sender, receiver } = simulated(
      () => [random.u32() % 50].filter((delay) => delay > 10),
      false,
    );
    const heard = hear(receiver);
    for (let index = 0; index < 500; index++) {
      sender.publish("a", bytes(String(index)));
      await scheduler.runFor(random.u32() % 20);
      if (random.u32() % 50 === 0) nats.cut("receiver");
      else nats.restore("receiver");
    }
    await scheduler.runFor(100);
    return heard;
  };
  const first = await run(7);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
  expect(first.length).toBeGreaterThan(200);
});
