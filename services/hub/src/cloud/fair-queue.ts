/** One request that waits: whoever asks has one at most. */
interface Waiting<T> {
  readonly what: T;
  /** Monotonic ms of this process after which nobody waits for an answer. */
  readonly endsMs: number;
}

/** Why a request left the queue without its turn. */
export type Dropped = "replaced" | "expired";

/**
 * What nodes ask, in turns (docs/protocol.md 7): each has one place, a newer request takes the place of the older one,
 * and who has been served goes to the end. What nobody waits for any more makes room. Pure: the caller has the clock.
 */
export class FairQueue<T> {
  // By who asks, in the order of their turns: a map keeps a key's place when its value is replaced.
  readonly #waiting = new Map<string, Waiting<T>>();
  readonly #max: number;
  readonly #onDropped: (what: T, why: Dropped) => void;

  /** `max`: who may wait at once. `onDropped` hears of each request that will not have its turn. */
  constructor(max: number, onDropped: (what: T, why: Dropped) => void) {
    this.#max = max;
    this.#onDropped = onDropped;
  }

  /** Who waits, those included for whom the time is over since the last look. */
  get size(): number {
    return this.#waiting.size;
  }

  has(asker: string): boolean {
    return this.#waiting.has(asker);
  }

  /** False = full, and nothing was taken. */
  push(asker: string, what: T, endsMs: number, nowMs: number): boolean {
    if (!this.hasRoomFor(asker, nowMs)) return false;
    const older = this.#waiting.get(asker);
    this.#waiting.set(asker, { what, endsMs });
    if (older) this.#onDropped(older.what, "replaced");
    return true;
  }

  /** Whether a request would be taken. */
  hasRoomFor(asker: string, nowMs: number): boolean {
    if (this.#waiting.size < this.#max || this.#waiting.has(asker)) return true;
    for (const [other, { endsMs }] of this.#waiting) if (endsMs <= nowMs) this.#drop(other, "expired");
    return this.#waiting.size < this.#max;
  }

  /** Whose turn it is; undefined = nobody waits. */
  next(nowMs: number): T | undefined {
    for (const [asker, { what, endsMs }] of this.#waiting) {
      if (endsMs > nowMs) return what;
      this.#drop(asker, "expired");
    }
    return undefined;
  }

  /** As `next`, and it is out of the queue. */
  take(nowMs: number): T | undefined {
    const what = this.next(nowMs);
    const [first] = this.#waiting.keys();
    if (first !== undefined) this.#waiting.delete(first);
    return what;
  }

  /** A newer request of the same asker waits elsewhere. */
  replace(asker: string): void {
    if (this.#waiting.has(asker)) this.#drop(asker, "replaced");
  }

  #drop(asker: string, why: Dropped): void {
    const waiting = this.#waiting.get(asker);
    this.#waiting.delete(asker);
    if (waiting) this.#onDropped(waiting.what, why);
  }
}
