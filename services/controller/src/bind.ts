import { textsAt, valueAt } from "./object-json.ts";
import type { ObjectEntry, Resources } from "./resources.ts";

export interface Binding {
  readonly entry: ObjectEntry;
  readonly node: string;
}

/**
 * Chooses nodes for pods and devices that name none but have a nodeSelector: among the matching nodes first
 * those that are Ready, then the one with the fewest pods and devices, then by name. One that is there already
 * stays. A node that is not Ready is chosen only when `anyNode` says so. Pure; the choice is written down before
 * it is used and is never changed because a node is silent (docs/protocol.md 6).
 */
export function bind(
  resources: Resources,
  nodes: { readonly isReady: (node: string) => boolean; readonly holds: (node: string, entry: ObjectEntry) => boolean },
  anyNode: boolean,
): Binding[] {
  const waiting = unbound(resources);
  if (waiting.length === 0) return [];
  const load = new Map([...resources.onNode].map(([node, entries]) => [node, entries.size]));
  const candidates = [...resources.objects.node.values()].filter(isSchedulable).sort((a, b) => compare(a.name, b.name));
  const bindings: Binding[] = [];
  for (const entry of waiting) {
    const fitting = candidates.filter((node) => matches(selectorOf(entry), textsAt(node.object, "metadata", "labels")));
    const here = fitting.find(({ name }) => nodes.holds(name, entry));
    const ready = fitting.filter(({ name }) => nodes.isReady(name));
    const choice = here ?? leastLoaded(ready, load) ?? (anyNode ? leastLoaded(fitting, load) : undefined);
    if (!choice) continue;
    load.set(choice.name, (load.get(choice.name) ?? 0) + 1);
    bindings.push({ entry, node: choice.name });
  }
  return bindings;
}

/** Live pods and devices with a nodeSelector and no node, oldest change first. */
function unbound({ onNode }: Resources): ObjectEntry[] {
  return [...(onNode.get("")?.values() ?? [])].filter(hasSelector).sort((a, b) => a.seq - b.seq);
}

function selectorOf(entry: ObjectEntry): Readonly<Record<string, string>> {
  return textsAt(entry.object, "spec", "nodeSelector");
}

function hasSelector(entry: ObjectEntry): boolean {
  return Object.keys(selectorOf(entry)).length > 0;
}

function isSchedulable(node: ObjectEntry): boolean {
  return !node.removed && valueAt(node.object, "spec", "unschedulable") !== true;
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}

function leastLoaded(nodes: readonly ObjectEntry[], load: ReadonlyMap<string, number>): ObjectEntry | undefined {
  let best: ObjectEntry | undefined;
  for (const node of nodes) {
    if (!best || (load.get(node.name) ?? 0) < (load.get(best.name) ?? 0)) best = node;
  }
  return best;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Why a pod or device that is on no node is on none. */
export function unboundReason(entry: ObjectEntry): string {
  if (!hasSelector(entry)) return "it names no node: set spec.nodeName or spec.nodeSelector";
  const selector = Object.entries(selectorOf(entry)).map(([name, value]) => `${name}=${value}`);
  return `no node matches spec.nodeSelector ${selector.join(",")}`;
}
