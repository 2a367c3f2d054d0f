import { crc32 } from "node:zlib";
import { type DigestSum, digestOf, entryHash, type Store } from "@holdfast/kernel";
import { LogEventCodec } from "@holdfast/proto";
import { answersOf } from "./modules.ts";
import { decodePointer, type Pointer, pointerKey } from "./pointer.ts";
import {
  afterBasePrefix,
  baseKey,
  checkedEvent,
  damaged,
  decodeBaseRecord,
  endingOf,
  entityOfBaseKey,
  eventKey,
  type Flags,
  isDigested,
  isUp,
  keyOfEvent,
  metaKey,
} from "./record.ts";
import { type Base, decodeMeta, emptyHead, type LogState, type Meta } from "./state.ts";

const pageEntries = 2000;
const endOfSeq = 2 ** 53 - 1;

/** What a fold of the log needs until it knows which value of an entity is its last. */
interface Folding {
  readonly entities: Map<string, { seq: number; flags: Flags; raw: Uint8Array | undefined }>;
}

/**
 * Rebuilds the state from the store and verifies all of it on the way: every checksum, both chains' order,
 * the base against its pointer (docs/protocol.md 3). Error: `log_damaged`.
 */
export async function loadState(store: Store): Promise<{ state: LogState; fellBack: boolean }> {
  const meta = decodeMeta(await store.get(metaKey));
  const folding: Folding = { entities: new Map() };
  const { base, fellBack } = await loadNewestBase(store, meta, folding);
  const log = await foldEvents(store, meta, base, folding);
  const up = await verifyPointers(store, meta, log.lastUp, log.last);
  await verifyCarry(store, meta);
  const modules = await answersOf(store);
  refuseAnswersBeyond(modules, log.last);
  const { entities, digest } = finishEntities(folding);
  const state: LogState = {
    meta: fellBack ? { ...meta, bases: [base] } : meta,
    head: {
      ...emptyHead,
      last: log.last,
      chain: log.chain,
      tailBytes: log.tailBytes,
      historyBytes: log.bytes + up.bytesOnDisk,
      digest,
      upLast: up.last?.upSeq ?? 0,
      upChain: up.last?.chain ?? 0,
      upItems: up.last?.items ?? 0,
      upBytes: up.last?.bytes ?? 0,
      ackedItems: up.acked?.items ?? 0,
      ackedBytes: up.acked?.bytes ?? 0,
    },
    entities,
    modules,
  };
  return { state, fellBack };
}

/** What an author was told is there must be there. */
function refuseAnswersBeyond(modules: LogState["modules"], lastSeq: number): void {
  for (const [name, { answers }] of modules) {
    for (const answer of answers.values()) {
      if (answer.lastSeq > lastSeq) throw damaged(`${name} was told of event ${answer.lastSeq}, it ends at ${lastSeq}`);
    }
  }
}

/** The newest generation that verifies; the older one only if the events after it are all there. */
async function loadNewestBase(
  store: Store,
  meta: Meta,
  folding: Folding,
): Promise<{ readonly base: Base; readonly fellBack: boolean }> {
  let problem: unknown = damaged("it has no base");
  for (const [index, base] of meta.bases.entries()) {
    if (base.seq < meta.first - 1) break;
    try {
      await loadBase(store, base, folding);
      return { base, fellBack: index > 0 };
    } catch (error) {
      problem = error;
      folding.entities.clear();
    }
  }
  throw problem;
}

async function loadBase(store: Store, base: Base, folding: Folding): Promise<void> {
  let from = baseKey(base.generation, "");
  const to = baseKey(base.generation + 1, "");
  let count = 0;
  let check = 0;
  for (;;) {
    const page = await store.scan({ gte: from, lt: to, limit: pageEntries });
    for (const [key, value] of page) {
      const { seq, flags, raw } = decodeBaseRecord(key, value);
      count += 1;
      check = crc32(value.subarray(0, 4), check);
      folding.entities.set(entityOfBaseKey(key), { seq, flags, raw: isDigested(flags) ? raw : undefined });
    }
    const last = page.at(-1);
    if (!last || page.length < pageEntries) break;
    from = Buffer.concat([last[0], Uint8Array.of(0)]);
  }
  if (count !== base.count || check !== base.check) throw damaged(`generation ${base.generation} of its base is wrong`);
}

async function foldEvents(store: Store, meta: Meta, base: Base, folding: Folding) {
  let seq = meta.first - 1;
  let chain = meta.firstChain;
  const found = { last: seq, chain, lastUp: 0, bytes: 0, tailBytes: 0 };
  for (;;) {
    const page = await store.scan({ gte: eventKey(seq + 1), lt: eventKey(endOfSeq), limit: pageEntries });
    for (const [key, value] of page) {
      seq += 1;
      const { flags, raw, chain: after } = checkedEvent(key, value, seq, chain);
      chain = after;
      found.bytes += key.length + value.length;
      if (isUp(flags)) found.lastUp = seq;
      if (seq === base.seq && chain !== base.chain) throw damaged("its base follows another log");
      if (seq <= base.seq) continue;
      found.tailBytes += key.length + value.length;
      foldOne(folding, seq, flags, raw);
    }
    if (page.length < pageEntries) break;
  }
  if (seq < base.seq) throw damaged(`it ends at event ${seq}, before its base at ${base.seq}`);
  return { ...found, last: seq, chain };
}

function foldOne(folding: Folding, seq: number, flags: Flags, raw: Uint8Array): void {
  const ending = endingOf(flags);
  if (ending === "transient") return;
  const entity = keyOfEvent(raw);
  if (ending === "removal") folding.entities.delete(entity);
  else folding.entities.set(entity, { seq, flags, raw: isDigested(flags) ? raw : undefined });
}

function finishEntities({ entities }: Folding): { entities: LogState["entities"]; digest: DigestSum } {
  const finished: LogState["entities"] = new Map();
  const hashes: bigint[] = [];
  for (const [entity, { seq, flags, raw }] of entities) {
    const hash = raw && entryHash(entity, 0, LogEventCodec.decode(raw).body);
    if (hash !== undefined) hashes.push(hash);
    finished.set(entity, { seq, flags, hash });
  }
  return { entities: finished, digest: digestOf(hashes) };
}

/** The outbox of this epoch: every pointer whole, none missing, none beyond the log, the acknowledged one there. */
async function verifyPointers(store: Store, meta: Meta, lastUpEvent: number, lastSeq: number) {
  const { counter } = meta.epoch;
  const found: { last?: Pointer; acked?: Pointer; bytesOnDisk: number } = { bytesOnDisk: 0 };
  let from = Math.max(1, meta.upFirst - 1);
  for (;;) {
    const range = { gte: pointerKey(counter, from), lt: pointerKey(counter + 1, 0) };
    const page = await store.scan({ ...range, limit: pageEntries });
    for (const [key, value] of page) {
      const pointer = decodePointer(key, value);
      // The pointer before the first one that can be sent is there for its chain.
      const expected = found.last ? found.last.upSeq + 1 : Math.max(1, meta.upFirst - 1);
      const begins = found.last || meta.upFirst === 1 ? pointer.from : pointer.upSeq;
      if (begins !== expected) throw damaged(`outbox pointer ${expected} is missing`);
      if (pointer.logSeq > lastSeq)
        throw damaged(`the outbox knows event ${pointer.logSeq}, the log ends at ${lastSeq}`);
      found.last = pointer;
      found.bytesOnDisk += key.length + value.length;
      if (pointer.upSeq === meta.acked) found.acked = pointer;
    }
    const last = page.at(-1);
    if (!last || page.length < pageEntries) break;
    from = (found.last?.upSeq ?? from) + 1;
  }
  if (meta.acked > 0 && !found.acked) throw damaged(`outbox pointer ${meta.acked}, which the cloud has, is missing`);
  if (!meta.carry && lastUpEvent > (found.last?.logSeq ?? 0))
    throw damaged(`event ${lastUpEvent} is not in the outbox`);
  return found;
}

/** What an interrupted change of epochs has still to number: damage there would end every start anew. */
async function verifyCarry(store: Store, { carry }: Meta): Promise<void> {
  let expected = carry?.next ?? 0;
  while (carry && expected <= carry.through) {
    const range = { gte: pointerKey(carry.counter, expected), lt: pointerKey(carry.counter, carry.through + 1) };
    const page = await store.scan({ ...range, limit: pageEntries });
    for (const [key, value] of page) {
      const { from, upSeq } = decodePointer(key, value);
      if (from > expected) break;
      expected = upSeq + 1;
    }
    if (page.length < pageEntries) break;
  }
  if (carry && expected <= carry.through) throw damaged(`outbox pointer ${expected} of the epoch before is missing`);
}

/** Generations of the base that no pointer names: left behind by a crash. */
export async function clearStrayBases(store: Store, meta: Meta): Promise<void> {
  const kept = meta.bases.map(({ generation }) => generation).sort((a, b) => a - b);
  let from = baseKey(0, "");
  for (const generation of kept) {
    await store.clear(from, baseKey(generation, ""));
    from = baseKey(generation + 1, "");
  }
  await store.clear(from, afterBasePrefix(0xffff_ffff, ""));
}
