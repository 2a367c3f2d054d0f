import type { Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import type { PropertyType } from "./device-model.ts";
import { convertReading, convertValue, outsideRange, sameValue } from "./device-model-value.ts";

const of = (type: PropertyType, limits: { min?: number | bigint; max?: number | bigint } = {}) => ({
  name: "p",
  type,
  ...limits,
});
const string = (text: string): Value => ({ kind: "string", string: text });
const double = (number: number): Value => ({ kind: "double", double: number });
const int64 = (integer: bigint): Value => ({ kind: "int64", int64: integer });

describe("convertValue", () => {
  test.each<[PropertyType, Value, Value]>([
    ["FLOAT", string("60"), double(60)],
    ["FLOAT", int64(60n), double(60)],
    ["DOUBLE", { kind: "uint64", uint64: 7n }, double(7)],
    ["INT", double(60), int64(60n)],
    ["INT", string("60"), int64(60n)],
    ["INT", string("6e1"), int64(60n)],
    ["INT", string("9007199254740993"), int64(9007199254740993n)],
    ["INT", string("18446744073709551615"), { kind: "uint64", uint64: 18446744073709551615n }],
    ["BOOLEAN", int64(1n), { kind: "bool", bool: true }],
    ["BOOLEAN", string("OFF"), { kind: "bool", bool: false }],
    ["STRING", double(1.5), string("1.5")],
    ["BYTES", string("AAE="), { kind: "bytes", bytes: Uint8Array.of(0, 1) }],
  ])("makes %s of %o", (type, value, expected) => {
    expect(convertValue(of(type), value)).toEqual(expected);
  });

  test.each<[PropertyType, Value, string]>([
    ["FLOAT", string("warm"), "wrong_type"],
    ["FLOAT", string(""), "wrong_type"],
    ["FLOAT", double(Number.NaN), "wrong_type"],
    ["FLOAT", double(1e300), "out_of_range"],
    ["FLOAT", { kind: "bool", bool: true }, "wrong_type"],
    ["INT", double(1.5), "wrong_type"],
    ["INT", string("18446744073709551616"), "out_of_range"],
    ["BOOLEAN", int64(2n), "wrong_type"],
    ["BYTES", string("no base64!"), "wrong_type"],
    ["STRING", { kind: "bytes", bytes: Uint8Array.of(1) }, "wrong_type"],
    ["STRING", string("x".repeat(20_000)), "too_large"],
  ])("refuses for %s: %o with %s", (type, value, code) => {
    expect(() => convertValue(of(type), value)).toThrowError(expect.objectContaining({ code }));
  });

  test("keeps to the range of the model, exactly", () => {
    const setpoint = { ...of("DOUBLE", { min: 0, max: 90 }), unit: "°C" };
    expect(convertValue(setpoint, double(90))).toEqual(double(90));
    expect(() => convertValue(setpoint, double(90.001))).toThrowError(/90.001 °C is above the maximum 90 °C/);
    const counter = of("INT", { max: 9007199254740992n });
    expect(convertValue(counter, int64(9007199254740992n))).toEqual(int64(9007199254740992n));
    expect(() => convertValue(counter, int64(9007199254740993n))).toThrowError(
      expect.objectContaining({ code: "out_of_range" }),
    );
  });
});

test("a refusal does not repeat a long text", () => {
  const refuse = () => convertValue(of("DOUBLE"), { kind: "string", string: "x".repeat(70_000) });
  expect(refuse).toThrowError(/^\w+: "x{60}"… \(70000 characters\) is not a finite number \(DOUBLE\)\.$/);
});

test("a reading is converted, but may lie outside the range", () => {
  const property = of("INT", { max: 5 });
  expect(convertReading(property, double(7))).toEqual(int64(7n));
  expect(outsideRange(property, int64(7n))).toBe("7 is above the maximum 5");
  expect(outsideRange(property, int64(5n))).toBeUndefined();
});

test("sameValue compares kinds and contents", () => {
  expect(sameValue(double(Number.NaN), double(Number.NaN))).toBe(true);
  expect(sameValue(double(0), double(-0))).toBe(true);
  expect(sameValue(double(1), int64(1n))).toBe(false);
  const bytes = (...all: number[]): Value => ({ kind: "bytes", bytes: Uint8Array.from(all) });
  expect(sameValue(bytes(1, 2), bytes(1, 2))).toBe(true);
  expect(sameValue(bytes(1, 2), bytes(1, 3))).toBe(false);
});
