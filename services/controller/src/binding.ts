import { bind } from "./bind.ts";
import { type Controller, writeResources } from "./controller.ts";
import { desiredKey } from "./derive.ts";
import { objectAt } from "./object-json.ts";
import { conditionOf } from "./presence.ts";
import { objectMessage } from "./records.ts";

/**
 * Writes down where unbound pods and devices go, before anything is derived from it. Errors: `conflict` (somebody
 * changed the object; choose anew), those of `append`.
 */
export async function writeBindings(controller: Controller): Promise<void> {
  const { context, resources, presence, desired } = controller;
  const { clock, config, stats, logger } = context;
  const nowMs = clock.monotonicMs();
  const isReady = (node: string) => conditionOf(presence, node, nowMs, config.nodeSilentMs) === "Ready";
  const holds = (node: string, entry: { readonly noun: string; readonly namespace: string; readonly name: string }) => {
    const key = desiredKey({ kind: entry.noun, namespace: entry.namespace, name: entry.name });
    return desired.nodes.get(node)?.entries.get(key)?.removed === false;
  };
  // Just started, no node has been heard; a silent one is chosen only when there is no other after a while.
  const anyNode = nowMs - presence.sinceMonotonicMs >= config.nodeSilentMs;
  for (const { entry, node } of bind(resources, { isReady, holds }, anyNode)) {
    const object = { ...entry.object, spec: { ...objectAt(entry.object, "spec"), nodeName: node } };
    const write = { object, applied: entry.applied, removed: false, actor: "controller", atMs: clock.wallMs() };
    await writeResources(controller, [objectMessage(resources, entry, write)]);
    stats.count("bound");
    logger.info({ kind: entry.noun, namespace: entry.namespace, name: entry.name, node }, "bound to a node");
  }
}
