import { crc32 } from "node:zlib";
import { type DigestSum, replaceEntry } from "@holdfast/kernel";
import { UpItemCodec } from "@holdfast/proto";
import { readScattered } from "./events.ts";
import { type OpenedLog, viewOfState } from "./opened.ts";
import { logSeqsOf, pointersAfter, rawOf } from "./outbox.ts";
import { encodePointer, gapEventsOf, itemBytes, type Pointer, pointerKey } from "./pointer.ts";
import { type EventRecord, endingOf, keyOfEvent } from "./record.ts";
import { Transaction } from "./state.ts";

/**
 * Pages beyond the acknowledged position that stay as they are: one under way, one read ahead, and those whose
 * acknowledgement did not reach the log before it was restarted. Nobody knows what of them the cloud has.
 */
const protectedFrames = 4;

export function isOverLimit({ state, context }: OpenedLog): boolean {
  const { head } = state;
  const { outboxMaxEvents, outboxMaxBytes } = context.config;
  return head.upItems - head.ackedItems > outboxMaxEvents || head.upBytes - head.ackedBytes > outboxMaxBytes;
}

/**
 * Turns the oldest half of what may change of the outbox into counted gaps, each followed by the last event of
 * every key of its range, unresolved proposals among them; everything after it keeps its number, with a new
 * chain (docs/protocol.md 11). Returns how many events were lost. Runs alone on the log.
 */
export async function shrinkOutbox(log: OpenedLog): Promise<number> {
  const { head, meta } = log.state;
  log.outbox.rewriting = true;
  try {
    const pointers = await pointersAfter(log, meta.acked, head.upItems);
    const unseen = pointers.findIndex(({ upSeq }) => upSeq > log.outbox.handedOut);
    const settled = Math.max(unseen, protectedFrames * log.context.config.frameEvents);
    const before = pointers[settled - 1];
    // The newest stays: it ties the end of the outbox to the end of the log.
    const half = settled + Math.ceil((pointers.length - settled) / 2);
    const range = pointers.slice(settled, Math.min(half, pointers.length - 1));
    if (!before || unseen === -1 || range.length === 0) return 0;
    const shrunk = await shrink(log, range, before.digest);
    if (shrunk.lost > 0) await rewrite(log, before, range, shrunk, pointers.slice(settled + range.length));
    return shrunk.lost;
  } finally {
    log.outbox.rewriting = false;
    log.outbox.rewrites += 1;
  }
}

type Events = Map<number, EventRecord>;
type Sketch = Omit<Pointer, "chain" | "items" | "bytes">;

interface Shrunk {
  readonly pointers: readonly Sketch[];
  readonly lost: number;
  readonly events: Events;
}

async function shrink(log: OpenedLog, range: readonly Pointer[], digestBefore: DigestSum): Promise<Shrunk> {
  const events: Events = await readScattered(log.store, log.view.meta, logSeqsOf(range));
  const pointers: Sketch[] = [];
  let lost = 0;
  let digest = digestBefore;
  let segment: Pointer[] = [];
  const close = () => {
    const result = shrinkSegment(segment, events, digest);
    pointers.push(...result.pointers);
    lost += result.lost;
    digest = segment.at(-1)?.digest ?? digest;
    segment = [];
  };
  for (const pointer of range) {
    if (pointer.kind === "event" || pointer.kind === "gap") {
      segment.push(pointer);
      continue;
    }
    // Begin and end of a report name each other's numbers, so they stay where they are.
    close();
    pointers.push(pointer);
    digest = pointer.digest;
  }
  close();
  return { pointers, lost, events };
}

/** One gap for what is superseded within the segment, then what is not, in the segment's last numbers. */
function shrinkSegment(segment: readonly Pointer[], events: Events, digestBefore: DigestSum) {
  const keyOf = (pointer: Pointer) => keyOfEvent(rawOf(events, pointer));
  const lastOfKey = new Map<string, Pointer>();
  for (const pointer of segment) if (isStateOf(pointer, events)) lastOfKey.set(keyOf(pointer), pointer);
  const kept = segment.filter((pointer) => isStateOf(pointer, events) && lastOfKey.get(keyOf(pointer)) === pointer);
  const dropped = segment.length - kept.length;
  const first = segment[0];
  const end = segment.at(-1)?.upSeq ?? 0;
  // A gap that is there already may as well stay alone.
  const lost = segment.reduce((sum, { kind }) => sum + (kind === "event" ? 1 : 0), 0) - kept.length;
  if (!first || dropped < 2 || lost === 0) return { pointers: segment, lost: 0 };
  const counted = lost + segment.reduce((sum, pointer) => sum + gapEventsOf(pointer), 0);
  const gapAt = end - kept.length;
  const inline = UpItemCodec.encode({ upSeq: gapAt, gap: { from: first.from, events: counted } });
  const gap = { ...first, upSeq: gapAt, kind: "gap" as const, inline, born: new Uint8Array(), digest: digestBefore };
  const moved = new Map(kept.map((pointer, index) => [keyOf(pointer), gapAt + 1 + index]));
  const digests = digestsAfter(segment, events, kept, digestBefore, keyOf);
  const pointers: Sketch[] = [gap];
  for (const pointer of kept) {
    const upSeq = moved.get(keyOf(pointer)) ?? pointer.upSeq;
    pointers.push({ ...pointer, upSeq, from: upSeq, digest: digests.get(pointer) ?? pointer.digest });
  }
  return { pointers, lost };
}

function isStateOf(pointer: Pointer, events: Events): boolean {
  const record = pointer.kind === "event" ? events.get(pointer.logSeq) : undefined;
  return record !== undefined && endingOf(record.flags) !== "transient";
}

/**
 * What each kept event changes of the digest is the sum of what all events of its key changed: so after the
 * last one the digest is what it was before anything was left out.
 */
function digestsAfter(
  segment: readonly Pointer[],
  events: Events,
  kept: readonly Pointer[],
  digestBefore: DigestSum,
  keyOf: (pointer: Pointer) => string,
): Map<Pointer, DigestSum> {
  const changes = new Map<string, DigestSum>();
  let previous = digestBefore;
  for (const pointer of segment) {
    if (isStateOf(pointer, events)) {
      const change = difference(pointer.digest, previous);
      changes.set(keyOf(pointer), sum(changes.get(keyOf(pointer)), change));
    }
    previous = pointer.digest;
  }
  const digests = new Map<Pointer, DigestSum>();
  let digest = digestBefore;
  for (const pointer of kept) {
    digest = sum(digest, changes.get(keyOf(pointer)));
    digests.set(pointer, digest);
  }
  return digests;
}

function sum(a: DigestSum | undefined, b: DigestSum | undefined): DigestSum {
  const total = replaceEntry({ sum: a?.sum ?? 0n, count: 0 }, undefined, b?.sum ?? 0n);
  return { sum: total.sum, count: (a?.count ?? 0) + (b?.count ?? 0) };
}

function difference(a: DigestSum, b: DigestSum): DigestSum {
  return { sum: replaceEntry({ sum: a.sum, count: 0 }, b.sum, 0n).sum, count: a.count - b.count };
}

/** The range and everything after it, with chain and sums anew, in one write. */
async function rewrite(
  log: OpenedLog,
  before: Pointer,
  range: readonly Pointer[],
  { pointers, lost, events: known }: Shrunk,
  rest: readonly Pointer[],
): Promise<void> {
  const { state, store } = log;
  const { counter } = state.meta.epoch;
  let { chain, items, bytes } = before;
  const transaction = new Transaction();
  for (const { upSeq } of range) transaction.operations.push({ key: pointerKey(counter, upSeq) });
  const sketches = [...pointers, ...rest];
  for (let from = 0; from < sketches.length; from += rewriteStep) {
    const part = sketches.slice(from, from + rewriteStep);
    const unknown = part.filter(({ kind, logSeq }) => kind === "event" && !known.has(logSeq));
    const seqs = unknown.map(({ logSeq }) => logSeq);
    const events = await readScattered(store, state.meta, seqs);
    for (const sketch of part) {
      const raw = known.get(sketch.logSeq)?.raw ?? events.get(sketch.logSeq)?.raw ?? new Uint8Array();
      const item = itemBytes(sketch, raw);
      chain = crc32(item, chain);
      items += 1;
      bytes += item.length;
      const key = pointerKey(counter, sketch.upSeq);
      transaction.put(key, encodePointer(key, { ...sketch, chain, items, bytes }));
    }
  }
  state.head = { ...state.head, upChain: chain, upItems: items, upBytes: bytes };
  transaction.changeMeta(state, { gapEvents: state.meta.gapEvents + lost });
  await store.write(transaction.finish());
  log.view = viewOfState(state);
}

const rewriteStep = 2000;
