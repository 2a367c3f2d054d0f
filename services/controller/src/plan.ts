import type { Wanted } from "./derive.ts";
import type { Desired, DesiredEntry } from "./desired.ts";

/** What must be written to DESIRED so that one node's part equals what is wanted. */
export interface Plan {
  /** `expectSeq` is the newest sequence of the subject; 0 = there is none. */
  readonly puts: readonly { readonly wanted: Wanted; readonly expectSeq: number }[];
  readonly removals: readonly DesiredEntry[];
  /** Waits until another node has let it go. */
  readonly held: readonly Wanted[];
}

// A node applies in any order; in this one it has the least to wait for.
const kindOrder = ["configmap", "secret", "devicemodel", "device", "twin", "pod", "resolution"];

/**
 * Compares what a node should have with what DESIRED says. What may be on one node only is added after every
 * other node has released it; what is there already is never held back. `released` says whether that node has
 * acknowledged the tombstone and let go.
 */
export function planNode(
  node: string,
  wanted: ReadonlyMap<string, Wanted>,
  desired: Desired,
  released: (node: string, tombstone: DesiredEntry) => boolean,
): Plan {
  const have = desired.nodes.get(node)?.entries ?? new Map<string, DesiredEntry>();
  const puts: { wanted: Wanted; expectSeq: number }[] = [];
  const held: Wanted[] = [];
  for (const [key, one] of wanted) {
    const there = have.get(key);
    if (there && !there.removed && there.fingerprint === one.fingerprint) continue;
    const isNew = !there || there.removed;
    if (isNew && !one.force && heldElsewhere(node, one.exclusive, desired, released)) held.push(one);
    else puts.push({ wanted: one, expectSeq: there?.seq ?? 0 });
  }
  const removals = [...have].filter(([key, entry]) => !entry.removed && !wanted.has(key)).map(([, entry]) => entry);
  puts.sort((a, b) => kindOrder.indexOf(a.wanted.kind) - kindOrder.indexOf(b.wanted.kind));
  removals.sort((a, b) => kindOrder.indexOf(b.kind) - kindOrder.indexOf(a.kind));
  return { puts, removals, held };
}

function heldElsewhere(
  node: string,
  exclusive: string | undefined,
  desired: Desired,
  released: (node: string, tombstone: DesiredEntry) => boolean,
): boolean {
  if (exclusive === undefined) return false;
  for (const other of desired.holders.get(exclusive) ?? []) {
    const entry = desired.nodes.get(other)?.entries.get(exclusive);
    if (other !== node && entry && !(entry.removed && released(other, entry))) return true;
  }
  return false;
}
