import {
  objectDescribe,
  objectGet,
  objectList,
  objectWatch,
  twinHistory,
  twinReported,
  twinSet,
} from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { deviceJson, double } from "./testing/boiler.ts";
import { refusalOf, TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };

async function livelyGateway() {
  const device = new SimulatedDevice("default", "boiler", { temperature: double(20), setpoint: double(20) });
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device) });
  gateway.boiler();
  await gateway.start();
  for (let round = 1; round <= 10; round += 1) {
    device.registers.set("temperature", double(20 + round * 5));
    await gateway.scheduler.runFor(1_000);
  }
  const set = { device: "boiler", property: "setpoint", value: double(60), id: "p1", actor: "ann" };
  await gateway.ask(twinSet, ns, set);
  await gateway.scheduler.runFor(1_000);
  return { gateway, device };
}

function what(entries: readonly { readonly subject: string }[]): readonly string[] {
  return entries.map(({ subject }) => subject.split(".").slice(5).join("."));
}

describe("twin.history", () => {
  test("tells what happened to a device, in order, as it was published", async () => {
    const { gateway } = await livelyGateway();
    const { entries, more, truncated } = await gateway.ask(twinHistory, ns, { device: "boiler", limit: 1_000 });
    expect(entries.length).toBe(gateway.events().length);
    expect(what(entries).slice(-3)).toEqual(["proposed.p1", "desired.setpoint", "reported.setpoint"]);
    expect(entries.at(-3)).toMatchObject({ actor: "bob", cause: "p1" });
    expect(twinReported.message.decode(entries.at(-1)?.body ?? new Uint8Array())).toMatchObject({ id: "p1" });
    expect({ more, truncated }).toEqual({ more: false, truncated: false });
    const times = entries.map(({ atMs }) => atMs);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
  });

  test("goes on page by page from where it stopped, and then tells only what is new", async () => {
    const { gateway } = await livelyGateway();
    const all: string[] = [];
    let position = "";
    let more = true;
    while (more) {
      const page = await gateway.ask(twinHistory, ns, { device: "boiler", position, limit: 4 });
      expect(page.entries.length).toBeLessThanOrEqual(4);
      all.push(...page.entries.map((entry) => entry.position));
      ({ position, more } = page);
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(gateway.events().length);
    expect((await gateway.ask(twinHistory, ns, { device: "boiler", position })).entries).toEqual([]);
    await gateway.ask(twinSet, ns, { device: "boiler", property: "steps", value: double(1), id: "p2" });
    const news = await gateway.ask(twinHistory, ns, { device: "boiler", position });
    expect(what(news.entries)).toEqual(["proposed.p2", "desired.steps"]);
  });

  test("can be narrowed to a property, a namespace and a time", async () => {
    const { gateway } = await livelyGateway();
    const one = await gateway.ask(twinHistory, { namespace: "_" }, { property: "setpoint" });
    expect(what(one.entries)).toEqual(["reported.setpoint", "proposed.p1", "desired.setpoint", "reported.setpoint"]);
    expect((await gateway.ask(twinHistory, { namespace: "other" }, {})).entries).toEqual([]);
    expect((await gateway.ask(twinHistory, ns, { device: "boil" })).entries).toEqual([]);
    const since = one.entries.at(1)?.atMs ?? 0;
    const late = await gateway.ask(twinHistory, ns, { property: "setpoint", sinceMs: since });
    expect(what(late.entries)).toEqual(["proposed.p1", "desired.setpoint", "reported.setpoint"]);
    const early = await gateway.ask(twinHistory, ns, { property: "setpoint", untilMs: since - 1 });
    expect(what(early.entries)).toEqual(["reported.setpoint"]);
  });

  test("says when the log no longer has everything", async () => {
    const { gateway } = await livelyGateway();
    const first = await gateway.ask(twinHistory, ns, { limit: 1 });
    gateway.log.compact(gateway.log.lastSeq - 2);
    const all = await gateway.ask(twinHistory, ns, {});
    expect(all).toMatchObject({ truncated: true, more: false });
    const now = await gateway.ask(twinHistory, ns, { sinceMs: Number.MAX_SAFE_INTEGER, position: all.position });
    expect(now).toEqual({ entries: [], position: all.position, more: false, truncated: false });
    expect(all.entries).toHaveLength(2);
    const onwards = await gateway.ask(twinHistory, ns, { position: first.position });
    expect(onwards.truncated).toBe(true);
    expect(onwards.entries).toHaveLength(2);
    const rest = await gateway.ask(twinHistory, ns, { position: all.position });
    expect(rest).toMatchObject({ truncated: false, entries: [] });
  });

  test.each(["gw-2/1.42/7", "cloud:77", "7", "gw-1/1.42/", "gw-1/1.42/x", "gw-1/1.42/7/8"])(
    "refuses the position %s of another bus",
    async (position) => {
      const gateway = await new TestGateway().start();
      expect(await refusalOf(gateway.ask(twinHistory, ns, { position }))).toBe("invalid_argument");
    },
  );
});

describe("devices and their models", () => {
  test("are got and listed as the cloud declared them", async () => {
    const { gateway } = await livelyGateway();
    const device = { ...ns, noun: "device" };
    const { object } = await gateway.ask(objectGet, device, { name: "boiler" });
    expect(JSON.parse(object)).toEqual({ ...JSON.parse(deviceJson()), status: { state: "online" } });
    expect(await refusalOf(gateway.ask(objectGet, device, { name: "toaster" }))).toBe("not_here");
    const models = await gateway.ask(objectList, { namespace: "_", noun: "devicemodel" }, {});
    expect(models.items).toHaveLength(1);
    gateway.desired("device", "other", deviceJson("other", { labels: { floor: "2" } }));
    await gateway.scheduler.runFor(100);
    const onFloor = await gateway.ask(objectList, device, { labelSelector: "floor=2" });
    expect(onFloor.items.map((item) => JSON.parse(item.object).metadata.name)).toEqual(["other"]);
    expect(await refusalOf(gateway.ask(objectList, device, { labelSelector: "floor>2" }))).toBe("invalid_argument");
  });

  test("are described with what happened to them last", async () => {
    const { gateway, device } = await livelyGateway();
    device.state = "offline";
    await gateway.scheduler.runFor(2_000);
    const { events } = await gateway.ask(objectDescribe, { ...ns, noun: "device" }, { name: "boiler" });
    expect(events.map(({ what, actor }) => `${what} by ${actor}`)).toEqual([
      "Online by devicetwin",
      "Desired by bob",
      "Offline by devicetwin",
    ]);
    const model = { ...ns, noun: "devicemodel" };
    expect((await gateway.ask(objectDescribe, model, { name: "boiler-model" })).events).toEqual([]);
    expect(await refusalOf(gateway.ask(objectDescribe, model, { name: "never" }))).toBe("not_here");
  });

  test("are watched from a list on, without a gap", async () => {
    const { gateway } = await livelyGateway();
    const device = { ...ns, noun: "device" };
    const { position } = await gateway.ask(objectList, device, {});
    gateway.desired("device", "other", deviceJson("other"));
    await gateway.scheduler.runFor(100);
    const first = await gateway.ask(objectWatch, device, { position, waitMs: 5_000 });
    expect(first.events).toEqual([{ type: "ADDED", object: expect.stringContaining('"name":"other"') }]);
    const waiting = gateway.send(objectWatch, device, { position: first.position, waitMs: 5_000 });
    await gateway.scheduler.runFor(1_000);
    gateway.desired("device", "other", deviceJson("other", { labels: { floor: "2" } }));
    const second = await gateway.until(waiting, "a change");
    expect(second.events.map(({ type }) => type)).toEqual(["MODIFIED"]);
    gateway.desired("device", "other", undefined);
    const third = await gateway.ask(objectWatch, device, { position: second.position, waitMs: 5_000 });
    expect(third.events.map(({ type }) => type)).toEqual(["DELETED"]);
    const none = await gateway.ask(objectWatch, device, { position: third.position, waitMs: 500 });
    expect(none.events).toEqual([]);
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(500);
    expect(await refusalOf(gateway.ask(objectWatch, device, { position: first.position, waitMs: 1 }))).toBe("expired");
  });
});
