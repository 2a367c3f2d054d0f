import { describe, expect, it } from "vitest";
import { parseQuantity, wholeUnits } from "./quantity.ts";

describe("quantities", () => {
  it.each([
    ["100m", 0.1],
    ["1.5", 1.5],
    [2, 2],
    ["128Mi", 128 * 2 ** 20],
    ["1G", 1e9],
    ["1e3", 1000],
    [".5Ki", 512],
    ["1E", 1e18],
  ])("%s is %d", (text, value) => {
    expect(parseQuantity(text)).toBeCloseTo(value, 9);
  });

  it.each(["", "m", "1 Mi", "1mi", "0x10", "1e", "NaN", "Infinity"])("refuses %j", (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it("rounds up, but not because of binary fractions", () => {
    expect(wholeUnits((parseQuantity("0.1") ?? 0) * 3 * 1000)).toBe(300);
    expect(wholeUnits(0.1)).toBe(1);
  });
});
