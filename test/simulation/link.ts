import { cloudHub, edgeHub } from "@holdfast/hub";
import { type Bus, call } from "@holdfast/kernel";
import { between, chance, pick } from "@holdfast/kernel/testing";
import { metamanager } from "@holdfast/metamanager";
import { logReplay } from "@holdfast/proto";
import { author } from "./author.ts";
import { CloudAuthor } from "./cloud-author.ts";
import { inject } from "./faults.ts";
import { acknowledgedIsPresent } from "./invariants/acknowledged-is-present.ts";
import { baseAndTail } from "./invariants/base-and-tail.ts";
import { desiredEqual } from "./invariants/desired-equal.ts";
import { digestsEqual } from "./invariants/digests-equal.ts";
import { effectsOnce } from "./invariants/effects-once.ts";
import { liveIsReplay } from "./invariants/live-is-replay.ts";
import { noRepair } from "./invariants/no-repair.ts";
import { orderedDensePrefix } from "./invariants/ordered-dense-prefix.ts";
import { limitsAtRest, watchLimits, withinLimits } from "./invariants/within-limits.ts";
import { Ledger } from "./ledger.ts";
import { Live } from "./live.ts";
import { slowDown } from "./machine.ts";
import { type NodeTruth, truthOf } from "./node-truth.ts";
import { type Outcome, outcomeOf, type RunOptions } from "./outcome.ts";
import { cloudForgets, type FaultKind, faultKinds, lastEndMs, planFaults } from "./plan.ts";
import { type Problem, problem } from "./problem.ts";
import { restless } from "./rest.ts";
import { type Variety, varietyOf } from "./scenario.ts";
import { type Gateway, SimulatedWorld } from "./world.ts";

const workMs = 3000;
const restWithinMs = 240_000;
const lookAgainMs = 2500;
const yearMs = 31_557_600_000;
const kinds: readonly FaultKind[] = faultKinds.filter((kind) => kind !== "unknown-writes");

/** A gateway, its ear at the edge bus, and what its author has folded. */
interface Site {
  readonly gateway: Gateway;
  readonly bus: Bus;
  readonly live: Live;
}

/** The log and the link, whole: metamanager and both hubs as they run in production, under a plan of faults. */
export async function runLink(seed: number, options: RunOptions = {}): Promise<Outcome> {
  const world = new SimulatedWorld(seed);
  const { scheduler, jetStream } = world;
  const ledger = new Ledger(() => scheduler.nowMs);
  const random = world.random.fork("scenario");
  const plan = options.plan ?? planFaults(random.fork("faults"), 1 + (seed % 7), workMs, kinds);
  const variety = varietyOf(random.fork("variety"), plan.some(cloudForgets));
  const cloud = new CloudAuthor(jetStream, random.fork("cloud"), ledger);
  const nodes = ["gw-1", "gw-2", "gw-3"].slice(0, seed % 10 === 9 ? 3 : 1 + (seed % 2));
  for (let hub = 0; hub <= seed % 3; hub += 1)
    world.add(`cloud/hub-${hub}`, cloudHub, { HF_HUB_ROLE: "cloud", HF_HUB_MARK_AGE_MS: "5000" });
  const sites = nodes.map((node) => addGateway(world, node, ledger, variety));
  const gateways = sites.map(({ gateway }) => gateway);
  for (const process of world.processes) process.start();
  const limits = watchLimits(world, gateways, variety);
  const nothing = () => {};
  const targets = { world, ledger, gateways, cloud, powerLost: nothing, unknownWrites: () => nothing };
  for (const fault of plan) scheduler.after(fault.atMs, () => inject(fault, targets));
  for (let atMs = 100; atMs < workMs; atMs += 250) {
    scheduler.after(atMs, () => cloud.change(nodes[Math.floor(atMs / 250) % nodes.length] ?? "gw-1"));
  }
  for (let atMs = 400; atMs < workMs; atMs += 600) {
    scheduler.after(atMs, () => {
      for (const { bus } of sites) beginReplay(bus);
    });
  }
  return outcomeOf(world, plan, async () => {
    await scheduler.runFor(workMs);
    ledger.quiet = true;
    await scheduler.runFor(Math.max(0, lastEndMs(plan) - workMs));
    return [...(await rest(world, ledger, sites, variety)), ...limits];
  });
}

function addGateway(world: SimulatedWorld, node: string, ledger: Ledger, variety: Variety): Site {
  const gateway = world.gateway(node);
  const random = world.random.fork(`site ${node}`);
  if (chance(random, 0.1)) gateway.wallOffsetMs = pick(random, [-56, 74]) * yearMs;
  if (variety.diskMaxMs > 0) slowDown(gateway, world.scheduler, random, variety.diskMaxMs);
  const live = new Live();
  const environment = {
    HF_HUB_ROLE: "edge",
    HF_NODE: node,
    HF_CLOUD_URL: "cloud",
    HF_LINK_TIMEOUT_MS: "2000",
    HF_BEAT_MS: "1000",
    HF_RECONNECT_MAX_MS: "2000",
    ...variety.environment,
  };
  const service = author(ledger, world.random.fork(`author of ${node}`), live);
  world.add(`${node}/metamanager`, metamanager, environment, gateway);
  world.add(`${node}/hub`, edgeHub, environment, gateway);
  world.add(
    `${node}/author`,
    service,
    { ...environment, HF_AUTHOR_MS: String(Math.round(between(random, 40, 250))) },
    gateway,
  );
  return { gateway, live, bus: gateway.nats.connect({ name: "checker" }) };
}

/** A reader that dies after the first page: what it holds on to must go after a while. */
function beginReplay(bus: Bus): void {
  call(bus, logReplay, {}, { cursor: "" }, { timeoutMs: 2000 }).catch(() => {});
}

/** Lets everything heal and come to rest, then compares. */
async function rest(
  world: SimulatedWorld,
  ledger: Ledger,
  sites: readonly Site[],
  variety: Variety,
): Promise<Problem[]> {
  const { scheduler, jetStream } = world;
  world.heal();
  let why: Problem[] = [];
  for (const endMs = scheduler.nowMs + restWithinMs; scheduler.nowMs < endMs; ) {
    await scheduler.runFor(lookAgainMs);
    why = [];
    for (const { gateway, bus, live } of sites) {
      const { name } = gateway;
      const truth = await truthOf(world, bus).catch(() => undefined);
      const reason = truth ? restless(jetStream, name, truth) : `${name} does not answer`;
      if (reason !== undefined) why.push(problem("comes to rest", reason));
      else if (truth)
        why.push(...desiredEqual(jetStream, name, truth, ledger.restored), ...liveIsReplay(name, live, truth));
    }
    if (why.length === 0) break;
  }
  if (why.length > 0) return why;
  const limits = async () => {
    const found: Problem[] = [];
    for (const { gateway, bus } of sites) found.push(...withinLimits(gateway, await truthOf(world, bus), variety));
    return found;
  };
  const problems = await limitsAtRest(world, limits);
  problems.push(...ledger.unjustified.map((key) => problem("stopped for a reason", `${key} was removed`)));
  problems.push(...noRepair(world));
  for (const site of sites) {
    const truth = await truthOf(world, site.bus, true).catch(() => undefined);
    if (!truth) return [...problems, problem("comes to rest", `${site.gateway.name} does not answer`)];
    problems.push(...checkSite(world, ledger, site, truth));
  }
  return problems;
}

function checkSite({ jetStream }: SimulatedWorld, ledger: Ledger, { gateway }: Site, truth: NodeTruth): Problem[] {
  const { name, disk } = gateway;
  return [
    ...effectsOnce(jetStream, name, ledger.forgotGaps.has(name)),
    ...orderedDensePrefix(jetStream, name, truth),
    ...acknowledgedIsPresent(jetStream, name, ledger, truth),
    ...digestsEqual(jetStream, name, truth),
    ...baseAndTail(name, disk, truth),
  ];
}
