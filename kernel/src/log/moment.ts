import type { ClockDoubt } from "@holdfast/proto";

/** Nothing of ours happened before: a clock that says so has not been set. */
export const plausibleFromMs = Date.UTC(2025, 0, 1);
/** Clocks are disciplined in small steps, and events of one moment may be told in another order. */
const toleranceMs = 2_000;
/** A clock that is ahead of another one by more than this is taken for one that was not set. */
const aheadMaxMs = 10 * 60_000;

/** What an event says of when it happened. */
export interface Claim {
  readonly wallMs: number;
  /** By this time it had happened, as another clock says; undefined = nobody knows. */
  readonly knownByMs?: number | undefined;
  /** Monotonic time of the process that says so; absent = not known. */
  readonly monotonicMs?: number | undefined;
  /** One life of one process: only its monotonic times can be compared. */
  readonly life: string;
  /** Known on this bus alone: it can end the moment but not open it again, so that both buses choose alike. */
  readonly local?: boolean;
}

/** How far a choice can be trusted. */
export interface Verdict {
  /** Claimed by the last event before; 0 = there is none. */
  readonly atMs: number;
  readonly doubt: ClockDoubt;
}

interface Side {
  readonly claim: Claim;
  /** Wall time minus monotonic time, the last word of its process. */
  lastOffsetMs: number | undefined;
}

/**
 * Finds a time in a sequence of events, in one pass: their order is that of the log and never comes from clocks
 * (docs/protocol.md 13). The moment is before the first event from which on every plausible claim is later than the
 * time. So a later time never gives an earlier moment, whatever the clocks did.
 */
export class Moment {
  readonly #atMs: number;
  #before: Side | undefined;
  #after: Side | undefined;
  /** Events without a plausible claim between the two. */
  #unclaimed = 0;
  #latestMs = 0;
  #latestCountedMs = 0;
  #earliestAfterMs = Number.POSITIVE_INFINITY;

  constructor(atMs: number) {
    this.#atMs = atMs;
  }

  /** The events taken last lie after the moment, as far as is known: a later one may still claim an earlier time. */
  get isOver(): boolean {
    return this.#after !== undefined;
  }

  /** The next event in the order of the log. */
  take(claim: Claim): void {
    const { wallMs, life, local = false } = claim;
    if (local && (wallMs <= this.#atMs || this.#after)) return;
    if (!isPlausible(claim)) {
      if (!this.#after && !local) this.#unclaimed += 1;
      return;
    }
    const lastOffsetMs = offsetOf(claim);
    for (const side of [this.#before, this.#after]) if (side?.claim.life === life) side.lastOffsetMs = lastOffsetMs;
    this.#latestMs = Math.max(this.#latestMs, wallMs);
    if (wallMs <= this.#atMs) {
      this.#before = { claim, lastOffsetMs };
      this.#after = undefined;
      this.#unclaimed = 0;
      this.#latestCountedMs = this.#latestMs;
    } else if (!this.#after) {
      this.#after = { claim, lastOffsetMs };
      this.#earliestAfterMs = wallMs;
    } else {
      this.#earliestAfterMs = Math.min(this.#earliestAfterMs, wallMs);
    }
  }

  /** After the last event. */
  verdict(): Verdict {
    return { atMs: this.#before?.claim.wallMs ?? 0, doubt: this.#doubt() };
  }

  #doubt(): ClockDoubt {
    if (this.#unclaimed > 0) return "implausible";
    const before = this.#before?.claim.wallMs ?? 0;
    if (this.#before && this.#latestCountedMs > before + toleranceMs) return "backwards";
    if (this.#after && this.#earliestAfterMs < this.#after.claim.wallMs - toleranceMs) return "backwards";
    return isStepped(this.#before) || isStepped(this.#after) ? "stepped" : "none";
  }
}

function isPlausible({ wallMs, knownByMs }: Claim): boolean {
  if (wallMs < plausibleFromMs) return false;
  // A clock that is not set itself knows of nobody that his is ahead.
  return knownByMs === undefined || knownByMs < plausibleFromMs || wallMs <= knownByMs + aheadMaxMs;
}

function offsetOf({ wallMs, monotonicMs }: Claim): number | undefined {
  return monotonicMs === undefined ? undefined : wallMs - monotonicMs;
}

/** The last word of a process about its clock is believed: what it said before differs from it. */
function isStepped(side: Side | undefined): boolean {
  const offsetMs = side && offsetOf(side.claim);
  if (offsetMs === undefined || side?.lastOffsetMs === undefined) return false;
  return Math.abs(side.lastOffsetMs - offsetMs) > toleranceMs;
}
