import { cloudHub, edgeHub } from "@holdfast/hub";
import type { Bus } from "@holdfast/kernel";
import type { LogLine } from "@holdfast/kernel/testing";
import { metamanager } from "@holdfast/metamanager";
import { author } from "./author.ts";
import { checkDesired, checkOnce, checkRepairs, checkReported, type NodeTruth, restless, truthOf } from "./checkers.ts";
import { CloudAuthor } from "./cloud-author.ts";
import { inject, type PlannedFault, planFaults } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { calm, type Gateway, type Sabotage, SimulatedWorld } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  readonly events: number;
  readonly plan: readonly PlannedFault[];
  /** What the services logged. */
  readonly lines: readonly LogLine[];
}

export interface LinkOptions {
  /** Instead of the plan that the seed makes. */
  readonly plan?: readonly PlannedFault[];
  /** A planted bug. */
  readonly sabotage?: Sabotage;
}

const workMs = 5000;
const restWithinMs = 240_000;
const edgeEnvironment = {
  HF_HUB_ROLE: "edge",
  HF_CLOUD_URL: "cloud",
  HF_LINK_TIMEOUT_MS: "2000",
  HF_BEAT_MS: "1000",
  HF_RECONNECT_MAX_MS: "2000",
};

/** The log and the link, whole: metamanager and both hubs as they run in production, under a plan of faults. */
export async function runLink(seed: number, options: LinkOptions = {}): Promise<Outcome> {
  const { plan, sabotage } = options;
  const world = new SimulatedWorld(seed, sabotage);
  const { scheduler, jetStream } = world;
  const ledger = new Ledger(() => scheduler.nowMs);
  const random = world.random.fork("scenario");
  const cloud = new CloudAuthor(jetStream, random.fork("cloud"), ledger);
  const nodes = ["gw-1", "gw-2"].slice(0, 1 + (seed % 2));
  for (let hub = 0; hub <= seed % 3; hub += 1)
    world.add(`cloud/hub-${hub}`, cloudHub, { HF_HUB_ROLE: "cloud", HF_HUB_MARK_AGE_MS: "5000" });
  const gateways = nodes.map((node) => addGateway(world, node, ledger));
  for (const process of world.processes) process.start();
  const faults = plan ?? planFaults(random.fork("faults"), 1 + (seed % 7), workMs);
  const cloudRestored = () => {
    ledger.restored = true;
    cloud.newIncarnation();
  };
  for (const fault of faults)
    scheduler.after(fault.atMs, () => inject(fault, { world, ledger, gateways, cloudRestored }));
  for (let atMs = 100; atMs < workMs; atMs += 250) {
    scheduler.after(atMs, () => cloud.change(nodes[Math.floor(atMs / 250) % nodes.length] ?? "gw-1"));
  }
  await scheduler.runFor(workMs);
  const problems = await rest(world, ledger, gateways);
  return { seed, problems, trace: world.trace, events: scheduler.fired, plan: faults, lines: world.logger.lines };
}

function addGateway(world: SimulatedWorld, node: string, ledger: Ledger): Gateway {
  const gateway = world.gateway(node);
  const environment = { HF_NODE: node, ...edgeEnvironment };
  world.add(`${node}/metamanager`, metamanager, environment, gateway);
  world.add(`${node}/hub`, edgeHub, environment, gateway);
  world.add(`${node}/author`, author(ledger, world.random.fork(`author of ${node}`)), environment, gateway);
  return gateway;
}

/** Everything heals, the authors fall silent; then the promises are checked. */
async function rest(world: SimulatedWorld, ledger: Ledger, gateways: readonly Gateway[]): Promise<string[]> {
  const { scheduler, jetStream } = world;
  world.weather = calm;
  jetStream.fault = () => undefined;
  ledger.quiet = true;
  world.cloud.start();
  for (const { name } of gateways) world.healLink(name);
  const watchers = new Map<string, Bus>(gateways.map(({ name, nats }) => [name, nats.connect({ name: "checker" })]));
  let why: string[] = [];
  for (const endMs = scheduler.nowMs + restWithinMs; scheduler.nowMs < endMs; ) {
    await scheduler.runFor(2500);
    why = [];
    for (const { name } of gateways) {
      const truth = await truth1(world, watchers.get(name));
      const reason = truth ? restless(jetStream, name, truth) : `${name} does not answer`;
      const desired = truth && !reason ? checkDesired(jetStream, name, truth, ledger.restored) : [];
      why.push(...(reason ? [reason] : desired));
    }
    if (why.length === 0) break;
  }
  if (why.length > 0) return why.map((one) => `not at rest: ${one}`);
  const problems = [...ledger.unjustified.map((key) => `${key} was removed without a reason`), ...checkRepairs(world)];
  for (const { name } of gateways) {
    const truth = await truth1(world, watchers.get(name));
    if (!truth) return [...problems, `${name} does not answer`];
    problems.push(...checkOnce(jetStream, name, ledger), ...checkReported(jetStream, name, truth));
  }
  return problems;
}

async function truth1(world: SimulatedWorld, bus: Bus | undefined): Promise<NodeTruth | undefined> {
  if (!bus) return undefined;
  return truthOf(world, bus).catch(() => undefined);
}
