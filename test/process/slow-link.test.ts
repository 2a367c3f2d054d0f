import { call, connectNats, publishEvent } from "@holdfast/kernel";
import { logGetStatus, sample } from "@holdfast/proto";
import { plain } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform, until } from "./fixtures/platform.ts";

const outboxMax = 1200;
/** Of the link: compressed, some twenty events a second beside heartbeats. */
const bytesPerSecond = 500;
/** Samples a second are more than ten times the events that the link carries. */
const everyMs = 2;
const floodMs = 15_000;
const times = 10;
const growthMaxMiB = 100;

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({
    HF_OUTBOX_MAX_EVENTS: String(outboxMax),
    HF_LOG_MAINTENANCE_MS: "200",
    HF_LINK_TIMEOUT_MS: "20000",
    HF_BEAT_MS: "2000",
  });
  await platform.declareBoiler();
  await until("the twin is in the cloud", async () => {
    return plain((await platform.cloud.twins.get("boiler")).properties.temperature?.reported?.value) !== undefined;
  });
}, 90_000);
afterAll(() => platform?.stop(), 60_000);

test("sensors that say ten times what the link carries: bounded, counted, and commands get through", async () => {
  const { edge, cloud, node } = platform;
  await platform.killModule("mapper");
  const { bus } = await connectNats({ url: platform.edgeUrl, name: "flood" });
  const modules = ["metamanager", "hub", "devicetwin"] as const;
  const memory = new Map(modules.map((name) => [name, platform.memoryMiB(name)]));
  const status = () => call(bus, logGetStatus, {}, {}, { timeoutMs: 10_000 });
  const above = await connectNats({ url: platform.cloudUrl, name: "listener" });
  let carried = 0;
  above.bus.subscribe("hf.twin.*.default.boiler.reported.temperature", () => void carried++);
  await above.bus.flush();
  platform.wire.slow(bytesPerSecond);
  let sent = 0;
  const flood = setInterval(() => {
    const place = { node, namespace: "default", device: "boiler", property: "temperature" };
    const value = { kind: "double" as const, double: 100 + sent };
    publishEvent(bus, sample, place, { value, quality: "good", sourceTimeMs: Date.now() });
    sent += 1;
  }, everyMs);
  const set = cloud.twins.set("boiler", "setpoint", 44);
  let outboxPeak = 0;
  const endMs = performance.now() + floodMs;
  await until(
    "the flood is over",
    async () => {
      outboxPeak = Math.max(outboxPeak, (await status()).outboxEvents);
      return performance.now() >= endMs;
    },
    60_000,
  );
  await set;
  await until("the set has come down", async () => {
    return plain((await edge.twins.get("boiler")).properties.setpoint?.desired?.value) === 44;
  });
  clearInterval(flood);
  expect(sent / Math.max(1, carried), `${sent} samples, ${carried} carried`).toBeGreaterThan(times);
  expect(outboxPeak).toBeLessThan(outboxMax + 250);
  const growth = modules.map((name) => [name, platform.memoryMiB(name) - (memory.get(name) ?? 0)] as const);
  expect(growth.filter(([, grown]) => grown > growthMaxMiB)).toEqual([]);
  platform.wire.heal();
  await until("cloud and edge agree", async () => {
    const [one] = await cloud.nodes.status();
    return one?.desired?.equal === true && one.reported?.equal === true && one.outboxEvents === 0;
  });
  const { gapEvents } = await status();
  expect(gapEvents, "what the cloud will never see is counted").toBeGreaterThan(0);
  expect((await cloud.nodes.status())[0]?.gapEvents).toBe(gapEvents);
  const last = (await edge.twins.get("boiler")).properties.temperature?.reported?.value;
  expect(plain((await cloud.twins.get("boiler")).properties.temperature?.reported?.value)).toBe(plain(last));
  await Promise.all([bus.drain(), above.bus.drain()]);
}, 180_000);
