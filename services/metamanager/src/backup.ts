import { crc32 } from "node:zlib";
import { HoldfastError, type StoreSnapshot } from "@holdfast/kernel";
import type { BackupEntry, BackupPage, BackupRequest } from "@holdfast/proto";
import type { OpenedLog } from "./opened.ts";
import { spaces } from "./record.ts";
import type { LogView } from "./state.ts";

/** Copies that are read at the same time; each keeps what it shows from being forgotten on disk. */
const copiesMax = 2;
/** Records read at once. */
const stepRecords = 64;
const after = Uint8Array.of(spaces.answer + 1);

interface Copy {
  readonly id: number;
  readonly snapshot: StoreSnapshot;
  readonly view: LogView;
  /** `OpenedLog.openings` under which it was made: it ends with the store. */
  readonly openings: number;
  untilMs: number;
  /** Told to its end. It stays for a while: its last page may have to be told again. */
  ended: boolean;
}

/** Where the next page begins. Repeating a request gives the same page again. */
interface Cursor {
  readonly id: number;
  readonly check: number;
  readonly last: Uint8Array;
}

/**
 * Everything that the store holds, as it was at one moment between two commits, page by page. What a restored copy
 * looks like is what a crash at that moment would have left: every start knows how to go on from there.
 */
export class Backups {
  readonly #log: OpenedLog;
  readonly #copies = new Map<number, Copy>();
  #lastId = 0;

  constructor(log: OpenedLog) {
    this.#log = log;
  }

  /** Errors: `busy`, `expired` (begin again), `invalid_argument`. */
  async page({ cursor }: BackupRequest): Promise<BackupPage> {
    await this.#expire();
    const { clock, config } = this.#log.context;
    const at = cursor === "" ? await this.#begin() : parseCursor(cursor);
    const copy = this.#copies.get(at.id);
    if (!copy) throw new HoldfastError("expired", "cursor: this copy is no longer kept; begin the backup again.");
    copy.untilMs = clock.monotonicMs() + config.pinMs;
    const entries: BackupEntry[] = [];
    let { check, last } = at;
    for (let bytes = 0; bytes < config.pageBytes; ) {
      const found = await copy.snapshot.scan({ gte: keyAfter(last), lt: after, limit: stepRecords });
      for (const [key, value] of found) {
        bytes += key.length + value.length;
        if (entries.length > 0 && bytes > config.pageBytes) break;
        entries.push({ key, value });
        check = crc32(value, crc32(key, check));
        last = key;
      }
      if (found.length < stepRecords && last === (found.at(-1)?.[0] ?? last)) {
        copy.ended = true;
        return this.#page(copy, entries, check);
      }
    }
    return { ...this.#page(copy, entries, check), cursor: printCursor({ id: copy.id, check, last }), more: true };
  }

  /** The store is about to be closed. */
  async close(): Promise<void> {
    for (const copy of this.#copies.values()) await this.#release(copy);
  }

  #page({ view }: Copy, entries: BackupEntry[], check: number): BackupPage {
    const { node, epoch } = view.meta;
    const { bytes: totalBytes } = this.#log;
    return { entries, check, node, epoch, throughSeq: view.head.last, totalBytes, cursor: "", more: false };
  }

  async #begin(): Promise<Cursor> {
    const ended = [...this.#copies.values()].find((copy) => copy.ended);
    if (this.#copies.size >= copiesMax && ended) await this.#release(ended);
    if (this.#copies.size >= copiesMax) {
      throw new HoldfastError("busy", `${copiesMax} backups of this log are under way; try again in a minute.`);
    }
    this.#lastId += 1;
    const { openings, view, store } = this.#log;
    const copy = { id: this.#lastId, snapshot: await store.snapshot(), view, openings, untilMs: 0, ended: false };
    this.#copies.set(copy.id, copy);
    return { id: copy.id, check: 0, last: new Uint8Array() };
  }

  async #expire(): Promise<void> {
    const nowMs = this.#log.context.clock.monotonicMs();
    for (const copy of this.#copies.values()) {
      if (copy.openings !== this.#log.openings) this.#copies.delete(copy.id);
      else if (copy.untilMs !== 0 && copy.untilMs < nowMs) await this.#release(copy);
    }
  }

  async #release(copy: Copy): Promise<void> {
    this.#copies.delete(copy.id);
    await copy.snapshot.release();
  }
}

function keyAfter(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Uint8Array.of(0)]);
}

function printCursor({ id, check, last }: Cursor): string {
  return `${id}/${check}/${Buffer.from(last).toString("base64url")}`;
}

/** Error: `invalid_argument`. */
function parseCursor(text: string): Cursor {
  const found = /^(\d+)\/(\d+)\/([\w-]+)$/.exec(text);
  if (!found) throw new HoldfastError("invalid_argument", "cursor: is not one of a backup of this log.");
  return { id: Number(found[1]), check: Number(found[2]), last: Buffer.from(found[3] ?? "", "base64url") };
}
