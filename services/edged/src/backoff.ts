import type { ExitedContainer } from "./runtime.ts";

/** Kubernetes' back-off of restarts: at once, then 10 s, 20 s … 5 min; from the start again after 10 min of running. */
export interface RestartBackoff {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly resetMs: number;
}

/** The label under which a container carries the wait that came before it, so that it outlives edged. */
export const backoffLabel = "holdfast.backoff-ms";

/** How long after its end this container's next life begins. */
export function restartWaitMs(ended: ExitedContainer, backoff: RestartBackoff): number {
  const label = ended.labels[backoffLabel];
  const before = label === undefined ? Number.NaN : Number(label);
  // What a reboot ended did not crash.
  if (!Number.isFinite(before) || ended.endedAgoMs === Number.POSITIVE_INFINITY) return 0;
  return ended.ranForMs >= backoff.resetMs ? 0 : waitAfter(before, backoff);
}

export function waitAfter(beforeMs: number, { baseMs, maxMs }: RestartBackoff): number {
  return beforeMs === 0 ? baseMs : Math.min(maxMs, beforeMs * 2);
}
