import type { StoredMessage } from "@holdfast/kernel";
import { type BeatReply, type BeatRequest, type Epoch, NodePresenceCodec, nodePresence } from "@holdfast/proto";
import { sameEpoch } from "./desired.ts";

export type NodeCondition = "Ready" | "Unknown" | "Pending";

/** The last heartbeat of one node, as its hub told it. */
export interface Contact {
  readonly beat: BeatRequest;
  readonly reply: BeatReply | undefined;
  readonly atMonotonicMs: number;
  readonly atWallMs: number;
}

/** What the controllers said last of a node. */
export interface KnownPresence {
  readonly status: string;
  readonly lastContactMs: number;
  /** Sequence in PRESENCE. */
  readonly seq: number;
}

/** What came of a node's word that it knows more than the cloud. */
export interface Claims {
  /** When it was believed, monotonic, in ms. */
  readonly believedMs: readonly number[];
  /** It has been told in the log that this node is not believed for a while. */
  told: boolean;
}

/** Nodes and hubs as far as they have been heard (docs/protocol.md 7-8). */
export interface Presence {
  readonly contacts: Map<string, Contact>;
  readonly known: Map<string, KnownPresence>;
  /** How far each hub is in DESIRED, and when it was heard last. */
  readonly hubs: Map<string, { readonly at: number; readonly atMonotonicMs: number }>;
  /** Nodes whose word alone began an incarnation. */
  readonly claims: Map<string, Claims>;
  /** Since when this process listens: silence before that says nothing. */
  readonly sinceMonotonicMs: number;
}

export function emptyPresence(sinceMonotonicMs: number): Presence {
  return { contacts: new Map(), known: new Map(), hubs: new Map(), claims: new Map(), sinceMonotonicMs };
}

/** Takes one message of PRESENCE. Error: `invalid_message`. */
export function evolvePresence(presence: Presence, { subject, data, seq }: StoredMessage): void {
  const node = nodePresence.subject.parse(subject)?.node;
  if (node === undefined) return;
  const { status, lastContactMs } = NodePresenceCodec.decode(data);
  presence.known.set(node, { status, lastContactMs, seq });
}

/** Ready within `silentMs` after a heartbeat, Unknown after it, Pending if it was never heard. */
export function conditionOf(presence: Presence, node: string, nowMonotonicMs: number, silentMs: number): NodeCondition {
  const contact = presence.contacts.get(node);
  const known = presence.known.get(node);
  if (!contact && !known) return "Pending";
  // After a restart of the controller the last word stands for a while: it was not there to hear.
  const heardMs = contact?.atMonotonicMs ?? (known?.status === "Ready" ? presence.sinceMonotonicMs : undefined);
  return heardMs !== undefined && nowMonotonicMs - heardMs < silentMs ? "Ready" : "Unknown";
}

export function lastContactMs(presence: Presence, node: string): number {
  return presence.contacts.get(node)?.atWallMs ?? presence.known.get(node)?.lastContactMs ?? 0;
}

/** How far a node has acknowledged DESIRED under this incarnation; 0 = not known. */
export function positionOf(presence: Presence, node: string, incarnation: Epoch | undefined): number {
  const beat = presence.contacts.get(node)?.beat;
  return incarnation && beat && sameEpoch(beat.incarnation, incarnation) ? beat.position : 0;
}

/**
 * Whether a node knows what this cloud cannot have told it: the cloud was restored or created anew
 * (docs/protocol.md 1).
 */
export function isForeign(
  { beat }: Contact,
  { incarnation, at }: { readonly incarnation: Epoch | undefined; readonly at: number },
): boolean {
  const known = beat.incarnation;
  if (!known || !incarnation) return false;
  return sameEpoch(known, incarnation) ? beat.position > at : known.counter >= incarnation.counter;
}

/** The highest counter of any incarnation that a node has named. */
export function highestCounter(presence: Presence): number {
  let highest = 0;
  for (const { beat } of presence.contacts.values()) highest = Math.max(highest, beat.incarnation?.counter ?? 0);
  return highest;
}
