import { type DigestSum, emptyDigest, entryHash, replaceEntry, type StoreOperation } from "@holdfast/kernel";
import type { Epoch, LogEvent } from "@holdfast/proto";
import {
  damaged,
  encodeEventRecord,
  endingOf,
  eventKey,
  type Flags,
  flagsOf,
  frame,
  isDigested,
  isUp,
  metaKey,
  unframe,
} from "./record.ts";

/** One generation of the base: the last event of every entity, as of `seq`. */
export interface Base {
  readonly generation: number;
  readonly seq: number;
  /** Log chain at `seq`. */
  readonly chain: number;
  readonly count: number;
  /** CRC-32 over the CRCs of its records in the order of their keys. */
  readonly check: number;
}

/** The state before the history: the last event of every entity as of `seq`, and when that was. */
export interface Floor {
  readonly seq: number;
  readonly atMs: number;
}

/** Outbox pointers of an earlier epoch that still have to be numbered in this one. */
export interface Carry {
  readonly counter: number;
  readonly random: number;
  readonly next: number;
  readonly through: number;
}

/** What is kept besides events, in one record that is written whole. */
export interface Meta {
  readonly format: 1;
  /** Random identity of this store: the witness beside it names it too. */
  readonly life: string;
  readonly node: string;
  readonly machineId: string;
  readonly epoch: Epoch;
  /** Nothing of this epoch may be sent: the cloud must be asked first. */
  readonly fresh: boolean;
  /** Bytes of the mark that this epoch follows, in base64; empty = none. */
  readonly predecessor: string;
  readonly acked: number;
  /** The oldest upSeq that can be sent; the pointer before it is kept for its chain. */
  readonly upFirst: number;
  /** upSeq of the begin of a state report whose end has not been numbered; 0 = none. */
  readonly begin: number;
  readonly carry: Carry | null;
  readonly gapEvents: number;
  readonly quarantines: number;
  /** The incarnation granted last, to whichever module. */
  readonly granted: number;
  /** The oldest event that is kept, and the log chain before it. */
  readonly first: number;
  readonly firstChain: number;
  /** Newest first, at most two. */
  readonly bases: readonly Base[];
  /** Only `floorOf` knows whether it still holds. */
  readonly floor?: Floor | undefined;
}

export function encodeMeta(meta: Meta): Uint8Array {
  return frame(metaKey, Buffer.from(JSON.stringify(meta)));
}

/** Error: `log_damaged`. */
export function decodeMeta(value: Uint8Array | undefined): Meta {
  const body = value && unframe(metaKey, value);
  if (!body) throw damaged(value ? "its head has a wrong checksum" : "its head is missing");
  const meta: Meta = JSON.parse(Buffer.from(body).toString());
  if (meta.format !== 1) throw damaged(`its format ${meta.format} is not known to this version`);
  return meta;
}

/** Where log and outbox end. Replaced whole, so that a copy is a snapshot. */
export interface Head {
  readonly last: number;
  readonly chain: number;
  readonly upLast: number;
  readonly upChain: number;
  /** Items and bytes numbered in this epoch. */
  readonly upItems: number;
  readonly upBytes: number;
  /** Of reported state now. */
  readonly digest: DigestSum;
  /** Items and bytes of this epoch that are acknowledged. */
  readonly ackedItems: number;
  readonly ackedBytes: number;
  /** Events and their bytes after the newest base, and in all. */
  readonly tailBytes: number;
  readonly historyBytes: number;
}

/** The last event of an entity key. */
export interface Entity {
  readonly seq: number;
  readonly flags: Flags;
  /** Its part of the digest of reported state. */
  readonly hash: bigint | undefined;
}

export interface Answer {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** One module as the log knows it. */
export interface Module {
  readonly incarnation: number;
  lastN: number;
  readonly answers: Map<number, Answer>;
}

/** Answers kept per module. */
export const answersKept = 64;

/** What metamanager holds in memory, all of it rebuilt from the store. Changed by the committer only. */
export interface LogState {
  meta: Meta;
  head: Head;
  readonly entities: Map<string, Entity>;
  readonly modules: Map<string, Module>;
}

/** What was on disk after the last synced write: all that anybody outside may see. */
export interface LogView {
  readonly meta: Meta;
  readonly head: Head;
}

export const emptyHead: Omit<Head, "last" | "chain"> = {
  upLast: 0,
  upChain: 0,
  upItems: 0,
  upBytes: 0,
  digest: emptyDigest,
  ackedItems: 0,
  ackedBytes: 0,
  tailBytes: 0,
  historyBytes: 0,
};

export interface CommittedEvent {
  readonly seq: number;
  readonly raw: Uint8Array;
  readonly event: LogEvent;
}

/** One synced write being put together, and what to tell after it. */
export class Transaction {
  readonly operations: StoreOperation[] = [];
  readonly events: CommittedEvent[] = [];
  /** Items were added to the outbox. */
  numbered = false;
  #meta: Meta | undefined;

  put(key: Uint8Array, value: Uint8Array): void {
    this.operations.push({ key, value });
  }

  /** Written once, however often it changes in this transaction. */
  changeMeta(state: LogState, change: Partial<Meta>): void {
    state.meta = { ...state.meta, ...change };
    this.#meta = state.meta;
  }

  /** Everything that has to be written. */
  finish(): readonly StoreOperation[] {
    if (this.#meta) this.put(metaKey, encodeMeta(this.#meta));
    this.#meta = undefined;
    return this.operations;
  }
}

/** Appends an event to the log: its record, the entity that it changes, the digest. */
export function addEvent(state: LogState, transaction: Transaction, raw: Uint8Array, event: LogEvent): Flags {
  const { head } = state;
  const seq = head.last + 1;
  const flags = flagsOf(event);
  const key = eventKey(seq);
  const { value, chain } = encodeEventRecord(key, flags, raw, head.chain);
  transaction.put(key, value);
  transaction.events.push({ seq, raw, event });
  const bytes = key.length + value.length;
  state.head = {
    ...head,
    last: seq,
    chain,
    digest: evolveEntity(state, head.digest, event.key, seq, flags, () => entryHash(event.key, 0, event.body)),
    tailBytes: head.tailBytes + bytes,
    historyBytes: head.historyBytes + bytes,
  };
  return flags;
}

/** Folds one event into the entities; returns the digest after it. */
function evolveEntity(
  state: Pick<LogState, "entities">,
  digest: DigestSum,
  entity: string,
  seq: number,
  flags: Flags,
  hashOf: () => bigint,
): DigestSum {
  const ending = endingOf(flags);
  if (ending === "transient") return digest;
  const before = state.entities.get(entity)?.hash;
  const hash = ending === "state" && isDigested(flags) ? hashOf() : undefined;
  if (ending === "state") state.entities.set(entity, { seq, flags, hash });
  else state.entities.delete(entity);
  return before === undefined && hash === undefined ? digest : replaceEntry(digest, before, hash);
}

/** The keys that a state report names, in their order. */
export function upEntities(state: LogState): string[] {
  const keys: string[] = [];
  for (const [key, { flags }] of state.entities) if (isUp(flags)) keys.push(key);
  return keys.sort();
}
