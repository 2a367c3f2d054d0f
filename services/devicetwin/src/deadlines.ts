import type { Clock } from "@holdfast/kernel";
import type { Desired } from "./desired.ts";

/** Deadlines that are remembered; the oldest go first. */
const deadlinesMax = 10_000;

/** Until when what has `validForMs` may be written or done, in this life's monotonic time. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #byId = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Infinity = no limit. The first look counts: afterwards the wall clock may jump as it likes. */
  of({ id, validForMs, recordedMs }: Pick<Desired, "id" | "validForMs" | "recordedMs">): number {
    if (validForMs === 0) return Number.POSITIVE_INFINITY;
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const ageMs = this.#clock.wallMs() - recordedMs;
    // Recorded in the future: the clock cannot be trusted, and a late command may do harm.
    const leftMs = ageMs < -skewMs ? 0 : Math.max(0, validForMs - Math.max(0, ageMs));
    const deadlineMs = this.#clock.monotonicMs() + leftMs;
    this.#byId.set(id, deadlineMs);
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= deadlinesMax) break;
      this.#byId.delete(oldest);
    }
    return deadlineMs;
  }
}

/** Steps of a clock that is being disciplined are smaller. */
const skewMs = 1_000;
