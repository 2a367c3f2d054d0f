import { expect, test, vi } from "vitest";
import type { BusStatus } from "../../bus/bus.ts";
import { type BusSystem, bytes, type Connected, collector, down, up, within } from "./bus-system.ts";

export function busOutage(connected: Connected, system: () => BusSystem): void {
  test("after an outage subscriptions are back, and what was published during it is lost and counted", async () => {
    const [sender, receiver] = [await connected("sender"), await connected("receiver")];
    const all = collector(receiver, "a");
    const group = collector(receiver, "a", "crew");
    await receiver.flush();
    sender.publish("a", bytes("before"));
    await Promise.all([all.until("before"), group.until("before")]);
    await system().stopServer();
    await down(sender, receiver);
    for (let index = 0; index < 100; index++) sender.publish("a", bytes("during"));
    expect(sender.lost).toBe(100);
    const late = collector(receiver, "a");
    await system().startServer();
    await up(sender, receiver);
    await receiver.flush();
    sender.publish("a", bytes("after"));
    await Promise.all([all.until("after"), group.until("after"), late.until("after")]);
    expect([all.heard, group.heard, late.heard]).toEqual([["before", "after"], ["before", "after"], ["after"]]);
    expect(sender.lost).toBe(100);
  });

  test("what is published as the connection goes and comes is never heard twice or out of order", async () => {
    const [sender, receiver] = [await connected("sender"), await connected("receiver")];
    const { heard, until } = collector(receiver, "a");
    await receiver.flush();
    let sent = 0;
    const pump = setInterval(() => sender.publish("a", bytes(String(sent++).padStart(8, "0"))), 1);
    try {
      for (let round = 0; round < 3; round++) {
        const before = heard.length;
        await vi.waitFor(() => expect(heard.length).toBeGreaterThan(before), within);
        await system().stopServer();
        await down(sender, receiver);
        const lost = sender.lost;
        await vi.waitFor(() => expect(sender.lost).toBeGreaterThan(lost + 10), within);
        await system().startServer();
        await up(sender, receiver);
      }
    } finally {
      clearInterval(pump);
    }
    sender.publish("a", bytes("end"));
    await until("end");
    const numbers = heard.slice(0, -1);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    expect(numbers.length).toBeLessThan(sent);
  });

  test("tells the status, also of a connection made while the server is away", async () => {
    const early = await connected("early");
    const seen: BusStatus[] = [];
    const forget = early.onStatus((status) => seen.push(status));
    await system().stopServer();
    await down(early);
    const late = system().connect("late");
    const lateSeen: BusStatus[] = [];
    late.onStatus((status) => lateSeen.push(status));
    const heard = collector(late, "a");
    late.publish("a", bytes("lost"));
    expect([late.status, late.lost]).toEqual(["down", 1]);
    await system().startServer();
    await up(early, late);
    expect([seen, lateSeen]).toEqual([["down", "up"], ["up"]]);
    await late.flush();
    forget();
    early.publish("a", bytes("hello"));
    await heard.until("hello");
    expect(heard.heard).toEqual(["hello"]);
    await early.drain();
    expect(seen).toEqual(["down", "up"]);
  });

  test("a connection that never came up can be drained", async () => {
    await system().stopServer();
    const bus = system().connect("never");
    await bus.drain();
    expect(bus.status).toBe("down");
  });
}
