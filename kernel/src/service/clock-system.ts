import type { Clock } from "./clock.ts";

/** Longer delays make `setTimeout` fire at once. */
const timeoutMaxMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, action) {
    let timeout: NodeJS.Timeout;
    const wait = (restMs: number) => {
      const partMs = Math.min(restMs, timeoutMaxMs);
      timeout = setTimeout(() => (restMs > partMs ? wait(restMs - partMs) : action()), partMs);
    };
    wait(delayMs);
    return () => clearTimeout(timeout);
  },
};
