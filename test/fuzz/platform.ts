import { controller } from "@holdfast/controller";
import { devicetwin } from "@holdfast/devicetwin";
import { edgedOn } from "@holdfast/edged";
import { cloudHub, edgeHub } from "@holdfast/hub";
import { type Bus, nodeInboxPrefix } from "@holdfast/kernel";
import { mapperWith } from "@holdfast/mapper";
import { metamanager } from "@holdfast/metamanager";
import { SimulatedMachine } from "../../services/edged/src/testing/machine-memory.ts";
import { openMemoryRuntime } from "../../services/edged/src/testing/runtime-memory.ts";
import { FakeDriver } from "../../services/mapper/src/testing/fake-driver.ts";
import { SimulatedWorld } from "../simulation/world.ts";

/** A cloud and a gateway, with the mapper as it is and a driver without a protocol; `buses`: the cloud's first. */
export async function startEverything(
  seed: number,
): Promise<{ readonly world: SimulatedWorld; readonly buses: readonly Bus[] }> {
  const world = new SimulatedWorld(seed);
  const gateway = world.gateway("gw-1");
  const environment = { HF_NODE: "gw-1", HF_CLOUD_URL: "cloud" };
  const machine = new SimulatedMachine(world.scheduler.clock());
  const driver = new FakeDriver(world.scheduler.clock());
  world.add("cloud/hub", cloudHub, {});
  world.add("cloud/controller", controller, {});
  world.add("gw-1/metamanager", metamanager, environment, gateway);
  world.add("gw-1/hub", edgeHub, environment, gateway);
  world.add("gw-1/devicetwin", devicetwin, environment, gateway);
  world.add(
    "gw-1/mapper",
    mapperWith(async () => [driver], "fake"),
    environment,
    gateway,
  );
  const edged = edgedOn(async () => openMemoryRuntime(machine));
  world.add("gw-1/edged", edged, environment, gateway);
  for (const process of world.processes) process.start();
  await world.scheduler.runFor(10_000);
  const asNode = world.cloud.connect({ name: "another hub", inboxPrefix: nodeInboxPrefix("gw-1") });
  const buses = [world.cloud.connect({ name: "fuzzer" }), asNode, gateway.nats.connect({ name: "fuzzer" })];
  return { world, buses };
}
