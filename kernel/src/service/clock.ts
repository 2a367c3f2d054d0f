import { HoldfastError } from "@holdfast/proto";

export type Cancel = () => void;

/** Time as a value. Order and timeouts never come from the wall clock (docs/protocol.md 13). */
export interface Clock {
  /** Wall time in ms since 1970; may jump; only for people to read. */
  wallMs(): number;
  /** Monotonic time in ms since an arbitrary start of this process. */
  monotonicMs(): number;
  /** Calls `action` once after `delayMs`; the result cancels it. */
  after(delayMs: number, action: () => void): Cancel;
}

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal?.addEventListener("abort", finish);
  });
}

/** Calls `action` every `periodMs` until cancelled; the next wait starts when `action` has ended. */
export function every(clock: Clock, periodMs: number, action: () => void | Promise<void>): Cancel {
  let stopped = false;
  let cancel: Cancel = () => {};
  const turn = async () => {
    await action();
    if (!stopped) cancel = clock.after(periodMs, turn);
  };
  cancel = clock.after(periodMs, turn);
  return () => {
    stopped = true;
    cancel();
  };
}

/** Rejects with code `timeout` when `work` has not ended within `timeoutMs`. */
export function withDeadline<T>(clock: Clock, timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () =>
      reject(new HoldfastError("timeout", `${what} took longer than ${timeoutMs} ms`)),
    );
    work.then(resolve, reject).finally(cancel);
  });
}
