import { getEventListeners } from "node:events";
import { MemoryNats, Scheduler } from "@holdfast/kernel/testing";
import { expect, test } from "vitest";
import { untilUp } from "./until-up.ts";

test("every wait for the connection leaves nothing behind", async () => {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler.clock() });
  const bus = nats.connect({ name: "hub" });
  const ended = new AbortController();
  for (let cuts = 0; cuts < 3; cuts += 1) {
    nats.cut("hub");
    await scheduler.runFor(10);
    expect(bus.status).toBe("down");
    const up = untilUp(bus, ended.signal);
    nats.restore("hub");
    await scheduler.runFor(10);
    await up;
    expect(getEventListeners(ended.signal, "abort")).toEqual([]);
  }
  nats.cut("hub");
  await scheduler.runFor(10);
  const waiting = untilUp(bus, ended.signal);
  ended.abort();
  await waiting;
});
