import { type Clock, HoldfastError, type JsonObject } from "@holdfast/kernel";
import type { WatchEvent } from "@holdfast/proto";
import { findObject, type Noun } from "./object-view.ts";
import type { PodTable, TableChange } from "./pod-table.ts";

/** Changes that a watcher may be behind; beyond, it has to list again. */
const changesMax = 1000;
const watchersMax = 256;
/** Longest that one request waits for a change. */
export const waitMaxMs = 60_000;

interface Change extends TableChange {
  readonly seq: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: JsonObject;
}

export interface WatchQuery {
  readonly noun: Noun;
  readonly namespace: string;
  readonly afterSeq: number;
  readonly waitMs: number;
  readonly selected: (object: JsonObject) => boolean;
}

/** The last changes of objects on this gateway, for those who watch. */
export class ObjectWatch {
  readonly #clock: Clock;
  readonly #table: PodTable;
  readonly #known = new Map<string, JsonObject>();
  readonly #waiting = new Set<() => void>();
  #changes: Change[] = [];
  #floorSeq = 0;

  constructor(clock: Clock, table: PodTable) {
    this.#clock = clock;
    this.#table = table;
  }

  /** The fold begins again. */
  reset(): void {
    this.#known.clear();
    this.#changes = [];
    this.#floorSeq = Number.MAX_SAFE_INTEGER;
  }

  /** The fold is whole again, up to here. */
  begin(seq: number): void {
    this.#floorSeq = seq;
    this.#changes = [];
  }

  changed(change: TableChange, seq: number): void {
    const { noun, namespace, name } = change;
    const key = `${noun}/${namespace}/${name}`;
    const before = this.#known.get(key);
    const now = findObject(this.#table, noun, namespace, name);
    if (now) this.#known.set(key, now);
    else this.#known.delete(key);
    const object = now ?? before;
    if (!object) return;
    const type = now ? (before ? "MODIFIED" : "ADDED") : "DELETED";
    this.#changes.push({ ...change, seq, type, object });
    const [dropped] = this.#changes.length > changesMax ? this.#changes.splice(0, 1) : [];
    if (dropped) this.#floorSeq = Math.max(this.#floorSeq, dropped.seq);
    this.wakeAll();
  }

  /** Answers at the first change, or with none after the wait. Errors: `expired`, `busy`. */
  async next(query: WatchQuery, stopping: AbortSignal): Promise<WatchEvent[]> {
    const endMs = this.#clock.monotonicMs() + Math.min(query.waitMs, waitMaxMs);
    for (;;) {
      if (query.afterSeq < this.#floorSeq) {
        throw new HoldfastError("expired", "position: the changes since then are no longer known; list again.");
      }
      const events = this.#since(query);
      const leftMs = endMs - this.#clock.monotonicMs();
      if (events.length > 0 || leftMs <= 0 || stopping.aborted) return events;
      await this.#change(leftMs);
    }
  }

  wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #since({ noun, namespace, afterSeq, selected }: WatchQuery): WatchEvent[] {
    const found = this.#changes.filter(
      (change) =>
        change.seq > afterSeq &&
        change.noun === noun &&
        (namespace === "_" || namespace === change.namespace) &&
        selected(change.object),
    );
    return found.map(({ type, object }) => ({ type, object: JSON.stringify(object) }));
  }

  #change(withinMs: number): Promise<void> {
    if (this.#waiting.size >= watchersMax) {
      throw new HoldfastError("busy", `${watchersMax} watches wait already; try again later.`);
    }
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.#clock.after(withinMs, wake);
      this.#waiting.add(wake);
    });
  }
}
