import { DesiredChangeCodec, desiredChange, twinReported } from "@holdfast/proto";
import { expect, test } from "vitest";
import { createStats } from "../service/stats.ts";
import { MemoryNats } from "../testing/bus-memory.ts";
import { Scheduler } from "../testing/clock.ts";
import { onEvent, publishEvent } from "./rpc.ts";

const reported = { node: "n1", namespace: "default", device: "boiler", property: "temperature" };
const value = { kind: "double", double: 21.5 } as const;

function simulated() {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  return { scheduler, sender: nats.connect({ name: "sender" }), receiver: nats.connect({ name: "receiver" }) };
}

test("an event reaches those who ask for its parameters, with headers", async () => {
  const { scheduler, sender, receiver } = simulated();
  const heard: unknown[] = [];
  onEvent(receiver, twinReported, { device: "boiler" }, (message, params, raw) => {
    heard.push([message.value, message.quality, params, raw.headers?.get("Hf-Node"), raw.subject]);
  });
  const others: unknown[] = [];
  onEvent(receiver, twinReported, { device: "pump" }, (message) => void others.push(message));
  publishEvent(sender, twinReported, reported, { value }, { headers: new Map([["Hf-Node", "n1"]]) });
  publishEvent(sender, twinReported, { ...reported, node: "shop.2" }, { value, quality: "bad" });
  await scheduler.runFor(1);
  expect(heard).toEqual([
    [value, "good", reported, "n1", "hf.twin.n1.default.boiler.reported.temperature"],
    [value, "bad", { ...reported, node: "shop.2" }, undefined, "hf.twin.shop%2E2.default.boiler.reported.temperature"],
  ]);
  expect(others).toEqual([]);
});

test("what is not of the contract is skipped and counted", async () => {
  const { scheduler, sender, receiver } = simulated();
  const stats = createStats();
  const heard: unknown[] = [];
  const subscription = onEvent(receiver, desiredChange, {}, (message) => void heard.push(message.prev), { stats });
  const good = DesiredChangeCodec.encode({ prev: 3 });
  sender.publish("hf.node.n1.down.desired", Uint8Array.of(0xff, 0xff));
  sender.publish("hf.node.n%41.down.desired", good);
  sender.publish("hf.node.n1.down.desired", good);
  await scheduler.runFor(1);
  expect([heard, subscription.skipped, stats.snapshot()]).toEqual([[3], 2, { events_skipped: 2 }]);
  subscription.stop();
  sender.publish("hf.node.n1.down.desired", good);
  await scheduler.runFor(1);
  expect(heard).toEqual([3]);
});

test("a missing parameter is refused before anything is sent", () => {
  const { sender } = simulated();
  const incomplete = { ...reported, device: "" };
  expect(() => publishEvent(sender, twinReported, incomplete, { value })).toThrow(
    expect.objectContaining({ code: "invalid_token" }),
  );
});
