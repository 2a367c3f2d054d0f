import { digestToMessage, HoldfastError } from "@holdfast/kernel";
import type { AckedRequest, Epoch, OutboxPage, OutboxRequest } from "@holdfast/proto";
import { readScattered } from "./events.ts";
import { type OpenedLog, smallJob } from "./opened.ts";
import { decodePointer, itemBytes, type Pointer, pointerKey } from "./pointer.ts";
import { damaged } from "./record.ts";

const nothing = new Uint8Array();

/** The pointers of the current epoch after `upSeq`, at most `limit`. */
export async function pointersAfter(log: OpenedLog, upSeq: number, limit: number): Promise<Pointer[]> {
  const { meta, head } = log.view;
  const range = { gte: pointerKey(meta.epoch.counter, upSeq + 1), lt: pointerKey(meta.epoch.counter, head.upLast + 1) };
  return (await log.store.scan({ ...range, limit })).map(([key, value]) => decodePointer(key, value));
}

async function pointerAt(log: OpenedLog, upSeq: number): Promise<Pointer | undefined> {
  const { meta, head } = log.view;
  if (upSeq < 1 || upSeq > head.upLast) return undefined;
  const key = pointerKey(meta.epoch.counter, upSeq);
  const value = await log.store.get(key);
  return value && decodePointer(key, value);
}

/** The uplink chain at `upSeq`; undefined when it is out of reach. */
export async function chainAt(log: OpenedLog, upSeq: number): Promise<number | undefined> {
  if (upSeq === 0) return 0;
  return (await pointerAt(log, upSeq))?.chain;
}

/**
 * The next items for the cloud: as many as one frame takes; an `end` of a state report alone. Nothing while
 * the epoch is fresh. Errors: `stale_epoch`, `invalid_argument` (before what can be sent again).
 */
export async function outboxPage(log: OpenedLog, request: OutboxRequest): Promise<OutboxPage> {
  for (;;) {
    const { rewrites } = log.outbox;
    log.outbox.handedOut = Math.max(log.outbox.handedOut, request.afterUpSeq + log.context.config.frameEvents);
    const page = await readPage(log, request);
    log.outbox.handedOut = Math.max(log.outbox.handedOut, page.lastUpSeq);
    if (!log.outbox.rewriting && rewrites === log.outbox.rewrites) return page;
    // A range became a gap meanwhile. Nothing of what was there before may reach the cloud.
    await log.committer.exclusively(async () => {});
  }
}

async function readPage(log: OpenedLog, request: OutboxRequest): Promise<OutboxPage> {
  const { meta, head } = log.view;
  const { epoch } = meta;
  refuseOtherEpoch(epoch, request.epoch);
  const after = request.afterUpSeq;
  if (after + 1 < meta.upFirst) {
    throw new HoldfastError("invalid_argument", `after_up_seq: the outbox reaches back to ${meta.upFirst} only.`);
  }
  const pointers = meta.fresh ? [] : await pointersAfter(log, after, log.context.config.frameEvents);
  const items = await itemsOf(log, pointers);
  const last = pointers[items.length - 1];
  if (!last) return { epoch, items: [], lastUpSeq: after, chain: head.upChain, digest: digestToMessage(head.digest) };
  const { upSeq, chain, digest } = last;
  return { epoch, items, lastUpSeq: upSeq, chain, digest: digestToMessage(digest) };
}

async function itemsOf(log: OpenedLog, pointers: readonly Pointer[]): Promise<Uint8Array[]> {
  const page: Pointer[] = [];
  for (const pointer of pointers) {
    if (pointer.kind === "end" && page.length > 0) break;
    page.push(pointer);
    if (pointer.kind === "end") break;
  }
  const events = await readScattered(log.store, log.view.meta, logSeqsOf(page));
  const items: Uint8Array[] = [];
  let bytes = 0;
  for (const pointer of page) {
    const item = itemBytes(pointer, rawOf(events, pointer));
    bytes += item.length;
    if (items.length > 0 && bytes > log.context.config.frameBytes) break;
    items.push(item);
  }
  return items;
}

export function logSeqsOf(pointers: readonly Pointer[]): number[] {
  return pointers.filter(({ kind }) => kind === "event").map(({ logSeq }) => logSeq);
}

/** The bytes of a pointer's event; nothing for the other kinds. Error: `log_damaged`. */
export function rawOf(events: Awaited<ReturnType<typeof readScattered>>, pointer: Pointer): Uint8Array {
  if (pointer.kind !== "event") return nothing;
  const record = events.get(pointer.logSeq);
  if (!record) throw damaged(`event ${pointer.logSeq} is in the outbox and not in the log`);
  return record.raw;
}

/**
 * The cloud has everything up to here (docs/protocol.md 4). Never goes back unless `rewind` says so.
 * Errors: `stale_epoch`, `invalid_argument`.
 */
export async function acked(log: OpenedLog, request: AckedRequest): Promise<void> {
  refuseOtherEpoch(log.view.meta.epoch, request.epoch);
  const { upSeq, rewind } = request;
  if (!rewind && upSeq <= log.view.meta.acked) return;
  const pointer = await pointerAt(log, upSeq);
  if (upSeq !== 0 && !pointer) throw new HoldfastError("invalid_argument", `up_seq: ${upSeq} is not in the outbox.`);
  if (upSeq + 1 < log.view.meta.upFirst) {
    throw new HoldfastError("invalid_argument", `up_seq: the outbox reaches back to ${log.view.meta.upFirst} only.`);
  }
  const job = smallJob((transaction) => {
    const { meta, head } = log.state;
    refuseOtherEpoch(meta.epoch, request.epoch);
    if (!rewind && upSeq <= meta.acked) return;
    transaction.changeMeta(log.state, { acked: upSeq });
    log.state.head = { ...head, ackedItems: pointer?.items ?? 0, ackedBytes: pointer?.bytes ?? 0 };
  });
  await log.committer.submit({ ...job, first: true });
  if (rewind) log.context.stats.count("rewinds");
}

function refuseOtherEpoch(mine: Epoch, theirs: Epoch | undefined): void {
  if (theirs && theirs.counter === mine.counter && theirs.random === mine.random) return;
  throw new HoldfastError("stale_epoch", `The log is in epoch ${mine.counter}.${mine.random}; say hello again.`);
}
