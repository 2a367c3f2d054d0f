import { HoldfastError } from "@holdfast/kernel";
import type { LoggedEvent, ReplayPage, ReplayRequest } from "@holdfast/proto";
import { readEvents } from "./events.ts";
import type { OpenedLog } from "./opened.ts";
import { afterBasePrefix, baseKey, decodeBaseRecord, entityOfBaseKey, keyOfEvent } from "./record.ts";
import type { Base, LogView } from "./state.ts";

/** Replays at once; more are refused with `busy`. */
const pinsMax = 256;
/** Events read from the store for one page, whatever part of them the filter takes. */
const scanEvents = 4000;
/** Records read at once at least. */
const stepEvents = 32;

/** What a replay still has to read. */
interface Pin {
  readonly generation: number;
  readonly floor: number;
  readonly base?: Base;
  untilMs: number;
}

/** Where a replay stands: in the base after a key, or in the events after a sequence. */
type Cursor =
  | { readonly in: "base"; readonly pin: number; readonly generation: number; readonly after: string }
  | { readonly in: "events"; readonly pin: number; readonly after: number };

/** Pages of base and events for those who fold the log (docs/protocol.md 3). */
export class Replays {
  readonly #log: OpenedLog;
  readonly #pins = new Map<number, Pin>();
  #lastPin = 0;
  /** Of a record, on average, lately. */
  #recordBytes = 256;
  // Pages are asked for one after the other, so the chain at the end of one is what the next begins with.
  readonly #chains = new Map<number, { readonly seq: number; readonly chain: number; readonly openings: number }>();

  constructor(log: OpenedLog) {
    this.#log = log;
  }

  /** Errors: `invalid_argument` for a cursor that is not of this log; `busy`. */
  async page(request: ReplayRequest): Promise<ReplayPage> {
    const { view } = this.#log;
    if (request.cursor === "") return this.#begin(request, view);
    const cursor = parseCursor(request.cursor);
    const pin = this.#pins.get(cursor.pin);
    if (pin) pin.untilMs = this.#log.context.clock.monotonicMs() + this.#log.context.config.pinMs;
    if (cursor.in === "events") return this.#events(request, view, cursor.pin, cursor.after, false);
    const base = view.meta.bases.find(({ generation }) => generation === cursor.generation) ?? this.#pinnedBase(cursor);
    return base
      ? this.#base(request, view, cursor.pin, base, cursor.after, false)
      : this.#begin({ ...request, afterSeq: 0 }, view);
  }

  /** The oldest event that a replay under way may still ask for. */
  floor(): number {
    this.#expire();
    let floor = Number.MAX_SAFE_INTEGER;
    for (const pin of this.#pins.values()) floor = Math.min(floor, pin.floor);
    return floor;
  }

  isPinned(generation: number): boolean {
    this.#expire();
    for (const pin of this.#pins.values()) if (pin.generation === generation) return true;
    return false;
  }

  #begin(request: ReplayRequest, view: LogView): Promise<ReplayPage> {
    const { first, bases } = view.meta;
    const { afterSeq } = request;
    if (afterSeq > 0 && afterSeq >= first - 1 && afterSeq <= view.head.last) {
      return this.#events(request, view, this.#pin({ generation: -1, floor: afterSeq + 1 }), afterSeq, false);
    }
    const [base] = bases;
    if (!base) throw new HoldfastError("unavailable", "The log has no base yet.");
    const pin = this.#pin({ generation: base.generation, floor: base.seq + 1, base });
    return this.#base(request, view, pin, base, "", true);
  }

  async #base(request: ReplayRequest, view: LogView, pin: number, base: Base, after: string, fromBase: boolean) {
    const events: LoggedEvent[] = [];
    const size = { bytes: 0 };
    let from =
      after === "" ? baseKey(base.generation, "") : Buffer.concat([baseKey(base.generation, after), Uint8Array.of(0)]);
    for (const prefix of ranges(request.prefixes)) {
      const begin = baseKey(base.generation, prefix);
      const end = prefix === "" ? baseKey(base.generation + 1, "") : afterBasePrefix(base.generation, prefix);
      if (Buffer.compare(from, end) >= 0) continue;
      if (Buffer.compare(from, begin) < 0) from = begin;
      for (;;) {
        const limit = this.#fitting(events.length, size);
        const entries = await this.#log.store.scan({ gte: from, lt: end, limit });
        for (const [key, value] of entries) {
          const { seq, raw } = decodeBaseRecord(key, value);
          events.push({ seq, event: raw });
          from = Buffer.concat([key, Uint8Array.of(0)]);
          if (!this.#isFull(events.length, size, raw)) continue;
          const cursor = printCursor({ in: "base", pin, generation: base.generation, after: entityOfBaseKey(key) });
          return { events, throughSeq: 0, cursor, more: true, fromBase, epoch: view.meta.epoch };
        }
        if (entries.length < limit) break;
      }
    }
    const cursor = printCursor({ in: "events", pin, after: base.seq });
    const more = view.head.last > base.seq;
    if (!more) this.#pins.delete(pin);
    return { events, throughSeq: base.seq, cursor, more, fromBase, epoch: view.meta.epoch };
  }

  async #events(
    request: ReplayRequest,
    view: LogView,
    pin: number,
    after: number,
    fromBase: boolean,
  ): Promise<ReplayPage> {
    const { meta, head } = view;
    if (after < meta.first - 1 || after > head.last) return this.#begin({ ...request, afterSeq: 0 }, view);
    const known = this.#chains.get(pin);
    let chain = known?.seq === after && known.openings === this.#log.openings ? known.chain : undefined;
    const events: LoggedEvent[] = [];
    const size = { bytes: 0 };
    const { prefixes } = request;
    let through = after;
    let full = false;
    while (!full && through < head.last && through - after < scanEvents) {
      const range = { from: through + 1, to: head.last, limit: this.#fitting(events.length, size) };
      for (const record of await readEvents(this.#log.store, meta, range, chain)) {
        through = record.seq;
        chain = record.chain;
        if (prefixes.length > 0 && !matches(keyOfEvent(record.raw), prefixes)) continue;
        events.push({ seq: record.seq, event: record.raw });
        full = this.#isFull(events.length, size, record.raw);
        if (full) break;
      }
    }
    const more = through < head.last;
    if (more && chain !== undefined) this.#chains.set(pin, { seq: through, chain, openings: this.#log.openings });
    if (!more) this.#forget(pin);
    const cursor = printCursor({ in: "events", pin, after: through });
    return { events, throughSeq: through, cursor, more, fromBase, epoch: meta.epoch };
  }

  /** About as many records as still fit: what is read and verified beyond them would be read again. */
  #fitting(events: number, { bytes }: { readonly bytes: number }): number {
    const { pageEvents, pageBytes } = this.#log.context.config;
    const byBytes = Math.ceil((pageBytes - bytes) / this.#recordBytes);
    return Math.min(pageEvents - events, Math.max(byBytes, stepEvents));
  }

  #isFull(events: number, size: { bytes: number }, raw: Uint8Array): boolean {
    const { pageEvents, pageBytes } = this.#log.context.config;
    size.bytes += raw.length;
    this.#recordBytes += (raw.length - this.#recordBytes) / 64;
    return events >= pageEvents || size.bytes >= pageBytes;
  }

  #pin(pin: { readonly generation: number; readonly floor: number; readonly base?: Base }): number {
    this.#expire();
    if (this.#pins.size >= pinsMax) throw new HoldfastError("busy", `${pinsMax} replays are under way already.`);
    this.#lastPin += 1;
    const untilMs = this.#log.context.clock.monotonicMs() + this.#log.context.config.pinMs;
    this.#pins.set(this.#lastPin, { ...pin, untilMs });
    return this.#lastPin;
  }

  #pinnedBase({ pin }: Cursor): Base | undefined {
    return this.#pins.get(pin)?.base;
  }

  #forget(pin: number): void {
    this.#pins.delete(pin);
    this.#chains.delete(pin);
  }

  #expire(): void {
    const nowMs = this.#log.context.clock.monotonicMs();
    for (const [id, { untilMs }] of this.#pins) if (untilMs < nowMs) this.#forget(id);
  }
}

/** Prefixes in the order of keys, none inside another. */
function ranges(prefixes: readonly string[]): string[] {
  if (prefixes.length === 0) return [""];
  const sorted = [...prefixes].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.filter((prefix, index) => !sorted.slice(0, index).some((other) => prefix.startsWith(other)));
}

function matches(key: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) if (key.startsWith(prefix)) return true;
  return false;
}

function printCursor(cursor: Cursor): string {
  const at = `${cursor.in}/${cursor.pin}`;
  return cursor.in === "events" ? `${at}/${cursor.after}` : `${at}/${cursor.generation}/${cursor.after}`;
}

/** Error: `invalid_argument`. */
function parseCursor(text: string): Cursor {
  const found = /^(?:events\/(\d+)\/(\d+)|base\/(\d+)\/(\d+)\/(.*))$/s.exec(text);
  if (!found) throw new HoldfastError("invalid_argument", "cursor: is not one of this log.");
  if (found[1] !== undefined) return { in: "events", pin: Number(found[1]), after: Number(found[2]) };
  return { in: "base", pin: Number(found[3]), generation: Number(found[4]), after: found[5] ?? "" };
}
