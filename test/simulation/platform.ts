import { controller } from "@holdfast/controller";
import { devicetwin } from "@holdfast/devicetwin";
import { edgedOn } from "@holdfast/edged";
import { cloudHub, edgeHub } from "@holdfast/hub";
import { type Bus, call } from "@holdfast/kernel";
import { metamanager } from "@holdfast/metamanager";
import { type NodeStatus, nodeGetStatus, type Twin, twinGet } from "@holdfast/proto";
import {
  SimulatedDevice,
  SimulatedPlant,
  simulatedMapper,
} from "../../services/devicetwin/src/testing/simulated-mapper.ts";
import { SimulatedMachine } from "../../services/edged/src/testing/machine-memory.ts";
import { openMemoryRuntime } from "../../services/edged/src/testing/runtime-memory.ts";
import { checkDesired, checkRepairs, checkReported, type NodeTruth, restless, truthOf } from "./checkers.ts";
import { type FaultKind, inject, type PlannedFault, planFaults } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import type { Outcome } from "./link.ts";
import { checkPods, checkTwins, type Plant } from "./platform-checkers.ts";
import { Users } from "./users.ts";
import { calm, SimulatedWorld } from "./world.ts";

const workMs = 5000;
const restWithinMs = 240_000;
/** Disks that lose what they promised, and clouds put back, are the business of the link's simulation. */
const kinds: readonly FaultKind[] = ["cut", "kill", "kill", "weather", "cloud-down", "lost-replies", "power-loss"];
const shortened = {
  HF_LINK_TIMEOUT_MS: "2000",
  HF_BEAT_MS: "1000",
  HF_RECONNECT_MAX_MS: "2000",
  HF_HUB_MARK_AGE_MS: "5000",
  HF_RECONCILE_MS: "5000",
  HF_LEASE_MS: "3000",
  HF_SIMULATED_SAMPLE_MS: "500",
};

/** Every module as in production, users on both buses, simulated devices and pods, under a plan of faults. */
export async function runPlatform(seed: number, plan?: readonly PlannedFault[]): Promise<Outcome> {
  const world = new SimulatedWorld(seed);
  const { scheduler } = world;
  const ledger = new Ledger(() => scheduler.nowMs);
  ledger.quiet = true;
  const random = world.random.fork("scenario");
  const nodes = ["gw-1", "gw-2"].slice(0, 1 + (seed % 2));
  for (let copy = 0; copy <= seed % 2; copy += 1) world.add(`cloud/hub-${copy}`, cloudHub, shortened);
  for (let copy = 0; copy <= (seed % 3) % 2; copy += 1) world.add(`cloud/controller-${copy}`, controller, shortened);
  const plants = nodes.map((node) => addGateway(world, node));
  for (const process of world.processes) process.start();
  const users = new Users(world, random.fork("users"), nodes);
  void users.declareDevices();
  const faults = plan ?? planFaults(random.fork("faults"), 1 + (seed % 6), workMs, kinds);
  const gateways = nodes.map((node) => world.gateway(node));
  const cloudRestored = () => {};
  for (const fault of faults) scheduler.after(fault.atMs, () => strike(fault));
  function strike(fault: PlannedFault): void {
    inject(fault, { world, ledger, gateways, cloudRestored });
    const plant = plants[fault.target % plants.length];
    if (fault.kind === "power-loss" && plant) {
      plant.machine.reboot();
      plant.reboots += 1;
    }
  }
  for (let atMs = 1000; atMs < workMs; atMs += 150) scheduler.after(atMs, () => users.wish());
  await scheduler.runFor(workMs);
  const problems = await rest(world, users, plants);
  return { seed, problems, trace: world.trace, events: scheduler.fired, plan: faults, lines: world.logger.lines };
}

function addGateway(world: SimulatedWorld, node: string): Plant {
  const gateway = world.gateway(node);
  const boiler = new SimulatedDevice("default", `boiler-${node}`, {
    temperature: { kind: "double", double: 20 },
    setpoint: { kind: "double", double: 20 },
    burner: { kind: "bool", bool: false },
    label: { kind: "string", string: "" },
    steps: { kind: "int64", int64: 0n },
  });
  const machine = new SimulatedMachine(world.scheduler.clock());
  const environment = { HF_NODE: node, HF_CLOUD_URL: "cloud", ...shortened };
  world.add(`${node}/metamanager`, metamanager, environment, gateway);
  world.add(`${node}/hub`, edgeHub, environment, gateway);
  world.add(`${node}/devicetwin`, devicetwin, environment, gateway);
  world.add(
    `${node}/edged`,
    edgedOn(async () => openMemoryRuntime(machine)),
    environment,
    gateway,
  );
  world.add(`${node}/mapper`, simulatedMapper(new SimulatedPlant("simulated", boiler)), environment, gateway);
  return { node, machine, boiler, reboots: 0, started: new Map(), bus: gateway.nats.connect({ name: "checker" }) };
}

/** Everything heals, nobody wants anything more; then the promises are checked. */
async function rest(world: SimulatedWorld, users: Users, plants: readonly Plant[]): Promise<string[]> {
  const { scheduler } = world;
  world.weather = calm;
  world.jetStream.fault = () => undefined;
  world.cloud.start();
  for (const { node } of plants) world.healLink(node);
  const cloud = world.cloud.connect({ name: "checker" });
  let problems: string[] = [];
  for (const endMs = scheduler.nowMs + restWithinMs; scheduler.nowMs < endMs; ) {
    await scheduler.runFor(3000);
    problems = [];
    const status = await answer(world, call(cloud, nodeGetStatus, {}, {}, { timeoutMs: 2000 }));
    for (const plant of plants) problems.push(...(await check(world, cloud, plant, users, status?.nodes ?? [])));
    if (problems.length === 0) break;
  }
  return [...problems, ...checkRepairs(world)];
}

async function check(
  world: SimulatedWorld,
  cloud: Bus,
  plant: Plant,
  users: Users,
  nodes: readonly NodeStatus[],
): Promise<string[]> {
  const { node, bus } = plant;
  const { jetStream } = world;
  const truth: NodeTruth | undefined = await truthOf(world, bus).catch(() => undefined);
  if (!truth) return [`${node} does not answer`];
  const reason = restless(jetStream, node, truth);
  if (reason) return [reason];
  const problems = [...checkReported(jetStream, node, truth), ...checkDesired(jetStream, node, truth, false)];
  const status = nodes.find((one) => one.node === node);
  if (!status?.desired?.equal || !status.reported?.equal)
    problems.push(`${node}: the controller does not see equal digests`);
  const ask = (at: Bus): Promise<Twin | undefined> =>
    answer(world, call(at, twinGet, { namespace: "default" }, { device: `boiler-${node}` }, { timeoutMs: 2000 }));
  problems.push(...checkTwins(plant, await ask(cloud), await ask(bus)));
  problems.push(...checkPods(plant, users.promises));
  for (const [key] of truth.log) if (key.startsWith("proposal/")) problems.push(`${node}: ${key} was never decided`);
  return problems;
}

async function answer<T>(world: SimulatedWorld, work: Promise<T>): Promise<T | undefined> {
  let ended = false;
  const settled = work.then(
    (value) => value,
    () => undefined,
  );
  void settled.then(() => {
    ended = true;
  });
  await world.scheduler.runUntil(() => ended, 60_000, "an answer");
  return settled;
}
