import type { Value } from "@holdfast/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeBits,
  decodeRegisters,
  type Encoding,
  encodeBits,
  encodeRegisters,
  type NumberType,
  type Order,
  registersOf,
  reorder,
} from "./codec.ts";

const orders: Readonly<Record<string, Order>> = {
  ABCD: { swapBytes: false, swapWords: false },
  CDAB: { swapBytes: false, swapWords: true },
  BADC: { swapBytes: true, swapWords: false },
  DCBA: { swapBytes: true, swapWords: true },
};

const number = (type: NumberType, order = "ABCD", scale = 1, shift = 0, whole = false): Encoding => {
  return { as: "number", type, order: orders[order] ?? expect.unreachable(), scale, shift, whole };
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "hex"));
const int64 = (integer: bigint): Value => ({ kind: "int64", int64: integer });
const double = (value: number): Value => ({ kind: "double", double: value });

/** Registers as on the wire; worked out by hand, not by the code under test. */
const golden: readonly [NumberType, string, string, Value][] = [
  ["int16", "ABCD", "fffe", int64(-2n)],
  ["int16", "CDAB", "fffe", int64(-2n)],
  ["int16", "BADC", "feff", int64(-2n)],
  ["int16", "DCBA", "feff", int64(-2n)],
  ["uint16", "ABCD", "fffe", int64(65534n)],
  ["uint16", "CDAB", "fffe", int64(65534n)],
  ["uint16", "BADC", "feff", int64(65534n)],
  ["uint16", "DCBA", "feff", int64(65534n)],
  ["int32", "ABCD", "fedcba98", int64(-19088744n)],
  ["int32", "CDAB", "ba98fedc", int64(-19088744n)],
  ["int32", "BADC", "dcfe98ba", int64(-19088744n)],
  ["int32", "DCBA", "98badcfe", int64(-19088744n)],
  ["uint32", "ABCD", "fedcba98", int64(4275878552n)],
  ["uint32", "CDAB", "ba98fedc", int64(4275878552n)],
  ["uint32", "BADC", "dcfe98ba", int64(4275878552n)],
  ["uint32", "DCBA", "98badcfe", int64(4275878552n)],
  // 2^53 + 1: a double cannot hold it.
  ["int64", "ABCD", "0020000000000001", int64(9007199254740993n)],
  ["int64", "CDAB", "0001000000000020", int64(9007199254740993n)],
  ["int64", "BADC", "2000000000000100", int64(9007199254740993n)],
  ["int64", "DCBA", "0100000000002000", int64(9007199254740993n)],
  ["int64", "ABCD", "8000000000000000", int64(-9223372036854775808n)],
  ["uint64", "ABCD", "fffffffffffffffe", { kind: "uint64", uint64: 18446744073709551614n }],
  ["uint64", "CDAB", "fffeffffffffffff", { kind: "uint64", uint64: 18446744073709551614n }],
  ["uint64", "BADC", "fffffffffffffeff", { kind: "uint64", uint64: 18446744073709551614n }],
  ["uint64", "DCBA", "feffffffffffffff", { kind: "uint64", uint64: 18446744073709551614n }],
  ["float32", "ABCD", "42f6e979", double(123.456)],
  ["float32", "CDAB", "e97942f6", double(123.456)],
  ["float32", "BADC", "f64279e9", double(123.456)],
  ["float32", "DCBA", "79e9f642", double(123.456)],
  ["float32", "ABCD", "80000000", double(-0)],
  ["float64", "ABCD", "c05edd2f1a9fbe77", double(-123.456)],
  ["float64", "CDAB", "be771a9fdd2fc05e", double(-123.456)],
  ["float64", "BADC", "5ec02fdd9f1a77be", double(-123.456)],
  ["float64", "DCBA", "77be9f1a2fdd5ec0", double(-123.456)],
  ["float64", "ABCD", "8000000000000000", double(-0)],
];

describe("numbers in registers", () => {
  test.each(golden)("%s %s: %s", (type, order, wire, value) => {
    expect(decodeRegisters(number(type, order), bytes(wire))).toStrictEqual(value);
    expect(hex(encodeRegisters(number(type, order), registersOf[type], value))).toBe(wire);
  });

  test.each(["7fc00000", "ffc00001"])("float32 %s is NaN", (wire) => {
    expect(decodeRegisters(number("float32"), bytes(wire))).toEqual(double(Number.NaN));
  });

  test("float32 reads as the shortest decimal that is that number", () => {
    for (const value of [60.1, 0.1, 21.3, 1e-7, 16777216, -3.4e38]) {
      const wire = encodeRegisters(number("float32"), 2, double(value));
      expect(decodeRegisters(number("float32"), wire)).toEqual(double(value));
    }
  });

  test.each<[string, Encoding, string, Value]>([
    ["scale", number("int16", "ABCD", 0.1), "0003", double(0.3)],
    ["negative", number("int16", "ABCD", 0.1), "ff6a", double(-15)],
    ["scale and offset", number("uint16", "ABCD", 0.5, -40), "0079", double(20.5)],
    ["INT cuts the fraction", number("uint16", "ABCD", 0.1, 0, true), "004b", double(7)],
    ["whole scale stays exact", number("int64", "ABCD", 10), "0020000000000001", int64(90071992547409930n)],
  ])("scaling: %s", (_, encoding, wire, value) => {
    expect(decodeRegisters(encoding, bytes(wire))).toEqual(value);
  });

  test("scaled values are written as the nearest raw number", () => {
    expect(hex(encodeRegisters(number("uint16", "ABCD", 0.1), 1, double(60.1)))).toBe("0259");
    expect(hex(encodeRegisters(number("uint16", "ABCD", 0.5, -40), 1, double(20.5)))).toBe("0079");
    expect(hex(encodeRegisters(number("int64"), 4, int64(9007199254740993n)))).toBe("0020000000000001");
  });

  test.each<[NumberType, Value]>([
    ["int16", int64(32768n)],
    ["uint16", int64(-1n)],
    ["uint32", double(4294967296)],
    ["uint64", int64(-1n)],
    ["int64", { kind: "uint64", uint64: 2n ** 63n }],
    ["float32", double(1e39)],
    ["int16", { kind: "string", string: "1" }],
  ])("%s refuses %o and says that nothing was sent", (type, value) => {
    const refusal = expect.objectContaining({ kind: "rejected", mayHaveHappened: false });
    expect(() => encodeRegisters(number(type), registersOf[type], value)).toThrowError(refusal);
  });

  test("any value of any type and order comes back", () => {
    const type = fc.constantFrom<NumberType>("int16", "uint16", "int32", "uint32", "int64", "uint64", "float64");
    fc.assert(
      fc.property(
        type,
        fc.constantFrom(...Object.keys(orders)),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        (...all) => {
          const [some, order, random] = all;
          const wire = random.slice(0, 2 * registersOf[some]);
          const value = decodeRegisters(number(some, order), wire);
          if (value.kind === "double" && Number.isNaN(value.double)) return;
          expect(hex(encodeRegisters(number(some, order), registersOf[some], value))).toBe(hex(wire));
        },
      ),
    );
  });
});

test("reorder is its own inverse", () => {
  const wire = bytes("0102030405060708");
  for (const order of Object.values(orders)) expect(hex(reorder(reorder(wire, order), order))).toBe(hex(wire));
});

describe("text, bytes and bits", () => {
  const plain = orders.ABCD ?? expect.unreachable();
  const swapped = orders.BADC ?? expect.unreachable();

  test("a text ends at the first NUL and is padded with NULs", () => {
    const encoding: Encoding = { as: "string", order: plain };
    expect(decodeRegisters(encoding, bytes("48690000ffff"))).toEqual({ kind: "string", string: "Hi" });
    expect(hex(encodeRegisters(encoding, 3, { kind: "string", string: "Hié" }))).toBe("4869c3a90000");
    expect(decodeRegisters({ as: "string", order: swapped }, bytes("6948"))).toEqual({ kind: "string", string: "Hi" });
    expect(() => encodeRegisters(encoding, 1, { kind: "string", string: "long" })).toThrowError(/4 bytes/);
  });

  test("bytes are taken as they are", () => {
    const encoding: Encoding = { as: "bytes", order: plain };
    expect(decodeRegisters(encoding, bytes("00ff"))).toEqual({ kind: "bytes", bytes: Uint8Array.of(0, 255) });
    expect(hex(encodeRegisters(encoding, 2, { kind: "bytes", bytes: Uint8Array.of(1) }))).toBe("01000000");
  });

  test("a bit of a register is read, and set without touching the others", () => {
    const encoding: Encoding = { as: "bit", bit: 9, order: plain };
    expect(decodeRegisters(encoding, bytes("0200"))).toEqual({ kind: "bool", bool: true });
    expect(decodeRegisters(encoding, bytes("fdff"))).toEqual({ kind: "bool", bool: false });
    expect(hex(encodeRegisters(encoding, 1, { kind: "bool", bool: true }, bytes("8001")))).toBe("8201");
    expect(hex(encodeRegisters(encoding, 1, { kind: "bool", bool: false }, bytes("ffff")))).toBe("fdff");
    const other: Encoding = { as: "bit", bit: 1, order: swapped };
    expect(hex(encodeRegisters(other, 1, { kind: "bool", bool: true }, bytes("0000")))).toBe("0200");
  });

  test("a whole register as a boolean", () => {
    expect(decodeRegisters({ as: "bool" }, bytes("0100"))).toEqual({ kind: "bool", bool: true });
    expect(hex(encodeRegisters({ as: "bool" }, 1, { kind: "bool", bool: true }))).toBe("0001");
  });

  test("coils as a boolean and as an integer, the first one lowest", () => {
    expect(decodeBits({ as: "bool" }, [true])).toEqual({ kind: "bool", bool: true });
    expect(decodeBits({ as: "bits", count: 4 }, [false, true, false, true])).toEqual(int64(10n));
    expect(encodeBits({ as: "bits", count: 4 }, int64(10n))).toEqual([false, true, false, true]);
    expect(encodeBits({ as: "bool" }, { kind: "bool", bool: true })).toEqual([true]);
    expect(() => encodeBits({ as: "bits", count: 4 }, int64(16n))).toThrowError(/does not fit into 4 coils/);
  });
});
