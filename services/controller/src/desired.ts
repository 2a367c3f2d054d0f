import { type DigestSum, emptyDigest, entryHash, replaceEntry, type StoredMessage } from "@holdfast/kernel";
import {
  DesiredCodec,
  desired,
  type Epoch,
  IncarnationCodec,
  incarnation,
  type Lease,
  LeaseCodec,
  lease,
} from "@holdfast/proto";
import { desiredKey, fingerprintOf } from "./derive.ts";

/** One object in DESIRED, without its content. */
export interface DesiredEntry {
  readonly subject: string;
  /** Its version. */
  readonly seq: number;
  /** A tombstone. */
  readonly removed: boolean;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly fingerprint: string;
  /** Sequence in RESOURCES that it was derived from. */
  readonly source: number;
  /** Its part of the digest; a tombstone has none. */
  readonly hash: bigint | undefined;
  readonly storedAtMs: number;
}

export interface NodeDesired {
  /** By `kind/namespace/name`, tombstones included. */
  readonly entries: Map<string, DesiredEntry>;
  /** The newest sequence for this node. */
  last: number;
  digest: DigestSum;
}

/** The fold of the stream DESIRED. */
export interface Desired {
  readonly nodes: Map<string, NodeDesired>;
  /** The nodes that have an entry under this key, tombstones included. */
  readonly holders: Map<string, Set<string>>;
  incarnation: Epoch | undefined;
  incarnationSeq: number;
  lease: Lease | undefined;
  leaseSeq: number;
  /** The newest sequence of anything that hubs follow: no node can be beyond it. */
  at: number;
  /** The newest sequence of RESOURCES that something here was derived from. */
  source: number;
}

export function emptyDesired(): Desired {
  return {
    nodes: new Map(),
    holders: new Map(),
    incarnation: undefined,
    incarnationSeq: 0,
    lease: undefined,
    leaseSeq: 0,
    at: 0,
    source: 0,
  };
}

const incarnationSubject = incarnation.subject.build({});
const leaseSubject = lease.subject.build({});

/**
 * Takes one message of DESIRED. Returns the node it concerns. Error: `invalid_message`; then the fold knows of it only
 * where it stands, so that it can be replaced.
 */
export function evolveDesired(state: Desired, message: StoredMessage): string | undefined {
  const { subject, data, seq } = message;
  if (subject === leaseSubject) {
    state.leaseSeq = seq;
    state.lease = LeaseCodec.decode(data);
    return undefined;
  }
  if (subject === incarnationSubject) {
    state.incarnationSeq = seq;
    state.incarnation = IncarnationCodec.decode(data).epoch;
    return undefined;
  }
  const params = desired.subject.parse(subject);
  if (!params) {
    // The floor of a node's tombstones: hubs follow it too, so a node may have been told that it is as far.
    state.at = seq;
    return undefined;
  }
  takeObject(state, params, message);
  return params.node;
}

interface Place {
  readonly node: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function takeObject(state: Desired, place: Place, message: StoredMessage): void {
  try {
    const { removed, content, source } = DesiredCodec.decode(message.data);
    const hash = removed ? undefined : entryHash(desiredKey(place), message.seq, content);
    const fingerprint = removed ? "" : fingerprintOf(place.kind, content);
    setEntry(state, place, message, { removed, source, hash, fingerprint });
  } catch (error) {
    setEntry(state, place, message, { removed: false, source: 0, hash: undefined, fingerprint: "" });
    throw error;
  }
}

function setEntry(
  state: Desired,
  { node, kind, namespace, name }: Place,
  { subject, seq, storedAtMs }: StoredMessage,
  what: Pick<DesiredEntry, "removed" | "source" | "hash" | "fingerprint">,
): void {
  const key = desiredKey({ kind, namespace, name });
  const ofNode = state.nodes.get(node) ?? { entries: new Map(), last: 0, digest: emptyDigest };
  ofNode.digest = replaceEntry(ofNode.digest, ofNode.entries.get(key)?.hash, what.hash);
  ofNode.entries.set(key, { subject, seq, kind, namespace, name, storedAtMs, ...what });
  ofNode.last = seq;
  state.nodes.set(node, ofNode);
  const holders = state.holders.get(key) ?? new Set();
  holders.add(node);
  state.holders.set(key, holders);
  state.at = seq;
  state.source = Math.max(state.source, what.source);
}

/** A tombstone was removed from the stream: it is as if the object had never been. */
export function forgetTombstone(state: Desired, node: string, key: string): void {
  const ofNode = state.nodes.get(node);
  if (!ofNode?.entries.get(key)?.removed) return;
  ofNode.entries.delete(key);
  const holders = state.holders.get(key);
  holders?.delete(node);
  if (holders?.size === 0) state.holders.delete(key);
}

export function sameEpoch(a: Epoch | undefined, b: Epoch | undefined): boolean {
  return a?.counter === b?.counter && a?.random === b?.random;
}
