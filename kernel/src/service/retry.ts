import { asHoldfastError, HoldfastError } from "@holdfast/proto";
import { sleep } from "./clock.ts";
import type { Context } from "./context.ts";
import { fullJitterMs } from "./random.ts";

const baseMs = 200;
const maxMs = 5000;

/**
 * Does `action` until it succeeds, with full-jitter back-off; for start-up, when what a module needs may
 * not be there yet. Error: `unavailable` when the module is told to stop; errors that no retry can mend pass.
 */
export async function untilDone<T>(context: Context<unknown>, what: string, action: () => Promise<T>): Promise<T> {
  for (let attempt = 0; !context.stopping.aborted; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const { retryable, message } = asHoldfastError(error);
      if (!retryable) throw error;
      if (attempt % 10 === 0) context.logger.info({ reason: message }, `waiting: ${what}`);
      await sleep(context.clock, fullJitterMs(context.random, attempt, baseMs, maxMs), context.stopping);
    }
  }
  throw new HoldfastError("unavailable", `Stopped before it was done: ${what}.`);
}
