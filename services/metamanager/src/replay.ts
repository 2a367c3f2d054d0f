import { HoldfastError, hasCode } from "@holdfast/kernel";
import type { LoggedEvent, ReplayPage, ReplayRequest } from "@holdfast/proto";
import { readEvents } from "./events.ts";
import { dropFloor, floorOf } from "./floor.ts";
import type { OpenedLog } from "./opened.ts";
import {
  afterBasePrefix,
  afterFloorPrefix,
  baseKey,
  decodeBaseRecord,
  entityOfBaseKey,
  floorKey,
  keyOfEvent,
} from "./record.ts";
import type { Base, Floor, LogView } from "./state.ts";

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
  /** Whoever reads so slowly must not hold the history for ever. */
  readonly endMs: number;
  untilMs: number;
}

interface RecordCursor {
  readonly in: "base" | "floor";
  readonly pin: number;
  readonly generation: number;
  readonly after: string;
}

/** Where a replay stands: in the base or the floor after a key, or in the events after a sequence. */
type Cursor = RecordCursor | { readonly in: "events"; readonly pin: number; readonly after: number };

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
    if (pin) {
      const { clock, config } = this.#log.context;
      pin.untilMs = Math.min(clock.monotonicMs() + config.pinMs, pin.endMs);
    }
    if (cursor.in === "events") return this.#events(request, view, cursor.pin, cursor.after, false);
    if (cursor.in === "floor") return this.#floor(request, view, cursor);
    const base = view.meta.bases.find(({ generation }) => generation === cursor.generation) ?? this.#pinnedBase(cursor);
    return base
      ? this.#records(request, view, cursor.pin, inBase(base), cursor.after, false)
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
    const { afterSeq, fromFloor } = request;
    if (fromFloor) return this.#floor(request, view);
    if (afterSeq > 0 && afterSeq >= first - 1 && afterSeq <= view.head.last) {
      return this.#events(request, view, this.#pin({ generation: -1, floor: afterSeq + 1 }), afterSeq, false);
    }
    const [base] = bases;
    if (!base) throw new HoldfastError("unavailable", "The log has no base yet.");
    const pin = this.#pin({ generation: base.generation, floor: base.seq + 1, base });
    return this.#records(request, view, pin, inBase(base), "", true);
  }

  /** The state before the history (docs/protocol.md 13), then all of the history. */
  async #floor(request: ReplayRequest, view: LogView, cursor?: RecordCursor): Promise<ReplayPage> {
    const floor = floorOf(view.meta);
    if (!floor) {
      const words = "The log is still writing down the state before its history; ask again in a moment.";
      throw new HoldfastError("unavailable", words);
    }
    // One that moved on has forgotten what the pages before told: it begins again.
    const goesOn = cursor?.generation === floor.seq;
    const pin = goesOn ? cursor.pin : this.#pin({ generation: -1, floor: floor.seq + 1 });
    try {
      const page = await this.#records(request, view, pin, inFloor(floor), goesOn ? cursor.after : "", !goesOn);
      return goesOn ? page : { ...page, floorSeq: floor.seq, floorAtMs: floor.atMs };
    } catch (error) {
      if (!hasCode(error, "log_damaged")) throw error;
      await dropFloor(this.#log);
      throw new HoldfastError("unavailable", "The state before the history was damaged; it is written anew.");
    }
  }

  async #records(
    request: ReplayRequest,
    view: LogView,
    pin: number,
    records: Records,
    after: string,
    fromBase: boolean,
  ): Promise<ReplayPage> {
    const events: LoggedEvent[] = [];
    const size = { bytes: 0 };
    const told = { fromBase, epoch: view.meta.epoch, floorSeq: 0, floorAtMs: 0 };
    let from = after === "" ? records.keyOf("") : Buffer.concat([records.keyOf(after), Uint8Array.of(0)]);
    for (const prefix of ranges(request.prefixes)) {
      const begin = records.keyOf(prefix);
      const end = records.endOf(prefix);
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
          const cursor = printCursor({ ...records.cursor, pin, after: entityOfBaseKey(key) });
          return { ...told, events, throughSeq: 0, cursor, more: true };
        }
        if (entries.length < limit) break;
      }
    }
    const { seq } = records;
    const cursor = printCursor({ in: "events", pin, after: seq });
    const more = view.head.last > seq;
    if (!more) this.#pins.delete(pin);
    return { ...told, events, throughSeq: seq, cursor, more };
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
    return { events, throughSeq: through, cursor, more, fromBase, epoch: meta.epoch, floorSeq: 0, floorAtMs: 0 };
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
    const { clock, config } = this.#log.context;
    const nowMs = clock.monotonicMs();
    this.#pins.set(this.#lastPin, { ...pin, untilMs: nowMs + config.pinMs, endMs: nowMs + config.pinTotalMs });
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

/** Records by key that a replay begins with: a generation of the base, or the floor. */
interface Records {
  readonly seq: number;
  readonly cursor: { readonly in: "base" | "floor"; readonly generation: number };
  keyOf(entity: string): Uint8Array;
  endOf(prefix: string): Uint8Array;
}

function inBase({ seq, generation }: Base): Records {
  return {
    seq,
    cursor: { in: "base", generation },
    keyOf: (entity) => baseKey(generation, entity),
    endOf: (prefix) => (prefix === "" ? baseKey(generation + 1, "") : afterBasePrefix(generation, prefix)),
  };
}

/** A floor has no generations: where it stands tells one from the next. */
function inFloor({ seq }: Floor): Records {
  return { seq, cursor: { in: "floor", generation: seq }, keyOf: floorKey, endOf: afterFloorPrefix };
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
  const found = /^(?:events\/(\d+)\/(\d+)|(base|floor)\/(\d+)\/(\d+)\/(.*))$/s.exec(text);
  if (!found) throw new HoldfastError("invalid_argument", "cursor: is not one of this log.");
  if (found[1] !== undefined) return { in: "events", pin: Number(found[1]), after: Number(found[2]) };
  const space = found[3] === "floor" ? "floor" : "base";
  return { in: space, pin: Number(found[4]), generation: Number(found[5]), after: found[6] ?? "" };
}
