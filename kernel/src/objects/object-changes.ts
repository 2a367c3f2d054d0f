import { HoldfastError, type WatchEvent } from "@holdfast/proto";
import type { Clock } from "../service/clock.ts";
import { labelSelector } from "./label-selector.ts";
import { answerBytesMax } from "./list-page.ts";
import type { JsonObject } from "./object-reader.ts";

/** Changes that a watcher may be behind; beyond, it has to list again. */
const changesMax = 1000;
const watchersMax = 256;
/** Longest that one request waits. */
export const waitMaxMs = 60_000;

/** Where an object is found; `namespace` "_" in a query = all of them. */
export interface ObjectPlace {
  readonly noun: string;
  readonly namespace: string;
}

export interface ObjectQuery extends ObjectPlace {
  readonly afterSeq: number;
  readonly waitMs: number;
  readonly labelSelector: string;
}

interface Change<T> extends ObjectPlace {
  readonly seq: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

export interface ObjectChangesPage {
  readonly events: readonly WatchEvent[];
  /** Set when there are more: the sequence of the last one here. */
  readonly cutAtSeq?: number;
}

/** The last changes of objects on a gateway, for those who watch. `T` is how its owner keeps an object. */
export class ObjectChanges<T> {
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  readonly #present: (object: T) => JsonObject;
  readonly #known = new Map<string, T>();
  readonly #waiting = new Set<() => void>();
  #changes: Change<T>[] = [];
  #floorSeq = Number.MAX_SAFE_INTEGER;

  constructor(world: { readonly clock: Clock; readonly stopping: AbortSignal }, present: (object: T) => JsonObject) {
    this.#clock = world.clock;
    this.#stopping = world.stopping;
    this.#present = present;
  }

  /** The fold begins again: until `begin` nobody can say what changed. */
  reset(): void {
    this.#known.clear();
    this.#changes = [];
    this.#floorSeq = Number.MAX_SAFE_INTEGER;
    this.wakeAll();
  }

  /** The fold is whole, up to here. */
  begin(seq: number): void {
    this.#floorSeq = seq;
    this.#changes = [];
  }

  get hasBegun(): boolean {
    return this.#floorSeq !== Number.MAX_SAFE_INTEGER;
  }

  /** `now`: the object after the change; undefined = it is gone. */
  changed({ noun, namespace }: ObjectPlace, name: string, now: T | undefined, seq: number): void {
    const key = JSON.stringify([noun, namespace, name]);
    const before = this.#known.get(key);
    if (now === undefined) this.#known.delete(key);
    else this.#known.set(key, now);
    const object = now ?? before;
    if (object === undefined || !this.hasBegun) return;
    const type = now === undefined ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED";
    this.#changes.push({ noun, namespace, seq, type, object });
    if (this.#changes.length > changesMax) this.#floorSeq = this.#changes.shift()?.seq ?? this.#floorSeq;
    this.wakeAll();
  }

  /** Answers at the first change, or with none after the wait. Errors: `expired`, `busy`, `invalid_argument`. */
  async next(query: ObjectQuery): Promise<ObjectChangesPage> {
    const isSelected = labelSelector(query.labelSelector);
    const endMs = this.#clock.monotonicMs() + Math.min(query.waitMs, waitMaxMs);
    for (;;) {
      if (query.afterSeq < this.#floorSeq) {
        throw new HoldfastError("expired", "position: the changes since then are no longer known; list again.");
      }
      const page = this.#since(query, isSelected);
      const leftMs = endMs - this.#clock.monotonicMs();
      if (page.events.length > 0 || leftMs <= 0 || this.#stopping.aborted) return page;
      await this.#change(leftMs);
    }
  }

  /** Lets those who wait look again; they answer when the module is stopping. */
  wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #since(query: ObjectQuery, isSelected: (object: JsonObject) => boolean): ObjectChangesPage {
    const { noun, namespace, afterSeq } = query;
    const events: WatchEvent[] = [];
    let bytes = 0;
    let lastSeq = afterSeq;
    for (const change of this.#changes) {
      const isIn = namespace === "_" || namespace === change.namespace;
      if (change.seq <= afterSeq || change.noun !== noun || !isIn) continue;
      const object = this.#present(change.object);
      if (!isSelected(object)) continue;
      const text = JSON.stringify(object);
      bytes += Buffer.byteLength(text);
      if (events.length > 0 && bytes > answerBytesMax) return { events, cutAtSeq: lastSeq };
      events.push({ type: change.type, object: text });
      lastSeq = change.seq;
    }
    return { events };
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
