import type { StoreOperation } from "@holdfast/kernel";
import { LogEventCodec } from "@holdfast/proto";
import { clearRange, submitOperations } from "./base.ts";
import { readEvents } from "./events.ts";
import { type OpenedLog, smallJob } from "./opened.ts";
import {
  afterFloorPrefix,
  baseKey,
  decodeBaseRecord,
  type EventRecord,
  encodeBaseRecord,
  endingOf,
  entityOfBaseKey,
  floorKey,
  isRestated,
  keyOfEvent,
} from "./record.ts";
import type { Floor, Meta, Transaction } from "./state.ts";

const stepRecords = 256;

/**
 * The state before the history: the last event of every entity as of the floor's sequence, so that the twin of any
 * time in the history can be folded (docs/protocol.md 13). Undefined = there is none: a log of a version before, or
 * one that such a version has trimmed since.
 */
export function floorOf({ floor, first }: Meta): Floor | undefined {
  return floor && floor.seq >= first - 1 ? floor : undefined;
}

/** Begins a floor from the oldest base that is kept, in small steps, its pointer last. */
export async function beginFloor(log: OpenedLog, isCurrent: () => boolean): Promise<void> {
  const { meta } = log.view;
  const base = meta.bases.at(-1);
  if (!base) return;
  await clearRange(log, floorKey(""), afterFloorPrefix(""), isCurrent);
  let from = baseKey(base.generation, "");
  for (;;) {
    const range = { gte: from, lt: baseKey(base.generation + 1, ""), limit: stepRecords };
    const page = await log.store.scan(range);
    const operations: StoreOperation[] = page.map(([key, value]) => {
      const at = floorKey(entityOfBaseKey(key));
      return { key: at, value: encodeBaseRecord(at, decodeBaseRecord(key, value)) };
    });
    await submitOperations(log, operations, isCurrent);
    if (!isCurrent()) return;
    const last = page.at(-1);
    if (!last || page.length < stepRecords) break;
    from = Buffer.concat([last[0], Uint8Array.of(0)]);
  }
  const floor = { seq: base.seq, atMs: await timeOf(log, base.seq) };
  await log.committer.submit(
    smallJob((transaction) => {
      if (isCurrent()) transaction.changeMeta(log.state, { floor });
    }),
  );
}

/** When the state as of `seq` was, by the clock of then; of now when nobody knows any more. */
async function timeOf({ store, view, context }: OpenedLog, seq: number): Promise<number> {
  if (seq === 0) return 0;
  const [record] = seq < view.meta.first ? [] : await readEvents(store, view.meta, { from: seq, to: seq, limit: 1 });
  return (record && LogEventCodec.decode(record.raw).stamp?.wallMs) ?? context.clock.wallMs();
}

/** Folds events that are about to be forgotten; in the write that forgets them. */
export function raiseFloor(log: OpenedLog, transaction: Transaction, events: readonly EventRecord[]): void {
  const floor = floorOf(log.state.meta);
  const last = events.at(-1);
  if (!floor || !last || last.seq <= floor.seq) return;
  const changed = new Map<string, EventRecord>();
  for (const event of events) {
    if (event.seq <= floor.seq || endingOf(event.flags) === "transient") continue;
    changed.set(keyOfEvent(event.raw), event);
  }
  // What was stated again carries the time at which it was first said.
  const told = events.findLast(({ seq, flags }) => seq > floor.seq && !isRestated(flags));
  const atMs = (told && LogEventCodec.decode(told.raw).stamp?.wallMs) ?? floor.atMs;
  for (const [entity, { seq, flags, raw }] of changed) {
    const key = floorKey(entity);
    if (endingOf(flags) === "removal") transaction.operations.push({ key });
    else transaction.put(key, encodeBaseRecord(key, { seq, flags, raw }));
  }
  transaction.changeMeta(log.state, { floor: { seq: last.seq, atMs } });
}

/** What was read of it is damaged: it begins anew, and reaches back less far. */
export async function dropFloor(log: OpenedLog): Promise<void> {
  log.context.stats.count("floors_dropped");
  log.context.logger.error({}, "the state before the history was damaged and is written anew");
  await log.committer.submit(smallJob((transaction) => transaction.changeMeta(log.state, { floor: undefined })));
}
