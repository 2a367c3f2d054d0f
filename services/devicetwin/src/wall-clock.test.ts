import { twinGet } from "@holdfast/proto";
import { expect, test } from "vitest";
import { double } from "./testing/boiler.ts";
import { TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const hourMs = 3_600_000;

test("a wall clock that jumps makes no device silent, and keeps none online that is", async () => {
  const plant = new SimulatedPlant("simulated", new SimulatedDevice("default", "boiler", { setpoint: double(20) }));
  const gateway = new TestGateway({ plant, environment: { HF_TWIN_MAPPER_SILENCE_MS: "5000" } });
  gateway.boiler();
  await gateway.start();
  await gateway.scheduler.runFor(1200);
  const connectivity = async () =>
    (await gateway.ask(twinGet, { namespace: "default" }, { device: "boiler" })).connectivity;
  expect(await connectivity()).toBe("online");
  gateway.mapper.kill();
  for (const byMs of [-hourMs, 2 * hourMs, -hourMs]) {
    gateway.devicetwin.jumpWall(byMs);
    await gateway.scheduler.runFor(1200);
    expect(await connectivity()).toBe("online");
  }
  gateway.devicetwin.jumpWall(-hourMs);
  await gateway.scheduler.runFor(6000);
  expect(await connectivity()).toBe("offline");
});
