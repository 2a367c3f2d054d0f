import { fraction, type Random } from "@holdfast/kernel";

/** A turn is given for well before the one in front is over, so that nothing stands idle; who is early asks again. */
const overlap = 0.5;
/** Nobody who was told a turn comes with others: spread over this much more. */
const spread = 0.1;

interface TurnLimits {
  readonly retryAfterMs: number;
  readonly retryMaxMs: number;
}

/** When to come back, for those who find a queue full: one after the other, as fast as they are served. */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #random: Random;
  #lastMs = 0;

  constructor(limits: TurnLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** ms until the next turn that is free; `costMs`: what one takes. Never 0. */
  next(nowMs: number, costMs: number): number {
    this.#lastMs = Math.max(this.#lastMs + overlap * costMs, nowMs + this.#limits.retryAfterMs);
    const afterMs = Math.min(this.#lastMs - nowMs, this.#limits.retryMaxMs);
    return Math.max(1, Math.ceil(afterMs * (1 + spread * fraction(this.#random))));
  }
}
