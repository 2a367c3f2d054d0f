import { hasCode, rfc3339Seconds } from "@holdfast/kernel";
import { NodePresenceCodec, nodePresence } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { writeResources } from "./controller.ts";
import { clusterNamespace, kindOf } from "./kinds.ts";
import { objectAt, sameJson, textsAt } from "./object-json.ts";
import { skippingOwnFault } from "./own-fault.ts";
import { conditionOf, lastContactMs } from "./presence.ts";
import { objectMessage } from "./records.ts";
import { liveObject, type ObjectEntry } from "./resources.ts";
import { newUid } from "./uid.ts";

/** Labels of one node; more are ignored. */
const labelsMax = 100;
const labelBytesMax = 400;

/** Says of each of these nodes that it came or went, if it did; the last word of each is kept (docs/protocol.md 8). */
export async function publishPresence(controller: Controller, nodes: Iterable<string>): Promise<void> {
  const { context, presence, presenceStream } = controller;
  const { clock, config, streams } = context;
  for (const node of nodes) {
    const known = presence.known.get(node);
    const status = conditionOf(presence, node, clock.monotonicMs(), config.nodeSilentMs);
    if (status === known?.status) continue;
    const data = NodePresenceCodec.encode({ status, lastContactMs: lastContactMs(presence, node) });
    const subject = nodePresence.subject.build({ node });
    try {
      const seq = await streams.append("PRESENCE", [{ subject, data, expectSeq: known?.seq ?? 0 }]);
      await presenceStream.reached(seq);
      context.logger.info({ node, status }, "node presence changed");
    } catch (error) {
      // Another controller said it first.
      if (!hasCode(error, "conflict")) throw error;
      await presenceStream.current();
    }
  }
}

/** Nodes register themselves: a Node object at the first contact, with the labels that the node names. */
export async function registerNodes(controller: Controller, nodes: Iterable<string>): Promise<void> {
  for (const node of nodes) {
    const own = controller.presence.contacts.get(node)?.beat.labels;
    if (own) await skippingOwnFault(controller.context, { node }, () => registerNode(controller, node, own));
  }
}

async function registerNode(controller: Controller, node: string, own: Readonly<Record<string, string>>) {
  const { context, resources } = controller;
  const entry = liveObject(resources, "node", clusterNamespace, node);
  const labels = labelsOf(node, entry, own);
  if (entry && sameJson(labels, objectAt(entry.object, "metadata", "labels"))) return;
  const { apiVersion, kind } = kindOf("node");
  const atMs = context.clock.wallMs();
  const metadata = entry
    ? { ...objectAt(entry.object, "metadata"), labels }
    : { name: node, labels, uid: newUid(context.random), creationTimestamp: rfc3339Seconds(atMs), generation: 1 };
  const object = { ...(entry ? entry.object : { apiVersion, kind, spec: {} }), metadata };
  const write = { object, applied: entry?.applied ?? {}, removed: false, actor: `node:${node}`, atMs };
  const place = { noun: "node", namespace: clusterNamespace, name: node } as const;
  await writeResources(controller, [objectMessage(resources, place, write)]);
  context.logger.info({ node }, entry ? "node changed its labels" : "node registered");
}

/** A label that an operator has applied wins over the node's own. */
function labelsOf(
  node: string,
  entry: ObjectEntry | undefined,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const declared = textsAt(entry?.applied, "metadata", "labels");
  const told = Object.entries(own)
    .filter(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value) <= labelBytesMax)
    .slice(0, labelsMax);
  const labels = { ...textsAt(entry?.object, "metadata", "labels"), "kubernetes.io/hostname": node };
  return { ...labels, ...Object.fromEntries(told), ...declared };
}
