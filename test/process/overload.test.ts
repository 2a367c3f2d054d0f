import { connect as dial } from "node:net";
import { call, connectNats, publishEvent } from "@holdfast/kernel";
import { logGetStatus, sample } from "@holdfast/proto";
import { plain } from "@holdfast/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestPlatform, until } from "./fixtures/platform.ts";
import { start } from "./holdfast-cli.ts";

/** Unacknowledged events that the gateway may keep in this test. */
const outboxMax = 1200;
/** In bursts at first, then one by one, so that each of these is an event. */
const bursts = 100;
const perBurst = 250;
const singles = 2000;
const samples = bursts * perBurst + singles;
/** What a module of a gateway may grow by; its queues hold a small part of it. */
const growthMaxMiB = 100;

let platform: TestPlatform;

beforeAll(async () => {
  platform = await TestPlatform.start({ HF_OUTBOX_MAX_EVENTS: String(outboxMax), HF_LOG_MAINTENANCE_MS: "200" });
  await platform.declareBoiler();
  await until("the twin is in the cloud", async () => {
    return plain((await platform.cloud.twins.get("boiler")).properties.temperature?.reported?.value) !== undefined;
  });
}, 90_000);
afterAll(() => platform?.stop(), 60_000);

/** What the command line prints about this bus. */
async function said(url: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout } = await start(["--bus", url, ...words]).ended;
  expect(code, words.join(" ")).toBe(0);
  return stdout;
}

/** Hears everything of a bus and never reads it. */
function standStill(url: string): () => void {
  const { port } = new URL(url);
  const socket = dial(Number(port), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.pause();
  socket.write('CONNECT {"verbose":false}\r\nSUB hf.> 1\r\n');
  return () => socket.destroy();
}

test("a flood with the cloud away and a listener that stands still: bounded, counted, and commands get through", async () => {
  const { edge, cloud, node } = platform;
  // Its samples would be between those of the flood.
  await platform.killModule("mapper");
  const { bus } = await connectNats({ url: platform.edgeUrl, name: "flood" });
  const stopListening = standStill(platform.edgeUrl);
  const before = (await edge.twins.get("boiler")).properties.temperature?.reported;
  const modules = ["metamanager", "hub", "devicetwin"] as const;
  const memory = new Map(modules.map((name) => [name, platform.memoryMiB(name)]));
  platform.wire.cut();
  const sets: Promise<unknown>[] = [];
  let outboxPeak = 0;
  let sent = 0;
  const publish = () => {
    const place = { node, namespace: "default", device: "boiler", property: "temperature" };
    const value = { kind: "double" as const, double: 100 + sent };
    publishEvent(bus, sample, place, { value, quality: "good", sourceTimeMs: Date.now() });
    sent += 1;
  };
  const look = async () => {
    const { outboxEvents, lastUpSeq } = await call(bus, logGetStatus, {}, {}, { timeoutMs: 10_000 });
    outboxPeak = Math.max(outboxPeak, outboxEvents);
    return lastUpSeq;
  };
  for (let burst = 0; burst < bursts; burst += 1) {
    for (let index = 0; index < perBurst; index += 1) publish();
    await look();
    if (burst % 10 === 0) sets.push(edge.twins.set("boiler", "setpoint", 40 + burst / 10));
  }
  while (sent < samples) {
    const before = await look();
    publish();
    while ((await look()) === before);
  }
  expect((await Promise.all(sets)).length, "each is answered, none is refused").toBe(bursts / 10);
  const last = 100 + samples - 1;
  const temperature = async () => (await edge.twins.get("boiler")).properties.temperature?.reported;
  await until("the last value is recorded", async () => plain((await temperature())?.value) === last);

  const after = await temperature();
  const recorded = Number(after?.revision) - Number(before?.revision);
  const overtaken = (after?.overtaken ?? 0) - (before?.overtaken ?? 0);
  expect(recorded + overtaken, "each sample is an event, or counted in the twin").toBe(samples);
  expect(outboxPeak).toBeLessThan(outboxMax + perBurst);
  const growth = modules.map((name) => [name, platform.memoryMiB(name) - (memory.get(name) ?? 0)] as const);
  expect(growth.filter(([, grown]) => grown > growthMaxMiB)).toEqual([]);

  const { gapEvents } = await call(bus, logGetStatus, {}, {}, { timeoutMs: 10_000 });
  expect(gapEvents, "what the cloud will never see is counted").toBeGreaterThan(0);
  const stats = async (module: string) => {
    const { data } = await bus.request(`$SRV.STATS.${module}`, new Uint8Array(), { timeoutMs: 10_000 });
    return JSON.parse(Buffer.from(data).toString()).data;
  };
  expect(await stats("metamanager"), "in the metrics").toMatchObject({ gap_events: gapEvents });
  expect((await stats("devicetwin")).samples_overtaken, "of the twin too").toBeGreaterThanOrEqual(overtaken);
  expect(await said(platform.edgeUrl, "twin", "get", "boiler"), "in the twin").toContain(
    `${after?.overtaken} overtaken`,
  );
  platform.wire.heal();
  // What the last heartbeat before the cut said was as equal.
  await until("cloud and edge agree, and the cloud knows what it will never see", async () => {
    const [status] = await cloud.nodes.status();
    const isEqual = status?.desired?.equal === true && status.reported?.equal === true;
    return isEqual && status.outboxEvents === 0 && status.gapEvents === gapEvents;
  });
  const { nodes } = JSON.parse(await said(platform.cloudUrl, "status", "-o", "json"));
  expect(nodes, "and on the command line").toMatchObject([{ node, gapEvents }]);
  expect(plain((await cloud.twins.get("boiler")).properties.temperature?.reported?.value)).toBe(last);
  stopListening();
  await bus.drain();
}, 180_000);
