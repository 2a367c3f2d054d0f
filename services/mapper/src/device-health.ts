import { fraction, type Random } from "@holdfast/kernel";
import type { DriverError } from "./driver.ts";

export type DeviceState = "online" | "degraded" | "offline" | "quarantined";

export interface HealthLimits {
  readonly offlineAfter: number;
  readonly quarantineAfter: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly quarantineMs: number;
}

/** Half of it is certain, half is chance: never at once, never all together. */
export function backoff(random: Random, attempt: number, baseMs: number, maxMs: number): number {
  const windowMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return windowMs / 2 + (fraction(random) * windowMs) / 2;
}

/** Whether a device answers, and when it is worth asking again: a dead one must not hold the line for the others. */
export class DeviceHealth {
  readonly #limits: HealthLimits;
  readonly #random: Random;
  #failures = 0;
  #state: DeviceState | undefined;
  #reason = "";
  #notBeforeMs = -Infinity;

  constructor(limits: HealthLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Undefined until it was tried for the first time. */
  get state(): DeviceState | undefined {
    return this.#state;
  }

  get reason(): string {
    return this.#reason;
  }

  /** It is not to be read before this monotonic time. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** It fails so often that all its properties are unknown. */
  get isDown(): boolean {
    return this.#state === "offline" || this.#state === "quarantined";
  }

  /** It answered; `trouble` says what of it still fails. True when its state changed. */
  answered(trouble = ""): boolean {
    this.#failures = 0;
    this.#notBeforeMs = -Infinity;
    return this.#become(trouble === "" ? "online" : "degraded", trouble);
  }

  /** It did not. True when its state changed. */
  failed(nowMs: number, error: DriverError): boolean {
    this.#failures++;
    const { offlineAfter, quarantineAfter, backoffMs, backoffMaxMs, quarantineMs } = this.#limits;
    const reason = `${error.kind}: ${error.message}`;
    if (this.#failures >= quarantineAfter) {
      this.#notBeforeMs = nowMs + backoff(this.#random, 0, quarantineMs, quarantineMs);
      return this.#become("quarantined", reason);
    }
    if (this.#failures < offlineAfter) return this.#become("degraded", reason);
    const attempt = this.#failures - offlineAfter;
    this.#notBeforeMs = nowMs + backoff(this.#random, attempt, backoffMs, backoffMaxMs);
    return this.#become("offline", reason);
  }

  /** The whole line is away until then; says nothing about the device itself. True when its state changed. */
  lineDown(untilMs: number, error: DriverError): boolean {
    this.#notBeforeMs = untilMs;
    return this.#become("offline", `${error.kind}: ${error.message}`);
  }

  #become(state: DeviceState, reason: string): boolean {
    const changed = state !== this.#state;
    this.#state = state;
    this.#reason = reason;
    return changed;
  }
}
