import { expect, test } from "vitest";
import { MemoryNats } from "./bus-memory.ts";
import { Scheduler } from "./clock.ts";
import { Guard } from "./memory-guard.ts";

const data = new Uint8Array();

test("a guarded connection does what it may, answers once, and is told of the rest as by a server", async () => {
  const scheduler = new Scheduler();
  const nats = new MemoryNats({ clock: scheduler });
  const responses = { max: 1, withinMs: 1000 };
  const guard = new Guard({ publish: ["a.*", "never.>"], subscribe: ["b.>", "_INBOX._x.>"], responses });
  const errors: string[] = [];
  const onError = (error: unknown) => errors.push(error instanceof Error ? error.message : "");
  const guarded = nats.connect({ name: "x", inboxPrefix: "_INBOX._x", guard, onError });
  const free = nats.connect({ name: "free" });
  const heard: string[] = [];
  free.subscribe("a.>", ({ reply }) => {
    if (reply !== undefined) free.publish(reply, data);
  });
  free.subscribe(">", ({ subject }) => void heard.push(subject));
  guarded.subscribe("b.ask", ({ reply = "" }) => {
    for (const _ of [1, 2]) guarded.publish(reply, data);
  });
  guarded.subscribe("b.*", () => {});
  for (const filter of ["a.>", ">", "*.ask", "_INBOX.>"]) guarded.subscribe(filter, () => void heard.push("stolen"));
  const asked = guarded.request("a.x", data, { timeoutMs: 100 });
  const refused = guarded.request("c.x", data, { timeoutMs: 100 }).catch((error) => error.code);
  guarded.publish("a.x.y", data);
  const answered = free.request("b.ask", data, { timeoutMs: 100 });
  await scheduler.runFor(50);
  await Promise.all([asked, answered]);
  expect(await refused).toBe("forbidden");
  expect(heard.filter((subject) => !subject.startsWith("_INBOX"))).toEqual(["a.x", "b.ask"]);
  expect(guard.violations.map((each) => each.replace(/_INBOX\.\d+\.\d+/, "reply"))).toEqual([
    ...["subscribe a.>", "subscribe >", "subscribe *.ask", "subscribe _INBOX.>"],
    ...["publish c.x", "publish a.x.y", "publish reply"],
  ]);
  expect(errors.length).toBe(6);
  expect(guard.unused).toEqual(["publish never.>"]);
});
