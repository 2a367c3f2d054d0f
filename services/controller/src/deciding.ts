import { shortActor } from "@holdfast/kernel";
import { type Controller, writeResources } from "./controller.ts";
import { boundDevice } from "./devices.ts";
import { skippingOwnFault } from "./own-fault.ts";
import { type Decision, decideProposal } from "./proposals.ts";
import { resolutionMessage, twinMessage } from "./records.ts";
import type { Proposal } from "./reports.ts";
import { keyOf } from "./resources.ts";

/**
 * Decides every proposal that has no resolution yet. The desired value and the resolution are written in one
 * atomic batch, the resolution create-only, so that nothing is ever decided twice (docs/protocol.md 8).
 * Errors: `conflict` (something moved; decide anew), those of `append`.
 */
export async function decideProposals(controller: Controller): Promise<void> {
  const { context, reports, resources } = controller;
  for (const [node, { proposals }] of reports.reports) {
    const decided = () => resources.resolutions.get(node);
    const open = [...proposals.values()].filter(({ id }) => !decided()?.has(id)).sort((a, b) => a.order - b.order);
    for (const proposal of open) {
      await skippingOwnFault(context, { node, proposal: proposal.id }, () => decide(controller, node, proposal));
    }
  }
}

async function decide(controller: Controller, node: string, proposal: Proposal): Promise<void> {
  const { context, resources, desired } = controller;
  const { namespace, device: name, property, id } = proposal;
  const device = boundDevice(resources, namespace, name);
  const current = resources.twins.get(keyOf(namespace, name))?.get(property);
  const decision = decideProposal(proposal, { node, device, current, incarnation: desired.incarnation });
  if (!decision) return;
  const place = { namespace, device: name, property };
  const version = current?.removed ? 0 : (current?.seq ?? 0);
  const reason = decision.accepted ? "" : decision.reason;
  const resolution = resolutionMessage(
    resources,
    { node, id },
    { ...place, accepted: decision.accepted, reason, version },
  );
  const target = targetOf(node, proposal, decision);
  // The value right before its resolution: that is how the resolution's version is known.
  const messages = target ? [twinMessage(resources, place, target), resolution] : [resolution];
  await writeResources(controller, messages);
  context.stats.count(decision.accepted ? "proposals_accepted" : "proposals_rejected");
  context.logger.info({ node, ...place, id, accepted: decision.accepted, reason }, "proposal decided");
}

function targetOf(node: string, { id, actor: said, atMs, deviceUid, validForMs }: Proposal, decision: Decision) {
  if (!decision.accepted) return undefined;
  const { value } = decision;
  // Users of a gateway are others than those of the cloud, and who they are is its word.
  const actor = shortActor(said, ` on ${node}`);
  return { id, actor, atMs, deviceUid, validForMs, ...(value ? { value } : {}) };
}
