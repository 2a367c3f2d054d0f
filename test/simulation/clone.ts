import { cloudHub, edgeHub } from "@holdfast/hub";
import { call, filterMatches } from "@holdfast/kernel";
import { below, between } from "@holdfast/kernel/testing";
import { metamanager } from "@holdfast/metamanager";
import { MarkCodec, mark, nodeAcceptMachine, twinDesired } from "@holdfast/proto";
import { author } from "./author.ts";
import { CloudAuthor } from "./cloud-author.ts";
import { Ledger } from "./ledger.ts";
import { truthOf } from "./node-truth.ts";
import { restless } from "./rest.ts";
import { type Gateway, SimulatedWorld } from "./world.ts";

const node = "gw-1";
const timings = {
  HF_HUB_ROLE: "edge",
  HF_NODE: node,
  HF_CLOUD_URL: "cloud",
  HF_LINK_TIMEOUT_MS: "2000",
  HF_BEAT_MS: "1000",
  HF_RECONNECT_MAX_MS: "2000",
};

export interface CloneOutcome {
  readonly problems: readonly string[];
  readonly trace: readonly string[];
}

/**
 * A gateway's disk is copied to another machine, which starts under the same identity while the first one lives
 * on; both write, a hub is killed now and then. Both must be refused, whatever the order; an operator chooses the
 * one and later the other, and by then everything that either acknowledged is in the cloud, once.
 */
export async function runClone(seed: number): Promise<CloneOutcome> {
  const world = new SimulatedWorld(seed);
  const { scheduler, jetStream } = world;
  const ledger = new Ledger(() => scheduler.nowMs);
  const random = world.random.fork("scenario");
  new CloudAuthor(jetStream, random.fork("cloud"), ledger).change(node);
  const problems: string[] = [];
  const hubs = Array.from({ length: 1 + (seed % 2) }, (_, index) =>
    world.add(`cloud/hub-${index}`, cloudHub, { HF_HUB_ROLE: "cloud", HF_HUB_MARK_AGE_MS: "5000" }),
  );
  const first = addMachine(world, "first", ledger);
  for (const process of world.processes) process.start();
  await scheduler.runFor(between(random, 500, 4000));
  const copy = world.gateway("copy");
  copy.disk.restore(first.disk.snapshot());
  addMachine(world, "copy", ledger);
  if (below(random, 3) === 0) world.cutLink("first");
  for (const process of world.processes) process.start();
  await scheduler.runFor(between(random, 200, 3000));
  world.healLink("first");
  hubs[below(random, hubs.length)]?.kill(between(random, 50, 500));
  const marked = () => {
    const stored = jetStream.last("EVENTS", mark.subject.build({ node }));
    return stored && MarkCodec.decode(stored.data);
  };
  await scheduler.runFor(12_000);
  const upSeq = marked()?.upSeq;
  if (!marked()?.machines?.undecided) problems.push("two machines work under one identity and nobody is refused");
  hubs[below(random, hubs.length)]?.kill(100);
  await scheduler.runFor(5000);
  if (marked()?.upSeq !== upSeq) problems.push("a refused machine moved the mark");
  ledger.quiet = true;
  const operator = world.cloud.connect({ name: "operator" });
  for (const machine of seed % 4 < 2 ? ["first", "copy"] : ["copy", "first"]) {
    const answer = call(operator, nodeAcceptMachine, {}, { node, machine }, { timeoutMs: 5000 });
    answer.catch((error) => problems.push(`the operator's word for ${machine}: ${error}`));
    const bus = world.gateway(machine).nats.connect({ name: "checker" });
    let why: string | undefined = "it was never looked at";
    for (const endMs = scheduler.nowMs + 120_000; why !== undefined && scheduler.nowMs < endMs; ) {
      await scheduler.runFor(2500);
      why = restless(jetStream, node, await truthOf(world, bus));
    }
    if (why !== undefined) problems.push(`${machine} is not at rest: ${why}`);
    if (marked()?.machineId !== machine) problems.push(`the mark is of ${marked()?.machineId}, not of ${machine}`);
  }
  return { problems: [...problems, ...facts(world, ledger)], trace: world.trace };
}

function addMachine(world: SimulatedWorld, name: string, ledger: Ledger): Gateway {
  const gateway = world.gateway(name);
  world.add(`${name}/metamanager`, metamanager, timings, gateway);
  world.add(`${name}/hub`, edgeHub, timings, gateway);
  world.add(`${name}/author`, author(ledger, world.random.fork(`author of ${name}`)), timings, gateway);
  return gateway;
}

/** Every fact that either machine acknowledged, once. */
function facts({ jetStream }: SimulatedWorld, ledger: Ledger): string[] {
  const problems: string[] = [];
  const seen = new Set<number>();
  const stream = jetStream.stream("EVENTS");
  for (let seq = stream.info.firstSeq; seq <= stream.info.lastSeq; seq += 1) {
    const stored = stream.get(seq);
    if (!stored || !filterMatches(`hfs.twin.${node}.>`, stored.subject)) continue;
    if (!twinDesired.subject.parse(stored.subject.replace("hfs.", "hf."))) continue;
    const id = Number(twinDesired.message.decode(stored.data).id);
    if (seen.has(id)) problems.push(`fact ${id} twice`);
    seen.add(id);
  }
  const missing = ledger.promised(node).filter((id) => !seen.has(id));
  if (missing.length > 0) problems.push(`${missing.length} promised facts are missing`);
  if (seen.size === 0) problems.push("nothing was ever told");
  return problems;
}
