import { controller } from "@holdfast/controller";
import { cloudHub } from "@holdfast/hub";
import { type Bus, call, cloudStreams } from "@holdfast/kernel";
import { type NodeStatus, nodeGetStatus, type Twin, twinGet } from "@holdfast/proto";
import { type CloudDisasters, inject } from "./faults.ts";
import { calledOnce } from "./invariants/called-once.ts";
import { desiredEqual } from "./invariants/desired-equal.ts";
import { digestsEqual } from "./invariants/digests-equal.ts";
import { noRepair } from "./invariants/no-repair.ts";
import { orderedDensePrefix } from "./invariants/ordered-dense-prefix.ts";
import { runsAsDeclared, stoppedForAReason } from "./invariants/pods.ts";
import { setsPresent } from "./invariants/sets-present.ts";
import { twinsEqual } from "./invariants/twins-equal.ts";
import { limitsAtRest, usualLimits, watchLimits, withinLimits } from "./invariants/within-limits.ts";
import { Ledger } from "./ledger.ts";
import { type NodeTruth, truthOf } from "./node-truth.ts";
import { type Outcome, outcomeOf, type RunOptions } from "./outcome.ts";
import { type FaultKind, lastEndMs, planFaults } from "./plan.ts";
import { addPlant, type Plant, unknownWrites } from "./plant.ts";
import { type Problem, problem } from "./problem.ts";
import { restless } from "./rest.ts";
import { putCloudBack } from "./restored-cloud.ts";
import { Users } from "./users.ts";
import { SimulatedWorld } from "./world.ts";

const workMs = 5000;
const restWithinMs = 240_000;
/** Not the loss of EVENTS alone: its copies stand still then, a known limit (docs/reliability.md). */
const kinds: readonly FaultKind[] = [
  ...(["cut", "cut-one-way", "kill", "kill", "kill", "weather", "slow-consumer", "slow-disk", "full-disk"] as const),
  ...(["clock-jump", "cloud-down", "slow-cloud", "lost-replies", "power-loss"] as const),
  ...(["lose-tail", "flip-bytes", "tear-record", "roll-back-disk"] as const),
  ...(["lose-desired-stream", "restore-cloud"] as const),
  ...(["unknown-writes", "unknown-writes", "unknown-writes", "unknown-writes"] as const),
];
const shortened = {
  HF_LINK_TIMEOUT_MS: "2000",
  HF_BEAT_MS: "1000",
  HF_RECONNECT_MAX_MS: "2000",
  HF_HUB_MARK_AGE_MS: "5000",
  HF_RECONCILE_MS: "5000",
  HF_LEASE_MS: "3000",
  HF_SIMULATED_SAMPLE_MS: "500",
};

/** What a disk had promised, or the cloud had been told, may be gone. */
const damaging: ReadonlySet<FaultKind> = new Set([
  ...(["lose-tail", "flip-bytes", "tear-record", "roll-back-disk", "restore-cloud"] as const),
]);

/** Every module as in production, users on both buses, simulated devices and pods, under a plan of faults. */
export async function runPlatform(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const world = new SimulatedWorld(seed);
  const { scheduler } = world;
  const ledger = new Ledger(() => scheduler.nowMs);
  const random = world.random.fork("scenario");
  const nodes = ["gw-1", "gw-2"].slice(0, 1 + (seed % 2));
  for (let copy = 0; copy <= seed % 2; copy += 1) world.add(`cloud/hub-${copy}`, cloudHub, shortened);
  for (let copy = 0; copy <= (seed % 3) % 2; copy += 1) world.add(`cloud/controller-${copy}`, controller, shortened);
  const plants = nodes.map((node) => addPlant(world, node, shortened));
  for (const process of world.processes) process.start();
  const users = new Users(world, random.fork("users"), nodes);
  void users.declareDevices();
  const gateways = plants.map(({ gateway }) => gateway);
  const limits = watchLimits(world, gateways, usualLimits);
  const plan = options.plan ?? planFaults(random.fork("faults"), 1 + (seed % 6), workMs, kinds);
  const plantOf = (name: string) => plants.find(({ node }) => node === name);
  const targets = {
    world,
    ledger,
    gateways,
    cloud: disasters(world, ledger, users),
    powerLost: ({ name }: { readonly name: string }) => reboot(plantOf(name)),
    unknownWrites: ({ name }: { readonly name: string }, target: number) => {
      const plant = plantOf(name);
      return plant ? unknownWrites(plant, target) : () => {};
    },
  };
  for (const fault of plan) scheduler.after(fault.atMs, () => inject(fault, targets));
  for (let atMs = 1000; atMs < workMs; atMs += 150) scheduler.after(atMs, () => users.wish());
  return outcomeOf(world, plan, async () => {
    await scheduler.runFor(Math.max(workMs, lastEndMs(plan)));
    const damaged = plan.some(({ kind }) => damaging.has(kind));
    return [...(await rest(world, ledger, users, plants, damaged)), ...limits];
  });
}

function reboot(plant: Plant | undefined): void {
  if (!plant) return;
  plant.machine.reboot();
  plant.reboots += 1;
}

/** The controller is to notice by itself. */
function disasters(world: SimulatedWorld, ledger: Ledger, users: Users): CloudDisasters {
  const { jetStream } = world;
  const again = () => {
    for (const config of cloudStreams) jetStream.ensure(config);
  };
  return {
    putBack(restore) {
      putCloudBack(world, ledger, users, restore);
      again();
    },
    loseDesired: () => {
      jetStream.deleteStream("DESIRED");
      return again;
    },
  };
}

/** Everything heals, nobody wants anything more; then the promises are checked. */
async function rest(
  world: SimulatedWorld,
  ledger: Ledger,
  users: Users,
  plants: readonly Plant[],
  damaged: boolean,
): Promise<Problem[]> {
  const { scheduler } = world;
  world.heal();
  const cloud = world.cloud.connect({ name: "checker" });
  let problems: Problem[] = [];
  for (const endMs = scheduler.nowMs + restWithinMs; scheduler.nowMs < endMs; ) {
    await scheduler.runFor(3000);
    problems = [];
    const status = await answer(world, call(cloud, nodeGetStatus, {}, {}, { timeoutMs: 2000 }));
    for (const plant of plants)
      problems.push(...(await check(world, ledger, cloud, plant, users, status?.nodes ?? [], damaged)));
    if (problems.length === 0) break;
  }
  if (problems.length === 0) problems.push(...(await limitsAtRest(world, () => limitsOf(world, plants))));
  return [...problems, ...setsPresent(world, ledger, users.promises), ...noRepair(world)];
}

async function limitsOf(world: SimulatedWorld, plants: readonly Plant[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { bus, gateway } of plants) {
    const truth = await truthOf(world, bus);
    problems.push(...withinLimits(gateway, truth, usualLimits));
  }
  return problems;
}

async function check(
  world: SimulatedWorld,
  ledger: Ledger,
  cloud: Bus,
  plant: Plant,
  users: Users,
  nodes: readonly NodeStatus[],
  damaged: boolean,
): Promise<Problem[]> {
  const { node, bus } = plant;
  const { jetStream } = world;
  const truth: NodeTruth | undefined = await truthOf(world, bus, true).catch(() => undefined);
  const reason = truth ? restless(jetStream, node, truth) : `${node} does not answer`;
  if (reason !== undefined || !truth) return [problem("comes to rest", reason ?? "")];
  const problems = [
    ...digestsEqual(jetStream, node, truth),
    ...desiredEqual(jetStream, node, truth, ledger.restored),
    ...orderedDensePrefix(jetStream, node, truth),
    ...calledOnce(jetStream, plant, users.promises, truth, damaged),
  ];
  const status = nodes.find((one) => one.node === node);
  if (!status?.desired?.equal || !status.reported?.equal)
    problems.push(problem("digests equal", `${node}: the controller does not see equal digests`));
  const ask = (at: Bus): Promise<Twin | undefined> =>
    answer(world, call(at, twinGet, { namespace: "default" }, { device: `boiler-${node}` }, { timeoutMs: 2000 }));
  problems.push(...twinsEqual(plant, await ask(cloud), await ask(bus), ledger.forgottenValues));
  problems.push(...runsAsDeclared(plant, users.promises), ...stoppedForAReason(plant, users.promises));
  for (const [key] of truth.log)
    if (key.startsWith("proposal/")) problems.push(problem("comes to rest", `${node}: ${key} was never decided`));
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
