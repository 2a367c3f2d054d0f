import { expect, test } from "vitest";
import { pastMs } from "./past-time.ts";

const now = Date.UTC(2026, 0, 31, 12);

test.each([
  ["15m", now - 900_000],
  ["30s", now - 30_000],
  ["2h", now - 7_200_000],
  ["3d", now - 3 * 86_400_000],
  ["2026-01-31T12:00:00Z", now],
  ["2026-01-31T13:00:00+01:00", now],
])("%s is a time", (text, expected) => {
  expect(pastMs("--at", text, now)).toBe(expected);
});

test.each(["", "soon", "15", "15w", "-3m"])("%o is refused, with what would be taken", (text) => {
  expect(() => pastMs("--at", text, now)).toThrow(/--at .*: give a time such as/);
});
