import type { Clock } from "@holdfast/kernel";

/** Tells those who wait that something changed. */
export interface Signal {
  notify(): void;
  /** Resolves at the next `notify`, at the latest after `timeoutMs`. */
  next(clock: Clock, timeoutMs: number): Promise<void>;
}

export function createSignal(): Signal {
  let waiting = new Set<() => void>();
  return {
    notify() {
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
    next: (clock, timeoutMs) =>
      new Promise((resolve) => {
        const wake = () => {
          cancel();
          waiting.delete(wake);
          resolve();
        };
        const cancel = clock.after(timeoutMs, wake);
        waiting.add(wake);
      }),
  };
}
