import { batchMax } from "@holdfast/kernel";

/** Of a node that is up to date, or of one that came back or has much to tell. */
export type Turn = "current" | "catchingUp";

/** Weight of the newest measurement. */
const newest = 0.2;
/** What a message of those that catch up costs is counted over about so many: one batch says little. */
const costMessages = 1000;
/** Without a batch of theirs for this long, nobody who is up to date is at work. */
const atWorkMs = 1000;

/**
 * Whose batch is next and how large, by what batches took: each message of one is synced, and whoever comes
 * meanwhile waits for all of it (docs/protocol.md 7). Those that are up to date go first. In between go batches of
 * those that catch up, of one frame, or as long as the others' at the most: so a storm makes a node about twice as
 * late, on a fast disk and on a slow one.
 */
export class BatchPace {
  readonly #batchMs: number;
  readonly #spent = { ms: 20, messages: 100 };
  readonly #current = { batchMs: 0, atMs: Number.NEGATIVE_INFINITY };
  #caughtUpMs = Number.NEGATIVE_INFINITY;

  /** `batchMs`: the longest that a batch of those that catch up should take, and that they wait for one. */
  constructor(batchMs: number) {
    this.#batchMs = batchMs;
  }

  /** A batch was written, and took `tookMs`. All times are of a monotonic clock. */
  written(turn: Turn, messages: number, tookMs: number, nowMs: number): void {
    if (turn === "catchingUp") {
      const kept = 0.5 ** (messages / costMessages);
      this.#spent.ms = this.#spent.ms * kept + tookMs;
      this.#spent.messages = this.#spent.messages * kept + messages;
      this.#caughtUpMs = nowMs;
    } else {
      this.#current.batchMs += newest * (tookMs - this.#current.batchMs);
      this.#current.atMs = nowMs;
    }
  }

  /** Whose turn it is when both wait: there may always be somebody who is up to date. */
  turn(nowMs: number): Turn {
    return nowMs - this.#caughtUpMs >= this.#batchMs ? "catchingUp" : "current";
  }

  /** Messages of the next batch. */
  messagesMax(turn: Turn, nowMs: number): number {
    if (turn === "current") return batchMax;
    const atWork = nowMs - this.#current.atMs < atWorkMs;
    const batchMs = atWork ? Math.min(this.#current.batchMs, this.#batchMs) : this.#batchMs;
    return Math.min(batchMax, Math.ceil(batchMs / this.costMs(1)));
  }

  /** What so many messages of those that catch up cost. */
  costMs(messages: number): number {
    return (messages * this.#spent.ms) / this.#spent.messages;
  }
}
