import { expect, test, vi } from "vitest";
import type { Message } from "../../bus/bus.ts";
import { bytes, type Connected, collector, text, within } from "./bus-system.ts";

export function busGroups(connected: Connected): void {
  test("one member of each queue group gets a message, all others get it too", async () => {
    const [sender, one, other] = [await connected("sender"), await connected("one"), await connected("other")];
    const members = [
      collector(one, "work.*", "crew"),
      collector(other, "work.*", "crew"),
      collector(one, "work.*", "crew"),
    ];
    const second = [collector(one, "work.*", "audit"), collector(other, "work.>", "audit")];
    const plain = collector(other, "work.>");
    await Promise.all([one.flush(), other.flush()]);
    const sent = Array.from({ length: 300 }, (_, index) => String(index).padStart(3, "0"));
    for (const item of sent) sender.publish("work.x", bytes(item));
    await vi.waitFor(() => expect(members.flatMap(({ heard }) => heard)).toHaveLength(300), within);
    await vi.waitFor(() => expect(second.flatMap(({ heard }) => heard)).toHaveLength(300), within);
    await plain.until("299");
    expect(members.flatMap(({ heard }) => heard).sort()).toEqual(sent);
    // The name alone makes the group: members with different filters share, too.
    expect(second.flatMap(({ heard }) => heard).sort()).toEqual(sent);
    expect(members.every(({ heard }) => heard.length > 0)).toBe(true);
    expect(plain.heard).toEqual(sent);
  });
}

export function busOverload(connected: Connected): void {
  test("a slow handler gets pendingMax messages later; the rest is dropped and counted", async () => {
    const [sender, receiver] = [await connected("sender"), await connected("receiver")];
    const heard: string[] = [];
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const handler = async (message: Message) => {
      heard.push(text(message));
      await gate;
    };
    const subscription = receiver.subscribe("a", handler, { pendingMax: 3 });
    const marker = collector(receiver, "marker");
    await receiver.flush();
    for (let index = 0; index < 10; index++) sender.publish("a", bytes(String(index)));
    sender.publish("marker", bytes("sent"));
    await marker.until("sent");
    expect([heard, subscription.dropped]).toEqual([["0"], 6]);
    open();
    await vi.waitFor(() => expect(heard).toEqual(["0", "1", "2", "3"]), within);
    sender.publish("a", bytes("10"));
    await vi.waitFor(() => expect(heard).toEqual(["0", "1", "2", "3", "10"]), within);
    expect(subscription.dropped).toBe(6);
  });

  test("no more handlers run at once than concurrency allows", async () => {
    const bus = await connected("one");
    const gates: (() => void)[] = [];
    let most = 0;
    let running = 0;
    let handled = 0;
    const handler = async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => gates.push(resolve));
      running--;
      handled++;
    };
    bus.subscribe("a", handler, { concurrency: 3 });
    await bus.flush();
    for (let index = 0; index < 8; index++) bus.publish("a", bytes("x"));
    await vi.waitFor(() => expect(gates).toHaveLength(3), within);
    await vi.waitFor(() => {
      gates.shift()?.();
      expect(handled).toBe(8);
    }, within);
    expect(most).toBe(3);
  });
}

export function busEnding(connected: Connected): void {
  test("stop ends a subscription at once, with the messages that wait", async () => {
    const bus = await connected("one");
    const heard: string[] = [];
    const handler = async (message: Message) => {
      heard.push(text(message));
      subscription.stop();
    };
    const subscription = bus.subscribe("a", handler);
    const marker = collector(bus, "marker");
    await bus.flush();
    for (const item of ["1", "2", "3"]) bus.publish("a", bytes(item));
    bus.publish("marker", bytes("sent"));
    await marker.until("sent");
    expect(heard).toEqual(["1"]);
  });

  test("drain lets the handlers of everything that arrived end, and they can still speak", async () => {
    const [sender, receiver] = [await connected("sender"), await connected("receiver")];
    const answered = collector(sender, "answered");
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let started = 0;
    receiver.subscribe("a", async (message) => {
      started++;
      await gate;
      receiver.publish("answered", message.data);
    });
    await Promise.all([receiver.flush(), sender.flush()]);
    for (const item of ["1", "2", "3"]) sender.publish("a", bytes(item));
    await sender.flush();
    await vi.waitFor(() => expect(started).toBe(1), within);
    let drained = false;
    const drain = receiver.drain().then(() => {
      drained = true;
    });
    await expect
      .poll(() => sender.request("a", bytes("late"), { timeoutMs: 1000 }).catch((error) => error.code), within)
      .toBe("no_responders");
    for (let turn = 0; turn < 20; turn++) await sender.flush();
    expect([drained, receiver.status]).toEqual([false, "up"]);
    open();
    await drain;
    await answered.until("3");
    // A question asked before the server knew of the drain is answered, too.
    expect(answered.heard.filter((item) => item !== "late")).toEqual(["1", "2", "3"]);
    expect(receiver.status).toBe("down");
    await expect(receiver.request("a", bytes("x"), { timeoutMs: 1000 })).rejects.toMatchObject({
      code: "disconnected",
    });
    expect(() => receiver.subscribe("a", () => {})).toThrow(expect.objectContaining({ code: "disconnected" }));
    await receiver.drain();
  });
}
