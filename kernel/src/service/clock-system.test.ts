import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { every, sleep } from "./clock.ts";
import { systemClock } from "./clock-system.ts";

const hourMs = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the machine's clock, when somebody sets it", () => {
  test.each([hourMs, -hourMs, -56 * 8766 * hourMs])(
    "by %d ms: the wall clock follows, the monotonic one does not",
    (byMs) => {
      const [wallMs, monotonicMs] = [systemClock.wallMs(), systemClock.monotonicMs()];
      vi.setSystemTime(Date.now() + byMs);
      expect(systemClock.wallMs() - wallMs).toBe(byMs);
      const passedMs = systemClock.monotonicMs() - monotonicMs;
      expect(passedMs).toBeGreaterThanOrEqual(0);
      expect(passedMs).toBeLessThan(60_000);
    },
  );

  test("what was to happen after a while happens after it", async () => {
    let beats = 0;
    const stop = every(systemClock, 1, () => {
      beats += 1;
      vi.setSystemTime(Date.now() - hourMs);
    });
    while (beats < 3) await sleep(systemClock, 1);
    stop();
  });
});
