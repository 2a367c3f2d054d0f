import { every, publishEvent } from "@holdfast/kernel";
import { type Sample, sample, twinGet, twinReported, type Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { deviceJson, double, modelJson, text } from "./testing/boiler.ts";
import { TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };

/** Samples come from the test alone. */
async function quietGateway(environment: Record<string, string> = {}) {
  const device = new SimulatedDevice("default", "boiler");
  const plant = new SimulatedPlant("simulated", device);
  const gateway = new TestGateway({ plant, environment: { HF_SIMULATED_SAMPLE_MS: "0", ...environment } });
  gateway.boiler();
  await gateway.start();
  await gateway.scheduler.runFor(1_000);
  return { gateway, device };
}

function publish(
  gateway: TestGateway,
  value: Value | undefined,
  sourceTimeMs: number,
  more: Partial<Sample> = {},
): void {
  const { property = "temperature", ...rest } = { property: "temperature", ...more };
  const params = { node: gateway.node, ...ns, device: "boiler", property };
  const quality = value === undefined ? "bad" : "good";
  publishEvent(gateway.bus, sample, params, { value, quality, sourceTimeMs, ...rest });
}

function reports(gateway: TestGateway): readonly (readonly [unknown, string, number])[] {
  const messages = gateway.events("TwinReported").map(({ body }) => twinReported.message.decode(body));
  return messages.map(({ value, quality, revision }) => [
    value?.kind === "double" ? value.double : value,
    quality,
    revision,
  ]);
}

async function temperature(gateway: TestGateway) {
  const twin = await gateway.ask(twinGet, ns, { device: "boiler" });
  return twin.properties.temperature?.reported;
}

describe("KubeEdge's holes", () => {
  test("H12: the first report of each property is not lost", async () => {
    const { gateway } = await quietGateway();
    publish(gateway, double(20), 1);
    publish(gateway, text("a"), 1, { property: "label" } as Partial<Sample>);
    await gateway.scheduler.runFor(100);
    expect(gateway.events("TwinReported").map(({ key }) => key)).toEqual([
      "reported/default/boiler/temperature",
      "reported/default/boiler/label",
    ]);
  });

  test("#5018: a report that comes late does not replace a newer one, and a repeated one is none", async () => {
    const { gateway } = await quietGateway();
    publish(gateway, double(20), 1_000);
    await gateway.scheduler.runFor(10);
    publish(gateway, double(30), 3_000);
    await gateway.scheduler.runFor(10);
    publish(gateway, double(25), 2_000);
    publish(gateway, double(30), 3_000);
    publish(gateway, double(20), 1_000);
    await gateway.scheduler.runFor(10);
    expect(reports(gateway)).toEqual([
      [20, "good", 1],
      [30, "good", 2],
    ]);
    expect(await temperature(gateway)).toMatchObject({ value: double(30), revision: "2" });
  });

  test("#5018: after a restart too", async () => {
    const { gateway } = await quietGateway();
    publish(gateway, double(30), 3_000);
    await gateway.scheduler.runFor(10);
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(100);
    publish(gateway, double(25), 2_000);
    await gateway.scheduler.runFor(10);
    expect(reports(gateway)).toEqual([[30, "good", 1]]);
  });

  test("samples go on to count when the clock was set back", async () => {
    const { gateway } = await quietGateway();
    publish(gateway, double(30), Date.UTC(2100, 0, 1));
    await gateway.scheduler.runFor(10);
    for (const [value, atMs] of [
      [31, 10],
      [32, 20],
      [33, 30],
      [34, 40],
    ] as const) {
      publish(gateway, double(value), atMs);
      await gateway.scheduler.runFor(10);
    }
    expect(reports(gateway).map(([value]) => value)).toEqual([30, 33, 34]);
  });
});

test("samples of what is not here are counted and change nothing", async () => {
  const { gateway } = await quietGateway();
  publish(gateway, double(20), 1, { property: "pressure" } as Partial<Sample>);
  publishEvent(gateway.bus, sample, { node: "gw-1", ...ns, device: "toaster", property: "heat" }, { value: double(1) });
  gateway.bus.publish("hf.tele.gw-1.default.boiler.temperature", Buffer.from("garbage"));
  await gateway.scheduler.runFor(100);
  expect(gateway.events("TwinReported")).toEqual([]);
  expect(gateway.devicetwin.failures).toEqual([]);
});

test("while a commit runs, one slot per property keeps the latest sample", async () => {
  const { gateway } = await quietGateway();
  gateway.log.commitMs = 1_000;
  for (let value = 20; value < 70; value += 1) publish(gateway, double(value), value);
  await gateway.scheduler.runFor(3_000);
  const values = reports(gateway).map(([value]) => value);
  expect(values.length).toBeLessThanOrEqual(3);
  expect(values.at(-1)).toBe(69);
});

test("under pressure reports coalesce, and the latest value gets through", async () => {
  const { gateway } = await quietGateway({ HF_TWIN_COALESCE_MS: "5000" });
  gateway.log.pressed = true;
  await gateway.scheduler.runFor(1_100);
  for (let value = 20; value < 60; value += 1) {
    publish(gateway, double(value), value);
    await gateway.scheduler.runFor(250);
  }
  expect(reports(gateway).length).toBeLessThanOrEqual(3);
  await gateway.scheduler.runFor(5_000);
  expect(reports(gateway).at(-1)?.[0]).toBe(59);
  expect(await temperature(gateway)).toMatchObject({ value: double(59) });
});

test("2 000 changes a second are recorded, in few appends", async () => {
  const names = Array.from({ length: 200 }, (_, index) => `p${index}`);
  const model = modelJson(names.map((name) => ({ name, type: "DOUBLE", accessMode: "ReadOnly" as const, config: {} })));
  const gateway = new TestGateway({ environment: { HF_SIMULATED_SAMPLE_MS: "0" } });
  gateway.desired("devicemodel", "boiler-model", model);
  gateway.desired("device", "boiler", deviceJson());
  await gateway.start();
  gateway.log.commitMs = 5;
  const appendsBefore = gateway.log.appends;
  const clock = gateway.scheduler.clock();
  let round = 0;
  const cancel = every(clock, 100, () => {
    round += 1;
    for (const property of names) {
      publishEvent(
        gateway.bus,
        sample,
        { node: "gw-1", ...ns, device: "boiler", property },
        { value: double(round), sourceTimeMs: round },
      );
    }
  });
  await gateway.scheduler.runFor(2_050);
  cancel();
  await gateway.scheduler.runFor(100);
  expect(gateway.events("TwinReported")).toHaveLength(round * names.length);
  expect(round).toBe(20);
  expect(gateway.log.appends - appendsBefore).toBeLessThan(100);
});

test("what shall not be reported to the cloud stays on the gateway, and leaves the cloud when that is said later", async () => {
  const { gateway } = await quietGateway();
  const stays = (reportToCloud: boolean) => {
    const properties = [{ name: "temperature", reportToCloud }];
    gateway.desired("device", "boiler", deviceJson("boiler", { properties }));
  };
  const log = () =>
    gateway.events("TwinReported").map(({ ending, up, digested }) => [ending, up ? "up" : "here", digested].join(" "));
  publish(gateway, double(20), 1);
  await gateway.scheduler.runFor(100);
  expect(log()).toEqual(["state up true"]);
  stays(false);
  await gateway.scheduler.runFor(100);
  publish(gateway, double(30), 2);
  await gateway.scheduler.runFor(100);
  expect(log().slice(1)).toEqual(["removal up true", "state here false", "state here false"]);
  gateway.devicetwin.restart();
  await gateway.scheduler.runFor(100);
  stays(true);
  await gateway.scheduler.runFor(100);
  expect(log().slice(4)).toEqual(["state up true"]);
  expect(await temperature(gateway)).toMatchObject({ value: double(30), revision: "4" });
});

describe("a device that is silent", () => {
  test("is offline, and after a while its values are uncertain, each said once", async () => {
    const device = new SimulatedDevice("default", "boiler", { temperature: double(20) });
    const environment = { HF_TWIN_OFFLINE_TTL_MS: "10000", HF_SIMULATED_SAMPLE_MS: "500" };
    const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device), environment });
    gateway.boiler();
    await gateway.start();
    await gateway.scheduler.runFor(1_500);
    gateway.mapper.kill();
    await gateway.scheduler.runFor(60_000);
    expect(gateway.events("DeviceOffline")).toHaveLength(1);
    expect(reports(gateway)).toEqual([
      [20, "good", 1],
      [20, "uncertain", 2],
    ]);
    expect(await temperature(gateway)).toMatchObject({ quality: "uncertain", error: "mapper" });
    gateway.mapper.start();
    await gateway.scheduler.runFor(2_000);
    expect(reports(gateway).at(-1)).toEqual([20, "good", 3]);
    expect(
      gateway
        .events()
        .filter(({ type }) => type.startsWith("Device"))
        .map(({ type }) => type),
    ).toEqual([...["DeviceOnline", "DeviceOffline", "DeviceOnline"]]);
  });

  test("is told once by its mapper, whatever follows", async () => {
    const { gateway, device } = await quietGateway();
    device.state = "quarantined";
    await gateway.scheduler.runFor(10_000);
    device.state = "degraded";
    await gateway.scheduler.runFor(10_000);
    const told = gateway
      .events()
      .filter(({ type }) => type.startsWith("Device"))
      .map(({ type }) => type);
    expect(told).toEqual(["DeviceOnline", "DeviceOffline", "DeviceOnline"]);
    expect((await gateway.ask(twinGet, ns, { device: "boiler" })).connectivity).toBe("online");
  });
});

test("samples that newer ones overtook are counted in the twin, also over a restart", async () => {
  const { gateway } = await quietGateway();
  for (let at = 1; at <= 5; at += 1) publish(gateway, double(20 + 10 * at), at, { dropped: 2 });
  await gateway.scheduler.runFor(1_000);
  const first = await temperature(gateway);
  const recorded = gateway.events("TwinReported").length;
  expect(first).toMatchObject({ value: double(70) });
  expect((first?.overtaken ?? 0) + recorded, "each sample is an event, or counted").toBe(5 + 5 * 2);
  gateway.devicetwin.restart();
  await gateway.scheduler.runFor(100);
  publish(gateway, double(20), 6, { dropped: 1 });
  await gateway.scheduler.runFor(1_000);
  expect(await temperature(gateway)).toMatchObject({ value: double(20), overtaken: (first?.overtaken ?? 0) + 1 });
});
