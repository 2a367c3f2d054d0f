import type { AppendMessage } from "@holdfast/kernel";
import type { Controller } from "./controller.ts";
import { deriveNode, type Wanted } from "./derive.ts";
import type { DesiredEntry } from "./desired.ts";
import { desiredMessage, tombstoneMessage, writeDesired } from "./desired-writer.ts";
import type { Leading } from "./leader.ts";
import { planNode } from "./plan.ts";
import { positionOf } from "./presence.ts";
import { declaredNodes, placeKey } from "./resources.ts";

/**
 * Makes DESIRED equal to what is derived from RESOURCES: everything, or the nodes that may differ. True when
 * everything was compared. Errors: `conflict` and those of `append`; then look at everything again.
 */
export async function reconcile(controller: Controller, leading: Leading): Promise<boolean> {
  const { resources, desired, context } = controller;
  const { all } = leading;
  const nodes = all ? declaredNodes(resources).union(desired.nodes) : new Set(leading.dirty);
  leading.all = false;
  leading.dirty.clear();
  const messages: AppendMessage[] = [];
  const additions: AppendMessage[] = [];
  for (const node of nodes) {
    const { puts, removals, held } = planNode(node, deriveNode(resources, node), desired, (other, tombstone) =>
      isReleased(controller, other, tombstone),
    );
    // Removals of all nodes go first: what moves is let go before anybody waits for it.
    for (const entry of removals) messages.push(tombstoneMessage(entry, controller.resourcesStream.at));
    for (const { wanted, expectSeq } of puts) additions.push(...addition(controller, node, wanted, expectSeq));
    if (held.length > 0) leading.held.add(node);
    else leading.held.delete(node);
    context.stats.count("desired_written", puts.length);
    context.stats.count("desired_removed", removals.length);
  }
  await writeDesired(controller, [...messages, ...additions]);
  return all;
}

/** Nothing for an object that cannot travel: it must not keep the others from it. */
function addition({ context }: Controller, node: string, wanted: Wanted, expectSeq: number): AppendMessage[] {
  try {
    return [desiredMessage(node, wanted, expectSeq)];
  } catch (error) {
    const { kind, namespace, name } = wanted;
    context.stats.count("desired_skipped");
    context.logger.error(
      { node, kind, namespace, name, error: String(error) },
      "this object cannot travel to its node",
    );
    return [];
  }
}

/**
 * Whether a node has let go of what its tombstone takes away: it has acknowledged the removal, and a pod has
 * also ended there (docs/protocol.md 6).
 */
function isReleased(controller: Controller, node: string, { seq, kind, namespace, name }: DesiredEntry): boolean {
  const { presence, desired, reports } = controller;
  if (positionOf(presence, node, desired.incarnation) < seq) return false;
  return kind !== "pod" || !reports.reports.get(node)?.pods.has(`${namespace}/${name}`);
}

/** Whether another node waits for this one to let the pod or device go. */
export function isAwaited({ resources }: Controller, node: string, { kind, namespace, name }: DesiredEntry): boolean {
  if (kind !== "pod" && kind !== "device") return false;
  const key = placeKey(kind, namespace, name);
  return [...resources.onNode].some(([other, there]) => other !== node && there.has(key));
}
