import { crc32 } from "node:zlib";
import { type Disk, digestOf, entryHash, randomId, type Store } from "@holdfast/kernel";
import { LogEventCodec } from "@holdfast/proto";
import { numberItem } from "./number.ts";
import type { LogContext } from "./opened.ts";
import { baseKey, encodeBaseRecord, type Flags, floorKey, isDigested, metaKey } from "./record.ts";
import { numberGap } from "./report.ts";
import { addEvent, emptyHead, encodeMeta, type LogState, type Meta, Transaction } from "./state.ts";
import { witnessOf, writeWitness } from "./witness.ts";

export const storeName = "log";
export const newStoreName = "log.new";
const marker = "provisioned.json";
const step = 256;

/** What a new log begins with: nothing, or what was saved of a damaged one. */
export interface Seed {
  /** The last sequence of the log before it, or more: a sequence never means two events. */
  readonly lastSeq: number;
  readonly epochCounter: number;
  readonly granted: number;
  readonly gapEvents: number;
  readonly quarantines: number;
  /** By key, in the order of keys. */
  readonly entities: readonly SavedEntity[];
  /** What the cloud had not acknowledged, in order. */
  readonly unacked: readonly { readonly raw: Uint8Array; readonly born: Uint8Array }[];
  readonly lostEvents: number;
}

export interface SavedEntity {
  readonly key: string;
  readonly seq: number;
  readonly flags: Flags;
  readonly raw: Uint8Array;
}

export const emptySeed: Seed = {
  lastSeq: 0,
  epochCounter: 0,
  granted: 0,
  gapEvents: 0,
  quarantines: 0,
  entities: [],
  unacked: [],
  lostEvents: 0,
};

export async function isProvisioned(disk: Disk): Promise<boolean> {
  return (await disk.readFile(marker)) !== undefined;
}

/** From now on a log that is missing is a lost one. */
export function markProvisioned(
  disk: Disk,
  { config, clock }: { readonly config: { readonly node: string }; readonly clock: LogContext["clock"] },
): Promise<void> {
  return disk.writeFile(marker, Buffer.from(JSON.stringify({ node: config.node, atMs: clock.wallMs() })));
}

/**
 * Makes a log under another name and puts it in its place when it is complete, so that a crash leaves either
 * no log or a whole one. The witness is written before: it never vouches for what is not there.
 */
export async function createLog(context: LogContext, disk: Disk, seed: Seed): Promise<void> {
  await disk.remove(newStoreName);
  const store = await disk.openStore(newStoreName, { create: true });
  let state: LogState;
  try {
    state = await fill(context, store, seed);
  } finally {
    await store.close();
  }
  await writeWitness(disk, witnessOf(state));
  await disk.rename(newStoreName, storeName);
  await markProvisioned(disk, context);
}

async function fill(context: LogContext, store: Store, seed: Seed): Promise<LogState> {
  const { random, config, machineId } = context;
  const life = randomId(random);
  const firstChain = crc32(life);
  const check = await writeEntities(store, seed.entities);
  const base = { generation: 1, seq: seed.lastSeq, chain: firstChain, count: seed.entities.length, check };
  const meta: Meta = {
    format: 1,
    life,
    node: config.node,
    machineId,
    epoch: { counter: seed.epochCounter + 1, random: random.u32() },
    fresh: true,
    predecessor: "",
    acked: 0,
    upFirst: 1,
    begin: 0,
    carry: null,
    gapEvents: seed.gapEvents + seed.lostEvents,
    quarantines: seed.quarantines,
    granted: seed.granted,
    first: seed.lastSeq + 1,
    firstChain,
    bases: [base],
    floor: { seq: seed.lastSeq, atMs: seed.lastSeq === 0 ? 0 : context.clock.wallMs() },
  };
  const head = { ...emptyHead, last: seed.lastSeq, chain: firstChain, digest: digestOf(hashesOf(seed.entities)) };
  const entities = new Map(seed.entities.map(({ key, seq, flags }) => [key, { seq, flags, hash: undefined }]));
  const state: LogState = { meta, head, entities, modules: new Map() };
  await writeUnacked(store, state, seed);
  await store.write([{ key: metaKey, value: encodeMeta(meta) }]);
  return state;
}

async function writeEntities(store: Store, entities: readonly SavedEntity[]): Promise<number> {
  let check = 0;
  for (let from = 0; from < entities.length; from += step) {
    const operations = entities.slice(from, from + step).flatMap(({ key, ...record }) => {
      const at = baseKey(1, key);
      const value = encodeBaseRecord(at, record);
      check = crc32(value.subarray(0, 4), check);
      const inFloor = floorKey(key);
      return [
        { key: at, value },
        { key: inFloor, value: encodeBaseRecord(inFloor, record) },
      ];
    });
    await store.write(operations);
  }
  return check;
}

async function writeUnacked(store: Store, state: LogState, { unacked, lostEvents }: Seed): Promise<void> {
  let transaction = new Transaction();
  if (lostEvents > 0) numberGap(state, transaction, lostEvents);
  for (const [index, { raw, born }] of unacked.entries()) {
    addEvent(state, transaction, raw, LogEventCodec.decode(raw));
    numberItem(state, transaction, { kind: "event", logSeq: state.head.last, raw, born });
    if (index % step !== step - 1) continue;
    await store.write(transaction.finish());
    transaction = new Transaction();
  }
  await store.write(transaction.finish());
}

function* hashesOf(entities: readonly SavedEntity[]): Iterable<bigint> {
  for (const { key, flags, raw } of entities) {
    if (isDigested(flags)) yield entryHash(key, 0, LogEventCodec.decode(raw).body);
  }
}
