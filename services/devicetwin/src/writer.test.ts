import { twinGet, twinSet, type Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { deviceJson, double } from "./testing/boiler.ts";
import { TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };
const environment = { HF_TWIN_RETRY_BASE_MS: "100", HF_TWIN_RETRY_MAX_MS: "1000", HF_TWIN_WRITE_ATTEMPTS: "3" };

async function boilerGateway(registers: Readonly<Record<string, Value>> = { setpoint: double(20) }) {
  const device = new SimulatedDevice("default", "boiler", registers);
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device), environment });
  gateway.boiler();
  await gateway.start();
  await gateway.scheduler.runFor(1_200);
  return { gateway, device };
}

function set(gateway: TestGateway, value: number, id: string, more: object = {}) {
  return gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", value: double(value), id, ...more });
}

async function setpoint(gateway: TestGateway, device = "boiler") {
  const twin = await gateway.ask(twinGet, ns, { device });
  return twin.properties.setpoint;
}

describe("a device that makes something else of a value", () => {
  test("within its step counts as having taken it", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.clamp = () => double(59.9);
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(30_000);
    expect(device.writes).toHaveLength(1);
    expect(await setpoint(gateway)).toMatchObject({
      convergence: "applied",
      reported: { value: double(59.9), id: "p1" },
    });
  });

  test("beyond it is written a few times, and then it is said that it was not taken", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.clamp = () => double(59);
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(60_000);
    expect(device.writes).toHaveLength(3);
    expect(await setpoint(gateway)).toMatchObject({
      desired: { value: double(60) },
      reported: { value: double(59), id: "" },
      ...{ convergence: "rejected", reason: "notTaken" },
    });
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(60_000);
    expect(device.writes, "what was rejected is not tried again").toHaveLength(3);
    expect(gateway.events("TwinRejected")).toHaveLength(1);
  });
});

describe("a write whose answer is lost", () => {
  test("is read back, and not repeated when it took effect", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.unknownWrites = 1;
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(5_000);
    expect(device.writes).toHaveLength(1);
    expect(device.reads).toBeGreaterThan(0);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  });

  test("is read back, and repeated when it had no effect", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.lostWrites = 1;
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(5_000);
    expect(device.writes.map(({ taken }) => taken)).toEqual([false, true]);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  });

  test("every time ends as not taken", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.lostWrites = 100;
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(60_000);
    expect(device.writes).toHaveLength(3);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "rejected", reason: "notTaken" });
  });

  test("because the mapper died is read back from the next one", async () => {
    const { gateway, device } = await boilerGateway();
    device.faults.delayMs = 100;
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(70);
    expect(device.writes).toHaveLength(1);
    gateway.mapper.restart();
    await gateway.scheduler.runFor(40_000);
    expect(device.writes).toHaveLength(1);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  });
});

test("a write that the device refuses is not repeated", async () => {
  const { gateway, device } = await boilerGateway();
  device.faults.refusedWrites = 100;
  await set(gateway, 60, "p1");
  await gateway.scheduler.runFor(30_000);
  expect(device.writes).toHaveLength(1);
  expect(await setpoint(gateway)).toMatchObject({ convergence: "rejected", reason: "notTaken" });
  const rejected = gateway.events("TwinRejected");
  expect(rejected).toHaveLength(1);
  expect(rejected[0]?.cause).toBe("p1");
});

test("what can be written but not read is believed to the device that says yes", async () => {
  const { gateway, device } = await boilerGateway();
  device.faults.unreadable.add("setpoint");
  device.faults.noReadBack = true;
  await gateway.scheduler.runFor(1_000);
  await set(gateway, 60, "p1");
  await gateway.scheduler.runFor(100);
  expect(device.writes).toHaveLength(1);
  expect(await setpoint(gateway)).toMatchObject({
    convergence: "applied",
    reported: { value: double(60), quality: "uncertain" },
  });
  await gateway.scheduler.runFor(10_000);
  expect(device.writes).toHaveLength(1);
});

describe("a device that cannot be reached", () => {
  test("is written when it can be again", async () => {
    const { gateway, device } = await boilerGateway();
    device.state = "offline";
    device.faults.silent = true;
    await gateway.scheduler.runFor(1_000);
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(60_000);
    expect(device.writes).toEqual([]);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "delivered" });
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(60_000);
    expect(device.writes, "also after a restart").toEqual([]);
    device.state = "online";
    device.faults.silent = false;
    await gateway.scheduler.runFor(3_000);
    expect(device.writes).toHaveLength(1);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  });

  test("is not written when that was to be sooner", async () => {
    const { gateway, device } = await boilerGateway();
    device.state = "offline";
    await gateway.scheduler.runFor(1_000);
    await set(gateway, 60, "p1", { validForMs: 5_000 });
    await gateway.scheduler.runFor(3_000);
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(1_500);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "delivered" });
    await gateway.scheduler.runFor(1_500);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "rejected", reason: "expired" });
    device.state = "online";
    await gateway.scheduler.runFor(30_000);
    expect(device.writes).toEqual([]);
  });

  test("is written once its mapper has come", async () => {
    const { gateway, device } = await boilerGateway();
    gateway.mapper.kill();
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(10_000);
    expect(device.writes).toEqual([]);
    gateway.mapper.start();
    await gateway.scheduler.runFor(5_000);
    expect(device.writes).toHaveLength(1);
  });
});

describe("a device that lost what it had taken", () => {
  async function appliedGateway() {
    const { gateway, device } = await boilerGateway();
    await set(gateway, 60, "p1");
    await gateway.scheduler.runFor(3_000);
    const powerCycle = async (value: number) => {
      Object.assign(device, { state: "offline" });
      device.faults.silent = true;
      await gateway.scheduler.runFor(5_000);
      device.registers.set("setpoint", double(value));
      Object.assign(device, { state: "online" });
      device.faults.silent = false;
    };
    return { gateway, device, powerCycle };
  }

  test("while it was away is written again, in one bounded round", async () => {
    const { gateway, device, powerCycle } = await appliedGateway();
    await powerCycle(20);
    await gateway.scheduler.runFor(30_000);
    expect(device.writes).toHaveLength(2);
    expect(await setpoint(gateway)).toMatchObject({
      convergence: "applied",
      reported: { value: double(60), id: "p1" },
    });
    device.faults.clamp = () => double(30);
    await powerCycle(20);
    await gateway.scheduler.runFor(60_000);
    expect(device.writes, "three attempts").toHaveLength(5);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "rejected", reason: "notTaken" });
    await powerCycle(20);
    await gateway.scheduler.runFor(60_000);
    expect(device.writes, "what was rejected stays rejected").toHaveLength(5);
  });

  test("is written again although devicetwin is killed at any moment of it", async () => {
    for (let killMs = 0; killMs <= 3_000; killMs += 250) {
      const { gateway, device, powerCycle } = await appliedGateway();
      await powerCycle(20);
      await gateway.scheduler.runFor(killMs);
      gateway.devicetwin.restart();
      await gateway.scheduler.runFor(30_000);
      expect(device.registers.get("setpoint"), `killed after ${killMs} ms`).toEqual(double(60));
      expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
    }
  });

  test("while the gateway was off too is written again", async () => {
    const { gateway, device } = await appliedGateway();
    gateway.bootId = "another boot";
    gateway.devicetwin.kill();
    device.registers.set("setpoint", double(20));
    gateway.devicetwin.start();
    await gateway.scheduler.runFor(10_000);
    expect(device.writes).toHaveLength(2);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  });

  test("within the tolerance, or to somebody who stands at it, is left alone", async () => {
    const { gateway, device, powerCycle } = await appliedGateway();
    await powerCycle(59.9);
    await gateway.scheduler.runFor(10_000);
    device.registers.set("setpoint", double(45));
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(10_000);
    expect(device.writes).toHaveLength(1);
    expect(await setpoint(gateway)).toMatchObject({ convergence: "applied", reported: { value: double(45) } });
  });
});

test("a slow device has one writer and does not hold up the others", async () => {
  const slow = new SimulatedDevice("default", "slow", { setpoint: double(20), steps: { kind: "int64", int64: 1n } });
  const quick = new SimulatedDevice("default", "boiler", { setpoint: double(20) });
  slow.faults.delayMs = 5_000;
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", slow, quick), environment });
  gateway.boiler();
  gateway.desired("device", "slow", deviceJson("slow"));
  await gateway.start();
  await gateway.scheduler.runFor(1_200);
  for (const [index, value] of [30, 40, 50].entries()) {
    await gateway.ask(twinSet, ns, { device: "slow", property: "setpoint", value: double(value), id: `s${index}` });
    await gateway.ask(twinSet, ns, { device: "slow", property: "steps", value: double(value), id: `t${index}` });
  }
  await set(gateway, 60, "p1");
  await gateway.scheduler.runFor(500);
  expect(await setpoint(gateway)).toMatchObject({ convergence: "applied" });
  await gateway.scheduler.runFor(40_000);
  expect(await setpoint(gateway, "slow")).toMatchObject({ convergence: "applied", reported: { value: double(50) } });
  expect(slow.busyMax).toBe(1);
  expect(slow.writes.filter(({ property }) => property === "setpoint").map(({ id }) => id)).toEqual(["s0", "s2"]);
});

test("a value set while another one is being written is written after it", async () => {
  const { gateway, device } = await boilerGateway();
  device.faults.delayMs = 1_000;
  await set(gateway, 60, "p1");
  await gateway.scheduler.runFor(300);
  await set(gateway, 61, "p2");
  await gateway.scheduler.runFor(10_000);
  expect(device.writes.map(({ id }) => id)).toEqual(["p1", "p2"]);
  expect(device.registers.get("setpoint")).toEqual(double(61));
  expect(await setpoint(gateway)).toMatchObject({ convergence: "applied", reported: { id: "p2" } });
});

test("a clear writes nothing", async () => {
  const { gateway, device } = await boilerGateway();
  await gateway.ask(twinSet, ns, { device: "boiler", property: "setpoint", id: "p1", clear: true });
  await gateway.scheduler.runFor(5_000);
  expect(device.writes).toEqual([]);
  expect(await setpoint(gateway)).toMatchObject({ desired: { id: "p1", value: undefined }, convergence: "" });
});
