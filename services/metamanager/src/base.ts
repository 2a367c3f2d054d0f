import { crc32 } from "node:zlib";
import type { StoreOperation } from "@holdfast/kernel";
import { type Located, readEntities } from "./events.ts";
import { type OpenedLog, smallJob } from "./opened.ts";
import { baseKey, encodeBaseRecord } from "./record.ts";
import type { Base, LogView, Meta } from "./state.ts";

/** Generations kept: a bad one falls back to the one before it and the events since (docs/protocol.md 3). */
const generationsKept = 2;
const stepEntities = 256;
const stepDeletes = 500;

export function needsNewBase({ view, context, state }: OpenedLog): boolean {
  const { meta, head } = view;
  const tail = head.last - (meta.bases[0]?.seq ?? 0);
  // Writing the base costs as much as it has entities, so a large one is written less often.
  const enough = Math.max(context.config.compactEvents, state.entities.size);
  return tail > 0 && (tail >= enough || head.tailBytes >= context.config.compactBytes);
}

/**
 * Writes a new generation of the base as of now: the last event of each entity, in small steps between other
 * commits, its pointer last. `isCurrent` false = the log was opened again; what was written is litter then.
 */
export async function writeBase(log: OpenedLog, isCurrent: () => boolean): Promise<void> {
  const { view, entities } = await log.committer.exclusively(async () => ({
    view: log.view,
    entities: [...log.state.entities].map(([key, entity]) => ({ key, entity, order: Buffer.from(key) })),
  }));
  entities.sort((a, b) => Buffer.compare(a.order, b.order));
  const generation = (view.meta.bases[0]?.generation ?? 0) + 1;
  await clearRange(log, baseKey(generation, ""), baseKey(generation + 1, ""), isCurrent);
  let check = 0;
  for (let from = 0; from < entities.length; from += stepEntities) {
    const operations: StoreOperation[] = [];
    for (const { key, value } of await recordsOf(
      log,
      view.meta,
      generation,
      entities.slice(from, from + stepEntities),
    )) {
      check = crc32(value.subarray(0, 4), check);
      operations.push({ key, value });
    }
    await submitOperations(log, operations, isCurrent);
    if (!isCurrent()) return;
  }
  await usePointer(
    log,
    view,
    { generation, seq: view.head.last, chain: view.head.chain, count: entities.length, check },
    isCurrent,
  );
}

async function recordsOf(log: OpenedLog, meta: Meta, generation: number, located: readonly Located[]) {
  const raws = await readEntities(log.store, meta, located);
  return located.flatMap(({ key, entity: { seq, flags } }, index) => {
    const raw = raws[index];
    const at = baseKey(generation, key);
    return raw ? [{ key: at, value: encodeBaseRecord(at, { seq, flags, raw }) }] : [];
  });
}

async function usePointer(log: OpenedLog, before: LogView, base: Base, isCurrent: () => boolean): Promise<void> {
  await log.committer.submit(
    smallJob((transaction) => {
      if (!isCurrent()) return;
      const { meta, head } = log.state;
      for (const { generation } of meta.bases.slice(generationsKept - 1)) log.oldGenerations.add(generation);
      transaction.changeMeta(log.state, { bases: [base, ...meta.bases.slice(0, generationsKept - 1)] });
      log.state.head = { ...head, tailBytes: head.tailBytes - before.head.tailBytes };
    }),
  );
  log.context.stats.count("bases_written");
  log.context.stats.gauge("base_entities", base.count);
}

/** Generations that no pointer names and no replay reads. */
export async function dropOldBases(
  log: OpenedLog,
  isPinned: (generation: number) => boolean,
  isCurrent: () => boolean,
) {
  for (const generation of log.oldGenerations) {
    if (isPinned(generation)) continue;
    await clearRange(log, baseKey(generation, ""), baseKey(generation + 1, ""), isCurrent);
    log.oldGenerations.delete(generation);
  }
}

/** Deletes in small steps between other commits. */
export async function clearRange(log: OpenedLog, gte: Uint8Array, lt: Uint8Array, isCurrent: () => boolean) {
  while (isCurrent()) {
    const entries = await log.store.scan({ gte, lt, limit: stepDeletes });
    if (entries.length === 0) return;
    await submitOperations(
      log,
      entries.map(([key]) => ({ key })),
      isCurrent,
    );
  }
}

/** Writes of the background go through the committer too: a full disk is dealt with in one place. */
export async function submitOperations(
  log: OpenedLog,
  operations: readonly StoreOperation[],
  isCurrent: () => boolean,
) {
  await log.committer.submit({
    events: operations.length / 4,
    bytes: 0,
    always: true,
    prepare: (transaction) => {
      if (isCurrent()) for (const operation of operations) transaction.operations.push(operation);
    },
  });
}
