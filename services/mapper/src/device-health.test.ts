import { seededRandom } from "@holdfast/kernel/testing";
import { expect, test } from "vitest";
import { DeviceHealth } from "./device-health.ts";
import { DriverError } from "./driver.ts";

const limits = { offlineAfter: 3, quarantineAfter: 8, backoffMs: 1000, backoffMaxMs: 8000, quarantineMs: 60_000 };
const timeout = new DriverError("timeout", "no answer");

test("pauses double from the first time that it is offline, and end in quarantine", () => {
  const health = new DeviceHealth(limits, seededRandom(1));
  const seen = Array.from({ length: 10 }, () => {
    health.failed(0, timeout);
    return [health.state, health.notBeforeMs] as const;
  });
  expect(seen.map(([state]) => state)).toEqual([
    ...Array(2).fill("degraded"),
    ...Array(5).fill("offline"),
    ...Array(3).fill("quarantined"),
  ]);
  const windows = [0, 0, 1000, 2000, 4000, 8000, 8000, 60_000, 60_000, 60_000];
  for (const [index, window] of windows.entries()) {
    const pauseMs = Math.max(0, seen[index]?.[1] ?? -1);
    expect(pauseMs, `pause ${index}`).toBeGreaterThanOrEqual(window / 2);
    expect(pauseMs, `pause ${index}`).toBeLessThanOrEqual(window);
  }
});

test("one answer makes it well again, or degraded when something of it still fails", () => {
  const health = new DeviceHealth(limits, seededRandom(1));
  for (let index = 0; index < 9; index++) health.failed(0, timeout);
  expect(health.answered()).toBe(true);
  expect([health.state, health.reason, health.notBeforeMs]).toEqual(["online", "", -Infinity]);
  expect(health.answered()).toBe(false);
  expect(health.answered("timeout: register 7")).toBe(true);
  expect([health.state, health.reason]).toEqual(["degraded", "timeout: register 7"]);
  expect(health.failed(0, timeout)).toBe(false);
  expect(health.isDown).toBe(false);
});
