import { LogEventCodec } from "@holdfast/proto";
import { clearRange } from "./base.ts";
import { readEvents } from "./events.ts";
import { raiseFloor } from "./floor.ts";
import { type OpenedLog, viewOfState } from "./opened.ts";
import { pointersAfter } from "./outbox.ts";
import { type Pointer, pointerKey } from "./pointer.ts";
import { type EventRecord, eventKey } from "./record.ts";
import { Transaction } from "./state.ts";

/** Events looked at in one step. */
const stepEvents = 1000;
/** Of an event on the disk, besides its own bytes. */
const recordOverhead = 19;

/**
 * Forgets the oldest events that nobody needs: beyond the history, folded into both kept generations of the
 * base, acknowledged by the cloud and followed by enough that were, read by no replay (docs/protocol.md 3, 4). One
 * step; true = there may be more.
 */
export async function trimHistory(
  log: OpenedLog,
  pinnedFloor: () => number,
  isCurrent: () => boolean,
): Promise<boolean> {
  const moved = await log.committer.exclusively(() => moveFirst(log, pinnedFloor()));
  if (moved === 0) return false;
  const { epoch, first, upFirst } = log.view.meta;
  await clearRange(log, eventKey(0), eventKey(first), isCurrent);
  // The pointer before the first that can be sent stays for its chain.
  if (upFirst > 1) {
    await clearRange(log, pointerKey(epoch.counter, 0), pointerKey(epoch.counter, upFirst - 1), isCurrent);
  }
  log.context.stats.count("events_forgotten", moved);
  return true;
}

/** Written before anything is deleted: a crash between the two leaves litter, never a hole. */
async function moveFirst(log: OpenedLog, pinnedFloor: number): Promise<number> {
  const { state, store } = log;
  const { meta, head } = state;
  const floor = Math.min(await neededFrom(log), pinnedFloor, head.last);
  const to = Math.min(meta.first + stepEvents, floor) - 1;
  if (to < meta.first || !(exceeds(log, head.historyBytes) || (await isOld(log, to)))) return 0;
  const events = await readEvents(store, meta, { from: meta.first, to, limit: stepEvents });
  const last = events.at(-1);
  if (!last) return 0;
  const transaction = new Transaction();
  raiseFloor(log, transaction, events);
  transaction.changeMeta(state, {
    first: last.seq + 1,
    firstChain: last.chain,
    upFirst: Math.max(meta.upFirst, await firstPointerFrom(log, last.seq + 1)),
  });
  state.head = { ...head, historyBytes: Math.max(0, head.historyBytes - sizeOf(events)) };
  await store.write(transaction.finish());
  log.view = viewOfState(state);
  return events.length;
}

function exceeds({ context, pressed }: OpenedLog, historyBytes: number): boolean {
  const { historyBytes: limit, softBytes } = context.config;
  // Under pressure half of the history has to do.
  return historyBytes > Math.min(limit, softBytes / 2) / (pressed ? 2 : 1);
}

/** A whole step is beyond the age of the history. */
async function isOld(log: OpenedLog, seq: number): Promise<boolean> {
  const { meta } = log.state;
  const { historyMs } = log.context.config;
  if (seq - meta.first + 1 < stepEvents) return false;
  const [record] = await readEvents(log.store, meta, { from: seq, to: seq, limit: 1 });
  const wallMs = record && LogEventCodec.decode(record.raw).stamp?.wallMs;
  return wallMs !== undefined && wallMs < log.context.clock.wallMs() - historyMs;
}

/** The first event that must stay, whatever the limits of the history say. */
async function neededFrom(log: OpenedLog): Promise<number> {
  const { meta } = log.state;
  // None under pressure: a log of large events would refuse commands for ever.
  const sendable = log.pressed ? 0 : log.context.config.historyEvents;
  const base = (meta.bases.at(-1)?.seq ?? meta.first - 1) + 1;
  const from = Math.max(0, meta.acked - sendable);
  for await (const { logSeq } of eventPointers(log, from, 8)) return Math.min(base, logSeq);
  return base;
}

/** The first upSeq that can still be sent when events before `seq` are gone. */
async function firstPointerFrom(log: OpenedLog, seq: number): Promise<number> {
  const { meta } = log.state;
  let last = Math.max(0, meta.upFirst - 1);
  for await (const { logSeq, upSeq } of eventPointers(log, last, stepEvents)) {
    if (logSeq >= seq) break;
    last = upSeq;
  }
  return Math.min(last, meta.acked) + 1;
}

/** The numbered events after `upSeq`. Their sequences grow, those of the other kinds of items do not. */
async function* eventPointers(log: OpenedLog, upSeq: number, pageSize: number): AsyncIterable<Pointer> {
  let after = upSeq;
  for (;;) {
    const page = await pointersAfter(log, after, pageSize);
    for (const pointer of page) if (pointer.kind === "event") yield pointer;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = last.upSeq;
  }
}

function sizeOf(events: readonly EventRecord[]): number {
  let bytes = 0;
  for (const { raw } of events) bytes += raw.length + recordOverhead;
  return bytes;
}
