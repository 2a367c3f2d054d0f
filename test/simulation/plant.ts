import { devicetwin } from "@holdfast/devicetwin";
import { edgedOn } from "@holdfast/edged";
import { edgeHub } from "@holdfast/hub";
import type { Bus, Environment } from "@holdfast/kernel";
import { metamanager } from "@holdfast/metamanager";
import {
  SimulatedDevice,
  SimulatedPlant,
  simulatedMapper,
} from "../../services/devicetwin/src/testing/simulated-mapper.ts";
import { SimulatedMachine } from "../../services/edged/src/testing/machine-memory.ts";
import { openMemoryRuntime } from "../../services/edged/src/testing/runtime-memory.ts";
import type { Gateway, SimulatedWorld } from "./world.ts";

/** A gateway with everything that it manages: its device and the containers of its machine. */
export interface Plant {
  readonly node: string;
  readonly gateway: Gateway;
  readonly machine: SimulatedMachine;
  readonly boiler: SimulatedDevice;
  readonly bus: Bus;
  reboots: number;
}

export function addPlant(world: SimulatedWorld, node: string, timings: Environment): Plant {
  const gateway = world.gateway(node);
  const boiler = new SimulatedDevice("default", `boiler-${node}`, {
    temperature: { kind: "double", double: 20 },
    setpoint: { kind: "double", double: 20 },
    burner: { kind: "bool", bool: false },
    label: { kind: "string", string: "" },
    steps: { kind: "int64", int64: 0n },
  });
  // What it may do twice, whoever wants it.
  boiler.idempotent.add("twice");
  boiler.callMs = 300;
  const machine = new SimulatedMachine(world.scheduler.clock());
  const environment = { HF_NODE: node, HF_CLOUD_URL: "cloud", ...timings };
  const edged = edgedOn(async () => openMemoryRuntime(machine));
  const mapper = simulatedMapper(new SimulatedPlant("simulated", boiler));
  world.add(`${node}/metamanager`, metamanager, environment, gateway);
  world.add(`${node}/hub`, edgeHub, environment, gateway);
  world.add(`${node}/devicetwin`, devicetwin, environment, gateway);
  world.add(`${node}/edged`, edged, environment, gateway);
  world.add(`${node}/mapper`, mapper, environment, gateway);
  return { node, gateway, machine, boiler, reboots: 0, bus: gateway.nats.connect({ name: "checker" }) };
}

/** The device does not say whether a write took effect: it did, or it did not. The result ends it. */
export function unknownWrites({ boiler }: Plant, target: number): () => void {
  const { faults } = boiler;
  const count = 1 + (target % 7);
  if (target % 2 === 0) faults.unknownWrites += count;
  else faults.lostWrites += count;
  faults.noReadBack = target % 5 === 0;
  return () => {
    faults.unknownWrites = 0;
    faults.lostWrites = 0;
    faults.noReadBack = false;
  };
}
