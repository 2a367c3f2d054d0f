import { type ErrorCode, hasCode, sleep, systemClock } from "@holdfast/kernel";

const retryMs = 300;

/** The same command again after an answer that was lost: its id keeps it from being done twice. */
export async function settled<T>(ask: () => Promise<T>, endMs: number, retried: readonly ErrorCode[]): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, ...retried) || systemClock.monotonicMs() + retryMs > endMs) throw error;
      await sleep(systemClock, retryMs);
    }
  }
}
