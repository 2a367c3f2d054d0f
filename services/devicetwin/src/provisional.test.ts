import { twinSet } from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { double } from "./testing/boiler.ts";
import { TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

/*
 * The log was damaged and gave back a desired value that may be an old one; the cloud is away. The device has what
 * it was told last, and keeps it (docs/protocol.md 3).
 */
describe("a desired value that was saved from a damaged log", () => {
  let device: SimulatedDevice;
  let gateway: TestGateway;
  const written = () => device.writes.map(({ id }) => id);

  beforeEach(async () => {
    device = new SimulatedDevice("default", "boiler", { setpoint: double(70), temperature: double(20) });
    gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device), synced: false });
    gateway.boiler();
    gateway.target("boiler.setpoint", { value: double(55), id: "old", version: 3 });
    await gateway.start();
    await gateway.scheduler.runFor(60_000);
  });

  test("is not written before the cloud has named it", async () => {
    expect(written()).toEqual([]);
    gateway.synced();
    await gateway.scheduler.runFor(2000);
    expect(written()).toEqual(["old"]);
  });

  test("is not written either when the cloud has another one by then", async () => {
    gateway.target("boiler.setpoint", { value: double(65), id: "new", version: 9 });
    await gateway.scheduler.runFor(10_000);
    expect(written(), "nothing before all of it has come").toEqual([]);
    gateway.synced();
    await gateway.scheduler.runFor(2000);
    expect(written()).toEqual(["new"]);
  });

  test("does not keep people on the gateway from setting", async () => {
    const set = { device: "boiler", property: "setpoint", value: double(60), id: "here" };
    await gateway.ask(twinSet, { namespace: "default" }, set);
    await gateway.scheduler.runFor(2000);
    expect(written()).toEqual(["here"]);
  });
});
