import {
  objectList,
  objectWatch,
  twinGet,
  twinList,
  twinProposals,
  twinReported,
  twinSet,
  type Value,
} from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { bool, deviceJson, double } from "./testing/boiler.ts";
import { refusalOf, TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };

async function boilerGateway(
  registers: Readonly<Record<string, Value>> = { setpoint: double(20), temperature: double(20) },
  environment: Record<string, string> = {},
) {
  const device = new SimulatedDevice("default", "boiler", registers);
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device), environment });
  gateway.boiler();
  await gateway.start();
  await gateway.scheduler.runFor(1_200);
  return { gateway, device };
}

async function property(gateway: TestGateway, name = "setpoint") {
  const twin = await gateway.ask(twinGet, ns, { device: "boiler" });
  return twin.properties[name];
}

function types(gateway: TestGateway): readonly string[] {
  return gateway.events().map(({ type }) => type);
}

describe("a set on the gateway", () => {
  test("is recorded, then written, then reported under its id", async () => {
    const { gateway, device } = await boilerGateway({ setpoint: double(20) });
    const before = types(gateway).length;
    const reply = await gateway.ask(twinSet, ns, {
      device: "boiler",
      property: "setpoint",
      value: double(60),
      id: "p1",
    });
    expect(reply).toEqual({ id: "p1", revision: "proposal:p1", state: "recorded", value: double(60) });
    await gateway.scheduler.runFor(500);
    expect(device.writes).toMatchObject([{ id: "p1", value: double(60), incarnation: 1 }]);
    expect(device.reads, "the report said already that it differs").toBe(0);
    expect(await property(gateway)).toMatchObject({
      desired: { value: double(60), revision: "proposal:p1", id: "p1", origin: "gateway" },
      reported: { value: double(60), id: "p1", quality: "good" },
      convergence: "applied",
    });
    expect(types(gateway).slice(before)).toEqual(["TwinProposed", "TwinDesired", "TwinReported"]);
  });

  test("is answered, and has effects, only after it is on disk", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.log.commitMs = 1_000;
    const { appends } = gateway.log;
    let answered = false;
    const asked = gateway.send(twinSet, ns, { device: "boiler", property: "setpoint", value: double(60), id: "p1" });
    void asked.then(() => {
      answered = true;
    });
    await gateway.scheduler.runFor(900);
    expect(answered).toBe(false);
    await gateway.until(asked, "the answer");
    expect(gateway.log.appends - appends).toBe(1);
    expect(device.writes).toEqual([]);
    await gateway.scheduler.runFor(5_000);
    expect(device.writes).toHaveLength(1);
  });

  test("of the value that is there already is applied without a write", async () => {
    const { gateway, device } = await boilerGateway();
    await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(20), id: "p1" });
    await gateway.scheduler.runFor(500);
    expect(device.writes).toEqual([]);
    expect(await property(gateway)).toMatchObject({ convergence: "applied", reported: { id: "p1" } });
  });

  test("that looks applied by an old sample is read from the device first", async () => {
    const { gateway, device } = await boilerGateway();
    device.registers.set("setpoint", double(33));
    await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(20), id: "p1" });
    await gateway.scheduler.runFor(500);
    expect(device.writes).toMatchObject([{ id: "p1", value: double(20) }]);
    expect(device.registers.get("setpoint")).toEqual(double(20));
  });

  test("with a repeated id has one effect and one answer", async () => {
    const { gateway, device } = await boilerGateway();
    const request = { device: "boiler", property: "setpoint", value: double(60), id: "p1" };
    const both = Promise.all([gateway.send(twinSet, ns, request), gateway.send(twinSet, ns, request)]);
    const [one, two] = await gateway.until(both, "both answers");
    expect(two).toEqual(one);
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(500);
    expect(await gateway.ask(twinSet, ns, request), "after a restart too").toEqual(one);
    await gateway.scheduler.runFor(500);
    expect(device.writes).toHaveLength(1);
    expect(gateway.events("TwinProposed")).toHaveLength(1);
  });

  test("is listed until the cloud has decided it", async () => {
    const { gateway } = await boilerGateway();
    await gateway.ask(twinSet, ns, { device: "boiler", property: "burner", value: bool(true), id: "p1" });
    const { proposals } = await gateway.ask(twinProposals, ns, {});
    expect(proposals).toMatchObject([
      { id: "p1", device: "boiler", property: "burner", value: bool(true), actor: "bob" },
    ]);
    gateway.target("boiler.burner", { value: bool(true), id: "p1", version: 9 });
    gateway.resolution("p1", { accepted: true, version: 9 });
    await gateway.scheduler.runFor(100);
    expect((await gateway.ask(twinProposals, { namespace: "_" }, {})).proposals).toEqual([]);
    expect(await property(gateway, "burner")).toMatchObject({ desired: { id: "p1", revision: "9", origin: "cloud" } });
  });

  test("is refused as data, and nothing is recorded", async () => {
    const { gateway } = await boilerGateway();
    const before = gateway.log.lastSeq;
    const set = (more: object) =>
      refusalOf(gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(60), ...more }));
    expect(await set({ device: "toaster" })).toBe("not_here");
    expect(await set({ property: "pressure" })).toBe("not_found");
    expect(await set({ property: "temperature" })).toBe("read_only");
    expect(await set({ value: double(1_000) })).toBe("out_of_range");
    expect(await set({ expectRevision: "7" })).toBe("conflict");
    gateway.log.pressed = true;
    await gateway.scheduler.runFor(1_100);
    expect(await set({})).toBe("busy");
    expect(gateway.log.lastSeq).toBe(before);
  });
});

describe("what the cloud wants", () => {
  test("is told, written and reported", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.target("boiler.setpoint", { value: double(55), id: "c1", version: 3, actor: "ann" });
    await gateway.scheduler.runFor(500);
    expect(device.writes).toMatchObject([{ id: "c1", value: double(55) }]);
    expect(types(gateway).slice(-2)).toEqual(["TwinDesired", "TwinReported"]);
    expect(await property(gateway)).toMatchObject({ desired: { revision: "3", actor: "ann" }, convergence: "applied" });
  });

  test("comes back when a proposal is superseded", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.target("boiler.setpoint", { value: double(55), id: "c1", version: 3 });
    await gateway.scheduler.runFor(500);
    await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(60), id: "p1" });
    await gateway.scheduler.runFor(500);
    gateway.resolution("p1", { accepted: false, reason: "superseded", version: 3 });
    await gateway.scheduler.runFor(500);
    expect(device.writes.map(({ id }) => id)).toEqual(["c1", "p1", "c1"]);
    expect(await property(gateway)).toMatchObject({ desired: { id: "c1" }, convergence: "applied" });
    expect(gateway.events("TwinRejected")).toHaveLength(1);
  });

  test("is rejected when the device or its model cannot do it", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.target("boiler.temperature", { value: double(55), id: "c1", version: 3 });
    gateway.target("boiler.setpoint", { value: double(500), id: "c2", version: 4 });
    await gateway.scheduler.runFor(500);
    expect(await property(gateway, "temperature")).toMatchObject({ convergence: "rejected", reason: "readOnly" });
    expect(await property(gateway)).toMatchObject({ convergence: "rejected", reason: "outOfRange" });
    expect(device.writes).toEqual([]);
  });

  test("waits for device and model, in whatever order they come", async () => {
    const device = new SimulatedDevice("default", "boiler", { setpoint: double(20) });
    const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device) });
    gateway.target("boiler.setpoint", { value: double(55), id: "c1", version: 3 });
    await gateway.start();
    await gateway.scheduler.runFor(500);
    expect(gateway.events()).toEqual([]);
    gateway.boiler();
    await gateway.scheduler.runFor(1_500);
    expect(device.writes).toMatchObject([{ id: "c1" }]);
  });
});

test("twins are listed by namespace, with every property of the model", async () => {
  const { gateway } = await boilerGateway();
  const { twins } = await gateway.ask(twinList, { namespace: "_" }, {});
  expect(twins).toHaveLength(1);
  expect(Object.keys(twins[0]?.properties ?? {}).sort()).toEqual([
    "burner",
    "label",
    "setpoint",
    "steps",
    "temperature",
  ]);
  expect(twins[0]).toMatchObject({ node: "gw-1", connectivity: "online" });
  expect((await gateway.ask(twinList, { namespace: "other" }, {})).twins).toEqual([]);
  gateway.desired("device", "another", deviceJson("another"));
  await gateway.scheduler.runFor(100);
  const after = async (key: string) => (await gateway.ask(twinList, ns, { after: key })).twins.map((one) => one.device);
  expect([await after(""), await after("default another")]).toEqual([["another", "boiler"], ["boiler"]]);
});

test("a device that goes takes its reported values with it", async () => {
  const { gateway } = await boilerGateway();
  gateway.desired("device", "boiler", undefined);
  await gateway.scheduler.runFor(500);
  const removals = gateway.events("TwinReported").filter(({ ending }) => ending === "removal");
  expect(removals.map(({ key }) => key).sort()).toEqual([
    "reported/default/boiler/setpoint",
    "reported/default/boiler/temperature",
  ]);
  await gateway.scheduler.runFor(5_000);
  expect(gateway.events("TwinReported").filter(({ ending }) => ending === "removal")).toHaveLength(2);
  expect(await refusalOf(property(gateway))).toBe("not_here");
});

test("a stop answers what is on disk and leaves nothing running", async () => {
  const { gateway } = await boilerGateway();
  gateway.log.commitMs = 50;
  const answer = gateway.send(twinSet, ns, { device: "boiler", property: "setpoint", value: double(60), id: "p1" });
  await gateway.scheduler.runFor(10);
  await gateway.until(gateway.devicetwin.stop(), "the end");
  expect(await gateway.until(answer, "the answer")).toMatchObject({ id: "p1" });
  expect(gateway.devicetwin.failures).toEqual([]);
});

test("a module that was cut off for longer than the log remembers folds anew, and goes on", async () => {
  const { gateway, device } = await boilerGateway();
  await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(60), id: "p1" });
  await gateway.scheduler.runFor(500);
  const noun = { ...ns, noun: "device" };
  const { position } = await gateway.ask(objectList, noun, {});
  gateway.nats.cut("devicetwin#1");
  gateway.target("boiler.setpoint", { value: double(60), id: "p1", version: 7 });
  gateway.resolution("p1", { accepted: true, version: 7 });
  gateway.target("boiler.steps", { value: double(3), id: "c1", version: 8 });
  gateway.desired("device", "other", deviceJson("other"));
  gateway.log.compact();
  await gateway.scheduler.runFor(3_000);
  device.registers.set("temperature", double(33));
  gateway.nats.restore("devicetwin#1");
  await gateway.scheduler.runFor(5_000);
  expect(gateway.devicetwin.failures).toEqual([]);
  const twin = await gateway.ask(twinGet, ns, { device: "boiler" });
  expect(twin.properties.setpoint).toMatchObject({ convergence: "applied", desired: { revision: "7" } });
  expect(twin.properties.steps).toMatchObject({ convergence: "applied" });
  expect(twin.properties.temperature?.reported?.value).toEqual(double(33));
  expect(device.writes.map(({ id }) => id)).toEqual(["p1", "c1"]);
  expect((await gateway.ask(twinList, ns, {})).twins).toHaveLength(2);
  expect(await refusalOf(gateway.ask(objectWatch, noun, { position, waitMs: 1 })), "a gap is told").toBe("expired");
  const revisions = gateway.log.history
    .filter(({ event }) => event.key === "reported/default/boiler/temperature")
    .map(({ event }) => twinReported.message.decode(event.body).revision);
  expect(revisions).toEqual(revisions.map((_, index) => index + 1));
});
