import type { Random } from "@holdfast/kernel";
import { backoff, type DeviceHealth, type HealthLimits } from "./device-health.ts";
import type { Batch, Point } from "./driver.ts";

/** One read that is repeated. */
export interface Poll<B extends Batch = Batch> {
  readonly batch: B;
  readonly device: string;
  readonly periodMs: number;
  dueMs: number;
  failures: number;
  /** Why it failed last; "" while it succeeds. */
  trouble: string;
}

/** Longest pause of a read that keeps failing while its device answers others. */
const pollBackoffMaxMs = 60_000;

/** Points of one device with one cycle are read together; `plan` joins them further. */
export function pollsOf<V, B extends Batch<V>>(
  points: readonly Point<V>[],
  plan: (points: readonly Point<V>[]) => readonly B[],
  nowMs: number,
): Poll<B>[] {
  const groups = new Map<string, Point<V>[]>();
  for (const point of points) {
    const key = `${point.device} ${point.property.collectMs}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { device, property } = first;
    return plan(group).map((batch) => ({
      batch,
      device,
      periodMs: property.collectMs,
      dueMs: nowMs,
      failures: 0,
      trouble: "",
    }));
  });
}

/** Which read is next on one line. Everything is decided by times that are given. */
export class Schedule<B extends Batch = Batch> {
  readonly polls: readonly Poll<B>[];
  readonly #healthOf: (device: string) => DeviceHealth;
  readonly #limits: HealthLimits;
  readonly #random: Random;

  constructor(
    polls: readonly Poll<B>[],
    healthOf: (device: string) => DeviceHealth,
    limits: HealthLimits,
    random: Random,
  ) {
    this.polls = polls;
    this.#healthOf = healthOf;
    this.#limits = limits;
    this.#random = random;
  }

  /** The read that has been due for longest, or when the next one will be. Undefined = never. */
  next(nowMs: number): { readonly poll: Poll<B> } | { readonly atMs: number } | undefined {
    let first: Poll<B> | undefined;
    let firstMs = Infinity;
    for (const poll of this.polls) {
      const atMs = Math.max(poll.dueMs, this.#healthOf(poll.device).notBeforeMs);
      if (atMs >= firstMs) continue;
      firstMs = atMs;
      first = poll;
    }
    if (first === undefined) return undefined;
    return firstMs <= nowMs ? { poll: first } : { atMs: firstMs };
  }

  /** Back to its rhythm. Returns the number of turns that were missed because the line is too slow. */
  succeeded(poll: Poll<B>, nowMs: number): number {
    poll.failures = 0;
    poll.trouble = "";
    const turns = Math.max(1, Math.floor((nowMs - poll.dueMs) / poll.periodMs) + 1);
    poll.dueMs += turns * poll.periodMs;
    return turns - 1;
  }

  /** A read that fails while others succeed is repeated less and less often; failing reads take turns. */
  failed(poll: Poll<B>, nowMs: number, trouble: string): void {
    poll.failures++;
    poll.trouble = trouble;
    const pauseMs = backoff(this.#random, poll.failures - 1, this.#limits.backoffMs, pollBackoffMaxMs);
    poll.dueMs = nowMs + Math.max(poll.periodMs, poll.failures > 1 ? pauseMs : 0);
  }

  /** What of this device fails at present; "" = nothing. */
  troubleOf(device: string): string {
    return this.polls.find((poll) => poll.device === device && poll.failures > 0)?.trouble ?? "";
  }

  /** The device answers again: what it did not say meanwhile is read at once. */
  revived(device: string, nowMs: number): void {
    for (const poll of this.polls) {
      if (poll.device === device && poll.failures > 0) poll.dueMs = Math.min(poll.dueMs, nowMs);
    }
  }
}
