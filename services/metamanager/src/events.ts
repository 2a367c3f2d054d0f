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
import type { Entity, Meta } from "./state.ts";

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

/** The bytes of an entity's last event, from the events after the base or from the base. */
export async function readEntity(store: Store, meta: Meta, key: string, entity: Entity): Promise<Uint8Array> {
  const base = meta.bases[0];
  if (!base || entity.seq > base.seq) {
    const [record] = await readEvents(store, meta, { from: entity.seq, to: entity.seq, limit: 1 });
    if (record) return record.raw;
  } else {
    const at = baseKey(base.generation, key);
    const value = await store.get(at);
    if (value) return decodeBaseRecord(at, value).raw;
  }
  throw damaged(`the last event of ${key} is missing`);
}
