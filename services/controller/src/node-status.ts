import {
  type DigestSum,
  digestFromMessage,
  digestText,
  emptyDigest,
  jsonBytes,
  listPage,
  sameDigest,
} from "@holdfast/kernel";
import {
  type Agreement,
  type Epoch,
  type NodeStatus,
  NodeStatusCodec,
  type NodeStatusReply,
  type NodeStatusRequest,
} from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { sameEpoch } from "./desired.ts";
import { conditionOf, lastContactMs } from "./presence.ts";

/**
 * Where cloud and edge stand, of every node that was declared or heard, by name, a page of them (docs/protocol.md 10).
 * Errors: `timeout`, `disconnected`.
 */
export async function nodeStatus(controller: Controller, { after }: NodeStatusRequest): Promise<NodeStatusReply> {
  const { resources, resourcesStream, presence, reports } = controller;
  await resourcesStream.current();
  const declared = [...resources.objects.node.values()].filter(({ removed }) => !removed).map(({ name }) => name);
  const heard = [...presence.contacts.keys(), ...presence.known.keys(), ...reports.reports.keys()];
  const { items, next } = listPage({
    entries: [...new Set([...declared, ...heard])],
    after,
    keyOf: (node) => node,
    itemOf: (node) => statusOf(controller, node),
    bytesOf: (status) => jsonBytes(NodeStatusCodec, status),
  });
  return { nodes: items, next };
}

function statusOf(controller: Controller, node: string): NodeStatus {
  const { context, presence, reports } = controller;
  const { clock, config } = context;
  const beat = presence.contacts.get(node)?.beat;
  const mark = reports.reports.get(node)?.mark;
  const { undecided = false, refused = [] } = mark?.machines ?? {};
  return {
    node,
    status: undecided ? "DuplicateIdentity" : conditionOf(presence, node, clock.monotonicMs(), config.nodeSilentMs),
    lastContactMs: lastContactMs(presence, node),
    desired: desiredAgreement(controller, node),
    reported: reportedAgreement(controller, node),
    withheld: beat?.withheld ?? 0,
    openProposals: beat?.openProposals ?? reports.reports.get(node)?.proposals.size ?? 0,
    outboxEvents: beat?.outboxEvents ?? 0,
    gapEvents: mark?.gapEvents ?? beat?.gapEvents ?? 0,
    version: beat?.version ?? "",
    machines: undecided ? refused : [],
    provisional: 0,
    unsupported: beat?.unsupported ?? 0,
  };
}

/** What the node has against what this controller has derived, at the newest sequence for this node. */
function desiredAgreement({ desired, presence }: Controller, node: string): Agreement | undefined {
  const beat = presence.contacts.get(node)?.beat;
  if (!beat) return undefined;
  const { incarnation } = desired;
  const { last, digest, entries } = desired.nodes.get(node) ?? { last: 0, digest: emptyDigest, entries: new Map() };
  const edge = digestFromMessage(beat.desired);
  // Between the last sequence for this node and the last of all nothing concerns it: these positions are equal.
  const isThere = sameEpoch(beat.incarnation, incarnation) && beat.position >= last && beat.position <= desired.at;
  return {
    ...digests(digest, edge),
    equal: isThere && sameDigest(digest, edge),
    cloudPosition: positionText(incarnation, isThere ? beat.position : last),
    edgePosition: positionText(beat.incarnation, beat.position),
    objects: [...entries.values()].filter(({ removed }) => !removed).length,
  };
}

/** What this controller has folded of the node's events against what the node claimed, at its last mark. */
function reportedAgreement({ reports }: Controller, node: string): Agreement | undefined {
  const report = reports.reports.get(node);
  const mark = report?.mark;
  if (!report || !mark) return undefined;
  const position = positionText(mark.epoch, mark.upSeq);
  // While a state report is under way, or after a gap, nothing has been compared yet.
  const isCompared = report.agrees === true || (report.agrees === false && !report.excused);
  return {
    ...digests(report.digestAtMark, digestFromMessage(mark.digest)),
    equal: report.agrees === true,
    cloudPosition: isCompared ? position : positionText(undefined, 0),
    edgePosition: position,
    objects: report.digestAtMark.count,
  };
}

function digests(cloud: DigestSum, edge: DigestSum): Pick<Agreement, "cloudDigest" | "edgeDigest"> {
  return { cloudDigest: digestText(cloud), edgeDigest: digestText(edge) };
}

function positionText(epoch: Epoch | undefined, seq: number): string {
  return epoch ? `${epoch.counter}.${epoch.random}/${seq}` : `0.0/${seq}`;
}
