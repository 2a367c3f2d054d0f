import {
  bucketSums,
  contentHash,
  type DigestSum,
  desiredBytesMax,
  digestOf,
  emptyDigest,
  entryHash,
  entryHashOver,
  inBuckets,
  type LogEntry,
  replaceEntry,
  type SecretBox,
  sameDigest,
  type Unreadable,
} from "@holdfast/kernel";
import {
  DesiredTakenCodec,
  desiredTaken,
  type Epoch,
  LinkPositionCodec,
  linkPosition,
  type SyncItem,
} from "@holdfast/proto";
import { sameEpoch } from "./hello.ts";
import { openContent } from "./sealed.ts";

const prefix = "desired/";
/** As the log limits them. */
const keyBytesMax = 1024;

/** One desired object as this node has it. */
export interface DesiredEntry {
  readonly kind: string;
  readonly version: number;
  /** Its part of the digest; a withheld one has none. */
  readonly hash: bigint;
  readonly content: Uint8Array;
  /** A Secret that cannot be opened; `content` is as it was sealed, and the cloud must give it again. */
  readonly unreadable?: Unreadable | undefined;
  /** SHA-256 of what this version holds and the log has no room for; `content` is what was there before. */
  readonly aside?: Uint8Array | undefined;
  /** The incarnation that did not name it, when it was not allowed to go. */
  readonly withheldBy: Epoch | undefined;
}

/** The node's side of desired state: a fold of its log (docs/protocol.md 7). */
export interface DesiredState {
  incarnation: Epoch | undefined;
  /** Sequence in the stream DESIRED; 0 = nothing known. */
  position: number;
  readonly entries: Map<string, DesiredEntry>;
  digest: DigestSum;
  /** Opens what is sealed in the log. */
  readonly secrets: SecretBox | undefined;
}

export function emptyDesired(secrets?: SecretBox): DesiredState {
  return { incarnation: undefined, position: 0, entries: new Map(), digest: emptyDigest, secrets };
}

/** The key under which cloud and node digest one object: "pod/default/web". */
export function objectKey(item: { readonly kind: string; readonly namespace: string; readonly name: string }): string {
  return desiredTaken.key.build({ kind: item.kind, namespace: item.namespace, name: item.name }).slice(prefix.length);
}

export function paramsOf(key: string): { kind: string; namespace: string; name: string } {
  const { kind, namespace, name } = desiredTaken.key.parse(prefix + key) ?? {};
  if (!kind || !namespace || !name) throw new Error(`not the key of a desired object: ${key}`);
  return { kind, namespace, name };
}

/** Folds one log entry. */
export function evolveDesired(state: DesiredState, { event }: LogEntry): void {
  if (event.type === linkPosition.name) {
    const { incarnation, position } = LinkPositionCodec.decode(event.body);
    state.incarnation = incarnation;
    state.position = position;
  } else if (event.key.startsWith(prefix)) {
    const key = event.key.slice(prefix.length);
    setEntry(state, key, event.ending === "removal" ? undefined : toEntry(state, key, event.body));
  }
}

function toEntry({ secrets }: DesiredState, key: string, body: Uint8Array): DesiredEntry {
  const taken = DesiredTakenCodec.decode(body);
  const { version, withheld, incarnation } = taken;
  const aside = taken.aside.length > 0 ? taken.aside : undefined;
  const { content, unreadable } = openContent(secrets, prefix + key, taken);
  const withheldBy = withheld ? incarnation : undefined;
  const hash = hashOf(key, { version, content, aside });
  return { kind: paramsOf(key).kind, version, content, unreadable, aside, withheldBy, hash };
}

function hashOf(key: string, { version, content, aside }: Pick<DesiredEntry, "version" | "content" | "aside">): bigint {
  return aside ? entryHashOver(key, version, aside) : entryHash(key, version, content);
}

function setEntry(state: DesiredState, key: string, entry: DesiredEntry | undefined): void {
  const before = state.entries.get(key);
  const hashOf = (it: DesiredEntry | undefined) => (it === undefined || it.withheldBy ? undefined : it.hash);
  state.digest = replaceEntry(state.digest, hashOf(before), hashOf(entry));
  if (entry) state.entries.set(key, entry);
  else state.entries.delete(key);
}

export function withheldCount(state: DesiredState): number {
  let count = 0;
  for (const entry of state.entries.values()) if (entry.withheldBy) count += 1;
  return count;
}

/** Secrets that are wanted and cannot be opened. One full sync brings them again. */
export function unreadableCount(state: DesiredState): number {
  let count = 0;
  for (const entry of state.entries.values()) if (entry.unreadable && !entry.withheldBy) count += 1;
  return count;
}

/**
 * Without a position nobody has confirmed what is here: it was saved from a damaged log. Under whatever incarnation
 * the cloud answers, that is a change (docs/protocol.md 3, 7).
 */
export function provisionalCount({ incarnation, entries }: DesiredState): number {
  return incarnation ? 0 : entries.size;
}

/** What modules of this version take from the log. */
const appliedKinds = new Set(["pod", "configmap", "secret", "device", "devicemodel", "twin", "resolution"]);

/** Objects that nobody here can apply: of a kind that came later, or too large for the log (docs/protocol.md 11). */
export function unsupportedCount({ entries }: DesiredState): number {
  let count = 0;
  for (const { kind, aside } of entries.values()) if (aside || !appliedKinds.has(kind)) count += 1;
  return count;
}

/** One change to commit. `remove` and `withhold` name an object that the node has. */
export type Change =
  | { readonly what: "take"; readonly key: string; readonly version: number; readonly content: Uint8Array }
  | { readonly what: "set-aside"; readonly key: string; readonly version: number; readonly aside: Uint8Array }
  | { readonly what: "remove"; readonly key: string }
  | { readonly what: "withhold"; readonly key: string };

/** Changes that came in order, from the live downlink or a delta sync. Repeats are left out. */
export function planChanges(state: DesiredState, items: readonly SyncItem[]): Change[] {
  const newest = new Map<string, SyncItem>();
  for (const item of items) newest.set(objectKey(item), item);
  const changes: Change[] = [];
  for (const [key, item] of newest) {
    const known = state.entries.get(key);
    if (item.removed) {
      if (known && (known.withheldBy || known.version <= item.version)) changes.push({ what: "remove", key });
    } else if (!isHeld(known) || known.version < item.version) {
      changes.push(taking(key, item));
    }
  }
  return changes;
}

/** What the log has no room for is set aside, and counts in the digest all the same; nothing waits for it. */
function taking(key: string, { version, content }: SyncItem): Change {
  if (content.length <= desiredBytesMax) return { what: "take", key, version, content };
  return { what: "set-aside", key, version, aside: contentHash(content) };
}

/** Whether the log can have a key for it. */
export function isNameable(item: SyncItem): boolean {
  try {
    return Buffer.byteLength(prefix + objectKey(item)) <= keyBytesMax;
  } catch {
    return false;
  }
}

/** Here, readable and wanted. */
function isHeld(entry: DesiredEntry | undefined): entry is DesiredEntry {
  return entry !== undefined && !entry.withheldBy && !entry.unreadable;
}

/** The digest made anew from every object (docs/protocol.md 10). False = it was wrong, and no longer is. */
export function recountDesired(state: DesiredState): boolean {
  const before = state.digest;
  const hashes: bigint[] = [];
  for (const [key, entry] of state.entries) {
    const hash = hashOf(key, entry);
    if (hash !== entry.hash) state.entries.set(key, { ...entry, hash });
    if (!entry.withheldBy) hashes.push(hash);
  }
  state.digest = digestOf(hashes);
  return sameDigest(before, state.digest);
}

/** Sums over what counts in the digest, for a sync of only what differs (docs/protocol.md 10). */
export function bucketSumsOf({ entries }: DesiredState): Uint8Array {
  const hashes: [string, bigint][] = [];
  for (const [key, { hash, withheldBy }] of entries) if (!withheldBy) hashes.push([key, hash]);
  return bucketSums(hashes);
}

/** The share of a kind that a changed cloud may remove at once (docs/protocol.md 7). */
const removalShareMax = 0.2;

/**
 * A full sync: what is not named goes, guarded. Under a changed incarnation state replaces state, but
 * when the answer is empty or too much of any kind would go, all of it is withheld instead. What is in none of
 * `buckets` is here as the cloud has it.
 */
export function planFull(
  state: DesiredState,
  named: ReadonlyMap<string, SyncItem>,
  upTo: number,
  incarnation: Epoch,
  buckets: Uint8Array = new Uint8Array(),
): Change[] {
  const changed = !sameEpoch(state.incarnation, incarnation);
  const changes: Change[] = [];
  for (const [key, item] of named) {
    const known = state.entries.get(key);
    const sameVersion = known?.version === item.version;
    const newer = !isHeld(known) || (changed ? !sameVersion : known.version < item.version);
    const differs = changed && sameVersion && !Buffer.from(known.content).equals(item.content);
    if (newer || differs) changes.push(taking(key, item));
  }
  // What is withheld counts in no bucket, and is not named by one that is equal.
  const isNamed = (key: string, { withheldBy }: DesiredEntry) =>
    named.has(key) || (!withheldBy && !inBuckets(buckets, key));
  const gone = [...state.entries].filter(([key, entry]) => !isNamed(key, entry));
  if (!changed) {
    for (const [key, { version, withheldBy }] of gone) {
      if (!withheldBy && version <= upTo) changes.push({ what: "remove", key });
    }
    return changes;
  }
  // Those that this incarnation withheld before count again, so that a crash half-way changes nothing.
  const going = gone.filter(([, { withheldBy }]) => !withheldBy || sameEpoch(withheldBy, incarnation));
  const equal = state.entries.size - gone.length;
  const what = removalIsMass(state, going, named.size + equal) ? "withhold" : "remove";
  for (const [key, { kind, withheldBy }] of going) {
    if (!withheldBy) changes.push({ what: kind === "resolution" ? "remove" : what, key });
  }
  return changes;
}

// A resolution is bookkeeping of the link, not an object that somebody runs: it is never withheld.
function removalIsMass(state: DesiredState, going: [string, DesiredEntry][], namedCount: number): boolean {
  const count = (entries: Iterable<DesiredEntry>) => {
    const counts = new Map<string, number>();
    for (const { kind } of entries) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    counts.delete("resolution");
    return counts;
  };
  const leaving = count(going.map(([, entry]) => entry));
  if (leaving.size > 0 && namedCount === 0) return true;
  const all = count(state.entries.values());
  return [...leaving].some(([kind, number]) => number > removalShareMax * (all.get(kind) ?? 0));
}
