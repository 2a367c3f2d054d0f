import { unboundReason } from "./bind.ts";
import type { Controller } from "./controller.ts";
import { desiredKey } from "./derive.ts";
import { isObject, type JsonObject, textAt } from "./object-json.ts";
import { conditionOf, positionOf } from "./presence.ts";
import type { PodReport } from "./reports.ts";
import { keyOf, nodeNameOf, type ObjectEntry } from "./resources.ts";

/** The pod's report of the node that it is declared for; undefined for one of an earlier pod of this name. */
export function podReport({ reports }: Controller, entry: ObjectEntry): PodReport | undefined {
  const { namespace, name, object } = entry;
  const report = reports.reports.get(nodeNameOf(entry))?.pods.get(keyOf(namespace, name));
  const uid = textAt(object, "metadata", "uid");
  return report && (report.uid === "" || report.uid === uid) ? report : undefined;
}

/** A core/v1 PodStatus: what its node said, or why it has not said anything yet. */
export function podStatus(controller: Controller, entry: ObjectEntry): JsonObject {
  const told = reported(podReport(controller, entry));
  if (told) return told;
  if (nodeNameOf(entry) === "") return pending("Unschedulable", unboundReason(entry), false);
  return pending("NotStarted", waitingReason(controller, entry), true);
}

function reported(report: PodReport | undefined): JsonObject | undefined {
  if (!report || report.status === "") return undefined;
  try {
    const status: unknown = JSON.parse(report.status);
    return isObject(status) ? status : undefined;
  } catch {
    return undefined;
  }
}

function pending(reason: string, message: string, scheduled: boolean): JsonObject {
  const condition = { type: "PodScheduled", status: scheduled ? "True" : "False", reason, message };
  return { phase: "Pending", reason, message, conditions: [condition] };
}

function waitingReason({ desired, presence, context }: Controller, entry: ObjectEntry): string {
  const { clock, config } = context;
  const node = nodeNameOf(entry);
  const key = desiredKey({ kind: entry.noun, namespace: entry.namespace, name: entry.name });
  const there = desired.nodes.get(node)?.entries.get(key);
  if (!there || there.removed) {
    const others = [...(desired.holders.get(key) ?? [])].filter((other) => other !== node);
    if (others.length > 0) return `waits until node ${others.join(", ")} has let it go`;
    return `is on its way to node ${node}`;
  }
  const condition = conditionOf(presence, node, clock.monotonicMs(), config.nodeSilentMs);
  if (positionOf(presence, node, desired.incarnation) >= there.seq)
    return `node ${node} has it and has not started it yet`;
  if (condition === "Pending") return `node ${node} was never seen`;
  return condition === "Ready" ? `is on its way to node ${node}` : `node ${node} is Unknown: it sends no heartbeats`;
}
