import type { Store } from "@holdfast/kernel";
import {
  baseKey,
  checkedEvent,
  damaged,
  decodeBaseRecord,
  decodeEventRecord,
  type EventRecord,
  eventKey,
} from "./record.ts";
import type { Base, Entity, Meta } from "./state.ts";

/** The log chain before event `seq`, which must be kept. */
async function chainBefore(store: Store, meta: Meta, seq: number): Promise<number> {
  if (seq === meta.first) return meta.firstChain;
  const key = eventKey(seq - 1);
  const value = await store.get(key);
  const record = value && decodeEventRecord(key, value);
  if (!record) throw damaged(`event ${seq - 1} is missing or wrong`);
  return record.chain;
}

/**
 * Events `from` to `to`, at most `limit`, verified against the chain. Also what `before` says of the chain
 * when the caller has just read the event before. Error: `log_damaged`.
 */
export async function readEvents(
  store: Store,
  meta: Meta,
  range: { readonly from: number; readonly to: number; readonly limit: number },
  before?: number,
): Promise<EventRecord[]> {
  const { from, to } = range;
  if (from > to) return [];
  let chain = before ?? (await chainBefore(store, meta, from));
  const limit = Math.min(range.limit, to - from + 1);
  const entries = await store.scan({ gte: eventKey(from), lt: eventKey(to + 1), limit });
  if (entries.length < limit) throw damaged(`events between ${from} and ${to} are missing`);
  const records: EventRecord[] = [];
  for (const [key, value] of entries) {
    const record = checkedEvent(key, value, from + records.length, chain);
    chain = record.chain;
    records.push(record);
  }
  return records;
}

/** Events of ascending sequences, some of them far apart. Error: `log_damaged`. */
export async function readScattered(
  store: Store,
  meta: Meta,
  seqs: readonly number[],
): Promise<Map<number, EventRecord>> {
  const found = new Map<number, EventRecord>();
  let index = 0;
  while (index < seqs.length) {
    const from = seqs[index] ?? 0;
    let end = index;
    // One read for neighbours, a few unwanted events between them included.
    while (end + 1 < seqs.length && (seqs[end + 1] ?? 0) - (seqs[end] ?? 0) <= gapMax) end += 1;
    const to = seqs[end] ?? from;
    for (const record of await readEvents(store, meta, { from, to, limit: to - from + 1 })) {
      found.set(record.seq, record);
    }
    index = end + 1;
  }
  return found;
}

const gapMax = 4;

/** An entity and where its last event is. */
export interface Located {
  readonly key: string;
  readonly entity: Entity;
}

/**
 * The bytes of the last events of these entities, in their order: from the events after the base, or from it.
 * Error: `log_damaged`.
 */
export async function readEntities(store: Store, meta: Meta, located: readonly Located[]): Promise<Uint8Array[]> {
  const base = meta.bases[0];
  const isInBase = ({ entity }: Located) => base !== undefined && entity.seq <= base.seq;
  const seqs = located.filter((one) => !isInBase(one)).map(({ entity }) => entity.seq);
  const events = await readScattered(
    store,
    meta,
    seqs.sort((a, b) => a - b),
  );
  const found: Uint8Array[] = [];
  for (const one of located) {
    const raw = isInBase(one) ? await readBase(store, base, one.key) : events.get(one.entity.seq)?.raw;
    if (!raw) throw damaged(`the last event of ${one.key} is missing`);
    found.push(raw);
  }
  return found;
}

async function readBase(store: Store, base: Base | undefined, key: string): Promise<Uint8Array | undefined> {
  const at = baseKey(base?.generation ?? 0, key);
  const value = await store.get(at);
  return value && decodeBaseRecord(at, value).raw;
}
