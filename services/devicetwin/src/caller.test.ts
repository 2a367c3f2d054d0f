import { type LogEvent, type TwinCallRequest, twinCall, twinResult, twinSet, twinStarted } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { double, int64, text } from "./testing/boiler.ts";
import { refusalOf, TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };
const environment = {
  ...{ HF_TWIN_RETRY_BASE_MS: "100", HF_TWIN_CALLS_MAX: "3", HF_TWIN_CALL_WAIT_MS: "2000" },
  ...{ HF_TWIN_DRIVER_TIMEOUT_MS: "4000", HF_TWIN_MAPPER_SILENCE_MS: "5000" },
};

async function boilerGateway() {
  const device = new SimulatedDevice("default", "boiler", { setpoint: double(20), steps: int64(0), label: text("") });
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device), environment });
  gateway.boiler();
  await gateway.start();
  await gateway.scheduler.runFor(1_200);
  return { gateway, device };
}

const boost = (id: string, steps = 3, more: Partial<TwinCallRequest> = {}) => {
  return { device: "boiler", method: "boost", arguments: { steps: int64(steps) }, id, ...more };
};

function callsIn(gateway: TestGateway) {
  const idOf = ({ key }: LogEvent) => twinStarted.key.parse(key)?.id ?? "";
  const results = gateway.events(twinResult.name);
  return {
    started: gateway.events(twinStarted.name).map(idOf),
    results: results.map((event) => [idOf(event), twinResult.message.decode(event.body).outcome]),
    reasons: results.map(({ body }) => twinResult.message.decode(body).reason),
    endings: results.map(({ ending }) => ending),
  };
}

test("a call is on disk before the device is asked, and its result after it", async () => {
  const { gateway, device } = await boilerGateway();
  gateway.log.commitMs = 50;
  const asked = gateway.send(twinCall, ns, boost("c1"));
  await gateway.scheduler.runFor(40);
  expect(device.calls, "not before it is recorded").toEqual([]);
  expect(await gateway.until(asked, "an answer")).toEqual({ id: "c1", state: "started", result: undefined });
  await gateway.scheduler.runFor(200);
  expect(device.calls).toEqual([{ id: "c1", method: "boost", arguments: { steps: int64(3) }, taken: true }]);
  expect(callsIn(gateway)).toMatchObject({ started: ["c1"], results: [["c1", "ok"]], endings: ["removal"] });
});

test("a repeated id is carried out once, and gets the result", async () => {
  const { gateway, device } = await boilerGateway();
  device.faults.delayMs = 100;
  const asked = ["once", "twice"].map(() => gateway.send(twinCall, ns, boost("c1")));
  await gateway.until(Promise.all(asked), "answers");
  await gateway.scheduler.runFor(500);
  const { result } = await gateway.ask(twinCall, ns, boost("c1"));
  expect(result).toMatchObject({ method: "boost", outcome: "ok" });
  gateway.devicetwin.restart();
  await gateway.scheduler.runFor(500);
  expect(await gateway.ask(twinCall, ns, boost("c1"))).toMatchObject({ result: { outcome: "ok" } });
  expect(device.calls).toHaveLength(1);
});

describe("a life that ended between started and result", () => {
  async function interrupted(idempotent: boolean) {
    const { gateway, device } = await boilerGateway();
    if (idempotent) device.idempotent.add("boost");
    device.faults.delayMs = 400;
    await gateway.ask(twinCall, ns, boost("c1"));
    await gateway.scheduler.runFor(250);
    expect(device.calls, "the device has been asked").toHaveLength(1);
    gateway.devicetwin.restart();
    return { gateway, device };
  }

  test("leaves a result that is unknown; the device is not asked again", async () => {
    const { gateway, device } = await interrupted(false);
    await gateway.scheduler.runFor(5_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", "unknown"]], reasons: ["restart"] });
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(5_000);
    expect(device.calls).toHaveLength(1);
    expect(callsIn(gateway).results).toHaveLength(1);
  });

  test("lets a method be carried out again if the driver says that it may be", async () => {
    const { gateway, device } = await interrupted(true);
    await gateway.scheduler.runFor(5_000);
    expect(callsIn(gateway).results).toEqual([["c1", "ok"]]);
    expect(device.calls).toHaveLength(2);
  });

  test("waits a while for a mapper that is not there yet, and for no longer", async () => {
    const { gateway, device } = await interrupted(true);
    gateway.mapper.kill();
    await gateway.scheduler.runFor(2_000);
    expect(callsIn(gateway).results).toEqual([]);
    await gateway.scheduler.runFor(10_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", "unknown"]], reasons: ["restart"] });
    expect(device.calls).toHaveLength(1);
  });
});

describe("what comes of it", () => {
  const faults: readonly [string, Partial<SimulatedDevice["faults"]>, string, string][] = [
    ["a refusal", { refusedWrites: 1 }, "failed", "rejected"],
    ["an answer that was lost", { unknownWrites: 1 }, "unknown", "timeout"],
  ];
  test.each(faults)("%s", async (_, fault, outcome, reason) => {
    const { gateway, device } = await boilerGateway();
    Object.assign(device.faults, fault);
    await gateway.ask(twinCall, ns, boost("c1"));
    await gateway.scheduler.runFor(10_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", outcome]], reasons: [reason] });
    expect(device.calls, "and is not repeated").toHaveLength(1);
  });

  test("a mapper that is not there: failed, nothing was done", async () => {
    const { gateway } = await boilerGateway();
    gateway.mapper.kill();
    await gateway.ask(twinCall, ns, boost("c1"));
    await gateway.scheduler.runFor(10_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", "failed"]], reasons: ["mapper"] });
  });

  test("a mapper that does not answer in time: unknown", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.delayMs = 20_000;
    await gateway.ask(twinCall, ns, boost("c1"));
    await gateway.scheduler.runFor(30_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", "unknown"]], reasons: ["timeout"] });
  });

  test("a device that is offline is refused before anything begins", async () => {
    const { gateway, device } = await boilerGateway();
    device.state = "offline";
    await gateway.scheduler.runFor(1_000);
    expect(await refusalOf(gateway.ask(twinCall, ns, boost("c1")))).toBe("device_failed");
    expect(callsIn(gateway).started).toEqual([]);
  });
});

describe("calls of one device", () => {
  test("take turns with each other and with what is set, and are limited", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.delayMs = 300;
    await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(70), id: "s1" });
    const codes = ["c1", "c2", "c3", "c4"].map((id) => refusalOf(gateway.send(twinCall, ns, boost(id))));
    expect(await gateway.until(Promise.all(codes), "answers")).toEqual(["none", "none", "none", "busy"]);
    await gateway.scheduler.runFor(3_000);
    expect(device.calls.map(({ id }) => id)).toEqual(["c1", "c2", "c3"]);
    expect(device.busyMax).toBe(1);
    expect(device.registers.get("setpoint")).toEqual(double(70));
  });

  test("that do not get their turn in time, or while they are valid, are refused and never begin", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.delayMs = 3_500;
    await gateway.ask(twinCall, ns, boost("c1"));
    const late = refusalOf(gateway.send(twinCall, ns, boost("c2")));
    const stale = refusalOf(gateway.send(twinCall, ns, boost("c3", 3, { validForMs: 700 })));
    await gateway.scheduler.runFor(10_000);
    expect([await late, await stale]).toEqual(["busy", "expired"]);
    expect(device.calls.map(({ id }) => id)).toEqual(["c1"]);
    expect(callsIn(gateway).started).toEqual(["c1"]);
  });

  test("whose recording took longer than they are valid fail, and the device is not asked", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.log.commitMs = 500;
    await gateway.ask(twinCall, ns, boost("c1", 3, { validForMs: 200 }));
    await gateway.scheduler.runFor(3_000);
    expect(callsIn(gateway)).toMatchObject({ results: [["c1", "failed"]], reasons: ["expired"] });
    expect(device.calls).toEqual([]);
  });

  test("have ids of their own: the same one of another device is another call", async () => {
    const { gateway, device } = await boilerGateway();
    const pump = gateway.plant.add(new SimulatedDevice("default", "pump", { steps: int64(0) }));
    gateway.boiler("pump");
    await gateway.scheduler.runFor(1_000);
    const asked = ["boiler", "pump"].map((of) => gateway.send(twinCall, ns, boost("c1", 3, { device: of })));
    await gateway.until(Promise.all(asked), "answers");
    await gateway.scheduler.runFor(1_000);
    expect([device, pump].map(({ calls }) => calls.length)).toEqual([1, 1]);
    expect(callsIn(gateway).results).toHaveLength(2);
  });

  test("leave the writer at work: what is set afterwards is written", async () => {
    const { gateway, device } = await boilerGateway();
    for (let round = 1; round <= 5; round += 1) {
      await gateway.ask(twinCall, ns, boost(`c${round}`, round));
      const set = { device: "boiler", property: "setpoint", value: double(30 + round), id: `s${round}` };
      await gateway.ask(twinSet, ns, set);
      await gateway.scheduler.runFor(200);
      expect(device.registers.get("setpoint")).toEqual(double(30 + round));
    }
  });
});
