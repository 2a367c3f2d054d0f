import { type AppendMessage, batchMax, shortActor } from "@holdfast/kernel";
import { hasCode, tokenBytesMax } from "@holdfast/proto";
import { type Controller, writeResources } from "./controller.ts";
import { batchBytesMax } from "./desired-writer.ts";
import { boundDevice } from "./devices.ts";
import type { Leading } from "./leader.ts";
import { isOwnFault, leaveOut } from "./own-fault.ts";
import { type Decision, decideProposal } from "./proposals.ts";
import { resolutionMessage, twinMessage } from "./records.ts";
import type { Proposal } from "./reports.ts";
import { keyOf } from "./resources.ts";

/** Decisions of one round; what is left waits until desired state was derived. */
const decisionsPerRoundMax = 1000;
/** Writes of one round: proposals on one property need one each. */
const writesPerRoundMax = 16;
/** A value and its resolution each. */
const decisionsPerWriteMax = batchMax / 2;

/** A proposal with what is decided of it, and the messages that say so. */
interface Decided {
  readonly node: string;
  readonly proposal: Proposal;
  readonly decision: Decision;
  readonly messages: readonly AppendMessage[];
}

/**
 * Decides proposals that have no resolution yet: some of each node in turn, so that no node holds up another, nor
 * what is derived. A desired value and its resolution are written in one atomic batch, the resolution
 * create-only, so that nothing is ever decided twice; several decisions may share a batch, and after one that was
 * refused each goes alone (docs/protocol.md 8). Errors: those of `append` but `conflict`.
 */
export async function decideProposals(controller: Controller, leading: Leading): Promise<void> {
  const passed = new Set<Proposal>();
  let decisions = 0;
  let most = decisionsPerWriteMax;
  leading.undecided = false;
  for (let writes = 0; writes < writesPerRoundMax && decisions < decisionsPerRoundMax; writes += 1) {
    const batch = nextBatch(controller, leading, Math.min(most, decisionsPerRoundMax - decisions), passed);
    if (batch.length === 0) return;
    try {
      await writeResources(
        controller,
        batch.flatMap(({ messages }) => messages),
      );
      for (const decided of batch) tell(controller, decided);
      decisions += batch.length;
    } catch (error) {
      if (!hasCode(error, "conflict") && !isOwnFault(error)) throw error;
      // Whatever moved meanwhile is known now. Alone, only the proposal that it concerns is passed over.
      for (const { node, proposal } of most === 1 ? batch : []) passOver(controller, passed, node, proposal, error);
      most = 1;
    }
  }
  leading.undecided = decisions > 0;
}

/** Decides one proposal of each node after the other, until the batch is full or nothing more can go with it. */
function nextBatch(controller: Controller, leading: Leading, most: number, passed: Set<Proposal>): Decided[] {
  const batch: Decided[] = [];
  const written = new Set<string>();
  let bytes = 0;
  const waiting = openProposals(controller, leading.turn);
  while (waiting.size > 0) {
    for (const [node, proposals] of waiting) {
      const { done, value: proposal } = proposals.next();
      if (done) waiting.delete(node);
      // What is decided about a property is decided on the value that this batch gives it: afterwards.
      if (done || passed.has(proposal) || written.has(placeOf(proposal))) continue;
      const decided = tryDecide(controller, passed, node, proposal);
      if (!decided) continue;
      for (const { data } of decided.messages) bytes += data.length;
      if (batch.length > 0 && bytes > batchBytesMax) return batch;
      batch.push(decided);
      leading.turn = node;
      if (decided.decision.accepted) written.add(placeOf(proposal));
      if (batch.length === most) return batch;
    }
  }
  return batch;
}

/** By node, those without a resolution in the order in which they were made; the node that had its turn is last. */
function openProposals({ reports, resources }: Controller, turn: string): Map<string, Iterator<Proposal, undefined>> {
  const nodes = [...reports.reports];
  const begin = nodes.findIndex(([node]) => node === turn) + 1;
  const open = new Map<string, Iterator<Proposal, undefined>>();
  for (const [node, { proposals }] of [...nodes.slice(begin), ...nodes.slice(0, begin)]) {
    const decided = resources.resolutions.get(node);
    const of = [...proposals.values()].filter(({ id }) => !decided?.has(id));
    if (of.length > 0) open.set(node, of.sort((a, b) => a.order - b.order).values());
  }
  return open;
}

function placeOf({ namespace, device, property }: Proposal): string {
  return `${keyOf(namespace, device)}/${property}`;
}

/** In this round. One that can never be written is told. */
function passOver(
  { context }: Controller,
  passed: Set<Proposal>,
  node: string,
  proposal: Proposal,
  error: unknown,
): void {
  passed.add(proposal);
  if (!hasCode(error, "conflict")) leaveOut(context, { node, proposal: proposal.id }, error);
}

function tryDecide(
  controller: Controller,
  passed: Set<Proposal>,
  node: string,
  proposal: Proposal,
): Decided | undefined {
  try {
    return decide(controller, node, proposal);
  } catch (error) {
    passOver(controller, passed, node, proposal, error);
    return undefined;
  }
}

/** Undefined = it must wait. */
function decide({ resources, desired }: Controller, node: string, proposal: Proposal): Decided | undefined {
  const { namespace, device: name, property, id } = proposal;
  const device = boundDevice(resources, namespace, name);
  const current = resources.twins.get(keyOf(namespace, name))?.get(property);
  const decision = decideProposal(proposal, { node, device, current, incarnation: desired.incarnation });
  if (!decision) return undefined;
  const place = { namespace, device: name, property };
  const version = current?.removed ? 0 : (current?.seq ?? 0);
  const reason = decision.accepted ? "" : decision.reason;
  const resolution = resolutionMessage(
    resources,
    { node, id },
    { ...place, property: shownProperty(proposal), accepted: decision.accepted, reason, version },
  );
  const target = targetOf(node, proposal, decision);
  // The value right before its resolution: that is how the resolution's version is known.
  const messages = target ? [twinMessage(resources, place, target), resolution] : [resolution];
  return { node, proposal, decision, messages };
}

function tell({ context }: Controller, { node, proposal, decision }: Decided): void {
  const { accepted } = decision;
  const { namespace, device, id } = proposal;
  const property = shownProperty(proposal);
  const reason = decision.accepted ? "" : decision.reason;
  context.stats.count(accepted ? "proposals_accepted" : "proposals_rejected");
  context.logger.info({ node, namespace, device, property, id, accepted, reason }, "proposal decided");
}

/** Whatever a node calls a property, what is said of it fits the log of a gateway. */
function shownProperty({ property }: Proposal): string {
  return Buffer.byteLength(property) > tokenBytesMax ? "" : property;
}

function targetOf(node: string, { id, actor: said, atMs, deviceUid, validForMs }: Proposal, decision: Decision) {
  if (!decision.accepted) return undefined;
  const { value } = decision;
  // Users of a gateway are others than those of the cloud, and who they are is its word.
  const actor = shortActor(said, ` on ${node}`);
  return { id, actor, atMs, deviceUid, validForMs, ...(value ? { value } : {}) };
}
