import { describe, expect, test } from "vitest";
import { hasCode, type Value, ValueCodec } from "./index.ts";

describe("a value in JSON", () => {
  test.each<[string, Value, string]>([
    ["a boolean", { kind: "bool", bool: false }, "false"],
    ["a small integer", { kind: "int64", int64: -12n }, "-12"],
    ["the largest exact integer", { kind: "int64", int64: 2n ** 53n - 1n }, "9007199254740991"],
    ["a fraction", { kind: "double", double: 2.5 }, "2.5"],
    ["a number beyond 2^53", { kind: "double", double: 1e300 }, "1e+300"],
    ["a string", { kind: "string", string: "on" }, '"on"'],
    ["bytes", { kind: "bytes", bytes: Uint8Array.of(1, 2, 3) }, '{"bytes":"AQID"}'],
    ["no number", { kind: "double", double: Number.NaN }, '{"double":"NaN"}'],
    ["infinity", { kind: "double", double: Number.NEGATIVE_INFINITY }, '{"double":"-Infinity"}'],
  ])("%s stands bare and is read back", (_what, value, text) => {
    expect(JSON.stringify(ValueCodec.toJson(value))).toBe(text);
    expect(ValueCodec.fromJson(JSON.parse(text))).toEqual(value);
  });

  test.each<[string, Value, string]>([
    ["2^53", { kind: "int64", int64: 2n ** 53n }, '"9007199254740992"'],
    ["the least integer", { kind: "int64", int64: -(2n ** 63n) }, '"-9223372036854775808"'],
    ["the largest unsigned integer", { kind: "uint64", uint64: 2n ** 64n - 1n }, '"18446744073709551615"'],
    ["a small unsigned integer", { kind: "uint64", uint64: 7n }, "7"],
    ["a whole double", { kind: "double", double: 21 }, "21"],
  ])("%s is spelled so that nothing is lost, and the model gives the type back", (_what, value, text) => {
    expect(JSON.stringify(ValueCodec.toJson(value))).toBe(text);
  });

  test.each([null, [], {}, { bytes: 3 }, { bytes: "AQID", double: "NaN" }, { double: 2.5 }, { int64: "3" }, undefined])(
    "%j is none",
    (json) => {
      let thrown: unknown;
      try {
        ValueCodec.fromJson(json);
      } catch (error) {
        thrown = error;
      }
      expect(hasCode(thrown, "invalid_message", "unknown_field")).toBe(true);
    },
  );
});
