import { type Context, call, createStats, serve } from "@holdfast/kernel";
import { collectingLogger, MemoryNats, Scheduler } from "@holdfast/kernel/testing";
import { objectList, objectWatch } from "@holdfast/proto";
import { expect, test } from "vitest";
import type { EdgeHubConfig } from "./config.ts";
import { emptyDesired } from "./desired.ts";
import type { EdgeHub } from "./hub.ts";
import { nodeHandlers } from "./own-node.ts";

test("a gateway that is watched tells when its link goes and comes", async () => {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const options = { logger: collectingLogger(), stats: createStats() };
  const config = { node: "gw-1", cloudUrl: "nats://cloud", labels: ["zone=north"] };
  const context = { clock, config, stopping: new AbortController().signal } as unknown as Context<EdgeHubConfig>;
  const link = { status: "up" };
  const hub = { context, cloud: { bus: link }, desired: emptyDesired() } as unknown as EdgeHub;
  serve(nats.connect({ name: "hub" }), nodeHandlers(), { hub }, options);
  const bus = nats.connect({ name: "client" });
  const at = { namespace: "_", noun: "node" };
  const done = async <T>(work: Promise<T>, ms: number): Promise<T> => {
    await scheduler.runFor(ms);
    return work;
  };
  const { position } = await done(call(bus, objectList, at, {}, { timeoutMs: 1000 }), 10);
  const watching = call(bus, objectWatch, at, { position, waitMs: 20_000 }, { timeoutMs: 30_000 });
  await scheduler.runFor(5000);
  link.status = "down";
  const changed = await done(watching, 1500);
  const [event] = changed.events;
  expect(JSON.parse(event?.object ?? "{}").status.conditions[1]).toMatchObject({ type: "Linked", status: "False" });
  const again = call(bus, objectWatch, at, { position: changed.position, waitMs: 3000 }, { timeoutMs: 30_000 });
  expect(await done(again, 3500)).toEqual({ events: [], position: changed.position });
  // Seen again after a restart of the hub: what was, is told when it is another.
  link.status = "up";
  const late = call(bus, objectWatch, at, { position: changed.position, waitMs: 3000 }, { timeoutMs: 30_000 });
  expect((await done(late, 100)).position).toBe(position);
});
