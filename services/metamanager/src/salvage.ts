import type { Disk, Store } from "@holdfast/kernel";
import { BornCodec } from "@holdfast/proto";
import type { SavedEntity } from "./create.ts";
import { decodePointer, gapEventsOf, type Pointer, pointerKey } from "./pointer.ts";
import {
  baseKey,
  decodeBaseRecord,
  decodeEventRecord,
  type EventRecord,
  endingOf,
  entityOfBaseKey,
  eventKey,
  isRestated,
  isUp,
  keyOfEvent,
  metaKey,
} from "./record.ts";
import { decodeMeta, type Meta } from "./state.ts";
import type { Witness } from "./witness.ts";

const pageEntries = 1000;
const endOfSeq = 2 ** 53 - 1;

export interface Salvaged {
  readonly meta: Meta | undefined;
  readonly lastSeq: number;
  readonly entities: readonly SavedEntity[];
  readonly unacked: readonly { readonly raw: Uint8Array; readonly born: Uint8Array }[];
  /** Events of the outbox that are known to be lost. */
  readonly lostEvents: number;
}

/**
 * Reads what is whole of a damaged store, from a copy that was repaired: a repaired store takes wrong values
 * for right, so only what has our checksum counts, and what the head of the log says was deleted stays so.
 */
export async function salvage(
  disk: Disk,
  copyName: string,
  except: readonly string[],
  witness: Pick<Witness, "epoch"> | undefined,
): Promise<Salvaged> {
  const store = await disk.openStore(copyName, { create: false });
  try {
    const meta = await headOf(store);
    const events = await eventsOf(store, meta);
    const entities = await entitiesOf(store, meta, events, except);
    const outbox = meta ? await outboxOf(store, meta, events) : await headlessOutbox(store, witness, events);
    const lastSeq = Math.max(meta?.bases[0]?.seq ?? 0, events.at(-1)?.seq ?? 0);
    return { meta, lastSeq, entities, ...outbox };
  } finally {
    await store.close();
  }
}

async function headOf(store: Store): Promise<Meta | undefined> {
  try {
    return decodeMeta(await store.get(metaKey));
  } catch {
    return undefined;
  }
}

/** Pages until the end, or until the store cannot be read any further. */
async function* entriesOf(store: Store, gte: Uint8Array, lt: Uint8Array) {
  let from = gte;
  for (;;) {
    let page: [Uint8Array, Uint8Array][];
    try {
      page = await store.scan({ gte: from, lt, limit: pageEntries });
    } catch {
      return;
    }
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageEntries) return;
    from = Buffer.concat([last[0], Uint8Array.of(0)]);
  }
}

async function eventsOf(store: Store, meta: Meta | undefined): Promise<EventRecord[]> {
  const events: EventRecord[] = [];
  for await (const [key, value] of entriesOf(store, eventKey(meta?.first ?? 0), eventKey(endOfSeq))) {
    const record = decodeEventRecord(key, value);
    if (record) events.push(record);
  }
  return events;
}

/** The last known event of each key: of the base's generations and of the events, whichever came last. */
async function entitiesOf(
  store: Store,
  meta: Meta | undefined,
  events: readonly EventRecord[],
  except: readonly string[],
) {
  const last = new Map<string, SavedEntity | { readonly seq: number; readonly raw: undefined }>();
  const take = (key: string, entity: SavedEntity | { readonly seq: number; readonly raw: undefined }) => {
    if (entity.seq >= (last.get(key)?.seq ?? 0)) last.set(key, entity);
  };
  // Without its head, whatever looks like a base is better than nothing.
  const generations = meta?.bases.map(({ generation }) => [generation, generation + 1] as const) ?? [[0, 2 ** 32 - 1]];
  for (const [from, to] of generations) {
    for await (const [at, value] of entriesOf(store, baseKey(from, ""), baseKey(to, ""))) {
      try {
        const record = decodeBaseRecord(at, value);
        const key = entityOfBaseKey(at);
        take(key, { key, ...record });
      } catch {
        // Not whole: the key's value may still be in the other generation or in the events.
      }
    }
  }
  for (const { seq, flags, raw } of events) {
    const ending = endingOf(flags);
    if (ending === "transient") continue;
    const key = keyOfEvent(raw);
    take(key, ending === "removal" ? { seq, raw: undefined } : { key, seq, flags, raw });
  }
  const entities: SavedEntity[] = [];
  for (const [key, entity] of last) {
    if (entity.raw && !except.some((prefix) => key.startsWith(prefix))) entities.push(entity);
  }
  return entities.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/**
 * Without the head nobody knows what was acknowledged: all that can be sent again goes again, the cloud leaves out
 * what it has. Only the witness knows the name of the epoch; what belongs to another counts as lost.
 */
async function headlessOutbox(
  store: Store,
  witness: Pick<Witness, "epoch"> | undefined,
  events: readonly EventRecord[],
) {
  let first: Pointer | undefined;
  let ofEpoch = 0;
  if (witness) {
    for await (const pointer of pointersOf(store, witness.epoch.counter, 0)) {
      first ??= pointer;
      ofEpoch += 1;
    }
  }
  let others = -ofEpoch;
  for await (const _ of entriesOf(store, pointerKey(0, 0), pointerKey(2 ** 32 - 1, 0))) others += 1;
  if (!witness || !first) return { unacked: [], lostEvents: others };
  const { unacked, lostEvents } = await outboxOf(store, { ...witness, acked: first.from - 1, carry: null }, events);
  return { unacked, lostEvents: lostEvents + others };
}

/** Events that the cloud had not acknowledged, with the numbers that they had (docs/protocol.md 4). */
async function outboxOf(store: Store, meta: Pick<Meta, "epoch" | "acked" | "carry">, events: readonly EventRecord[]) {
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const unacked: { readonly raw: Uint8Array; readonly born: Uint8Array }[] = [];
  let lostEvents = 0;
  let expected = meta.acked + 1;
  let lastLogSeq = 0;
  const take = (pointer: Pointer, epoch: { counter: number; random: number }) => {
    lostEvents += gapEventsOf(pointer) + Math.max(0, pointer.from - expected);
    expected = pointer.upSeq + 1;
    if (pointer.kind !== "event") return;
    const record = bySeq.get(pointer.logSeq);
    if (!record) lostEvents += 1;
    if (!record || isRestated(record.flags)) return;
    const { upSeq } = pointer;
    const born = pointer.born.length > 0 ? pointer.born : BornCodec.encode({ epoch, upSeq, chain: pointer.chain });
    unacked.push({ raw: record.raw, born });
  };
  for await (const pointer of pointersOf(store, meta.epoch.counter, meta.acked)) {
    lastLogSeq = pointer.logSeq;
    if (pointer.upSeq > meta.acked) take(pointer, meta.epoch);
  }
  const { carry } = meta;
  if (!carry) {
    // The last pointers themselves are damaged: whether the cloud has their events cannot be known any more.
    const unnumbered = events.filter(({ seq, flags }) => isUp(flags) && seq > lastLogSeq).length;
    return { unacked, lostEvents: lostEvents + (lastLogSeq > 0 ? unnumbered : 0) };
  }
  expected = carry.next;
  for await (const pointer of pointersOf(store, carry.counter, carry.next)) {
    if (pointer.upSeq <= carry.through) take(pointer, { counter: carry.counter, random: carry.random });
  }
  return { unacked, lostEvents: lostEvents + Math.max(0, carry.through + 1 - expected) };
}

async function* pointersOf(store: Store, counter: number, from: number): AsyncIterable<Pointer> {
  for await (const [key, value] of entriesOf(store, pointerKey(counter, from), pointerKey(counter + 1, 0))) {
    let pointer: Pointer;
    try {
      pointer = decodePointer(key, value);
    } catch {
      continue;
    }
    yield pointer;
  }
}
