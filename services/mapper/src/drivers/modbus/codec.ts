import { numberOf } from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";
import { DriverError } from "../../driver.ts";

export const numberTypes = ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] as const;
export type NumberType = (typeof numberTypes)[number];

/** 16-bit registers that a number takes. */
export const registersOf: Readonly<Record<NumberType, number>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
};

/** ABCD = neither, CDAB = words, BADC = bytes, DCBA = both. */
export interface Order {
  /** The two bytes of each register are swapped. */
  readonly swapBytes: boolean;
  /** The first register is the least significant one. */
  readonly swapWords: boolean;
}

export interface NumberEncoding {
  readonly as: "number";
  readonly type: NumberType;
  readonly order: Order;
  /** value = raw * scale + shift */
  readonly scale: number;
  readonly shift: number;
  /** A fraction that scaling makes is cut off. */
  readonly whole: boolean;
}

/** How the bits or registers of one property become a value. */
export type Encoding =
  | { readonly as: "bool" }
  /** Coils as an integer, the first one is the lowest bit. */
  | { readonly as: "bits"; readonly count: number }
  /** One bit of a register, 0 = lowest. */
  | { readonly as: "bit"; readonly bit: number; readonly order: Order }
  | NumberEncoding
  | { readonly as: "string" | "bytes"; readonly order: Order };

/** Between the order on the wire and big endian; its own inverse. */
export function reorder(bytes: Uint8Array, { swapBytes, swapWords }: Order): Uint8Array {
  const ordered = new Uint8Array(bytes.length);
  const words = bytes.length / 2;
  for (let word = 0; word < words; word++) {
    const from = 2 * (swapWords ? words - 1 - word : word);
    ordered[2 * word] = bytes[swapBytes ? from + 1 : from] ?? 0;
    ordered[2 * word + 1] = bytes[swapBytes ? from : from + 1] ?? 0;
  }
  return ordered;
}

/** What registers say. `registers` are the bytes as they came, two per register. */
export function decodeRegisters(encoding: Encoding, registers: Uint8Array): Value {
  switch (encoding.as) {
    case "bool":
      return { kind: "bool", bool: registers.some((byte) => byte !== 0) };
    case "bit": {
      const [high = 0, low = 0] = reorder(registers, encoding.order);
      return { kind: "bool", bool: (((high << 8) | low) & (1 << encoding.bit)) !== 0 };
    }
    case "number":
      return scaled(encoding, readNumber(encoding.type, reorder(registers, encoding.order)));
    case "string":
      return { kind: "string", string: textIn(reorder(registers, encoding.order)) };
    case "bytes":
      return { kind: "bytes", bytes: reorder(registers, encoding.order) };
    case "bits":
      throw new DriverError("config", "bits are read from coils and discrete inputs, not from registers");
  }
}

/** The registers that say `value`; a bit is set in `before`. Throws DriverError `rejected` when it does not fit. */
export function encodeRegisters(encoding: Encoding, count: number, value: Value, before?: Uint8Array): Uint8Array {
  switch (encoding.as) {
    case "bool":
      return Uint8Array.of(0, isTrue(value) ? 1 : 0);
    case "bit": {
      const [high = 0, low = 0] = reorder(before ?? new Uint8Array(2), encoding.order);
      const mask = 1 << encoding.bit;
      const word = isTrue(value) ? (high << 8) | low | mask : ((high << 8) | low) & ~mask;
      return reorder(Uint8Array.of((word >> 8) & 0xff, word & 0xff), encoding.order);
    }
    case "number":
      return reorder(writeNumber(encoding, value), encoding.order);
    case "string": {
      const text = value.kind === "string" ? new TextEncoder().encode(value.string) : undefined;
      return reorder(padded(text, count), encoding.order);
    }
    case "bytes":
      return reorder(padded(value.kind === "bytes" ? value.bytes : undefined, count), encoding.order);
    case "bits":
      throw new DriverError("config", "bits are written to coils, not to registers", { sent: false });
  }
}

export function decodeBits(encoding: Encoding, bits: readonly boolean[]): Value {
  if (encoding.as !== "bits") return { kind: "bool", bool: bits[0] ?? false };
  let int64 = 0n;
  bits.forEach((bit, index) => {
    if (bit) int64 |= 1n << BigInt(index);
  });
  return { kind: "int64", int64 };
}

export function encodeBits(encoding: Encoding, value: Value): boolean[] {
  if (encoding.as !== "bits") return [isTrue(value)];
  const number = numberOf(value) ?? (isTrue(value) ? 1 : 0);
  const integer = typeof number === "bigint" ? number : BigInt(Math.round(number));
  if (integer < 0n || integer >> BigInt(encoding.count) !== 0n) throw misfit(`${integer}`, `${encoding.count} coils`);
  return Array.from({ length: encoding.count }, (_, index) => ((integer >> BigInt(index)) & 1n) === 1n);
}

function isTrue(value: Value): boolean {
  if (value.kind === "bool") return value.bool;
  const number = numberOf(value);
  return number !== undefined && Number(number) !== 0;
}

function misfit(value: string, target: string): DriverError {
  return new DriverError("rejected", `${value} does not fit into ${target}`, { sent: false });
}

function readNumber(type: NumberType, bytes: Uint8Array): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "int16":
      return view.getInt16(0);
    case "uint16":
      return view.getUint16(0);
    case "int32":
      return view.getInt32(0);
    case "uint32":
      return view.getUint32(0);
    case "int64":
      return view.getBigInt64(0);
    case "uint64":
      return view.getBigUint64(0);
    case "float32":
      return shortest(view.getFloat32(0));
    case "float64":
      return view.getFloat64(0);
  }
}

/** The shortest decimal that is this 32-bit number: 60.1, not 60.099998474121094. */
function shortest(float32: number): number {
  if (!Number.isFinite(float32) || Number.isSafeInteger(float32)) return float32;
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(float32.toPrecision(digits));
    if (Math.fround(candidate) === float32) return candidate;
  }
  return float32;
}

/** Doubles have 15 exact decimal digits; more would show 0.30000000000000004. */
const exactDigits = 15;

function scaled({ type, scale, shift, whole }: NumberEncoding, raw: number | bigint): Value {
  const isFloat = type === "float32" || type === "float64";
  if (!isFloat && Number.isSafeInteger(scale) && Number.isSafeInteger(shift)) {
    const integer = BigInt(raw) * BigInt(scale) + BigInt(shift);
    return integer > 2n ** 63n - 1n ? { kind: "uint64", uint64: integer } : { kind: "int64", int64: integer };
  }
  const plain = scale === 1 && shift === 0;
  const double = plain ? Number(raw) : Number((Number(raw) * scale + shift).toPrecision(exactDigits));
  return { kind: "double", double: whole ? Math.trunc(double) : double };
}

const integerRange: Readonly<Record<Exclude<NumberType, "float32" | "float64">, readonly [bigint, bigint]>> = {
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

function writeNumber(encoding: NumberEncoding, value: Value): Uint8Array {
  const { type, scale, shift } = encoding;
  const number = value.kind === "bool" ? Number(value.bool) : numberOf(value);
  if (number === undefined) throw misfit(`a ${value.kind}`, type);
  const bytes = new Uint8Array(2 * registersOf[type]);
  const view = new DataView(bytes.buffer);
  if (type === "float32" || type === "float64") {
    const raw = (Number(number) - shift) / scale;
    const stored = type === "float32" ? Math.fround(raw) : raw;
    if (!Number.isFinite(stored)) throw misfit(String(number), type);
    if (type === "float32") view.setFloat32(0, stored);
    else view.setFloat64(0, stored);
    return bytes;
  }
  const raw = rawInteger(number, scale, shift);
  const [min, max] = integerRange[type];
  if (raw === undefined || raw < min || raw > max) throw misfit(`${number} (raw ${raw})`, type);
  const bits = BigInt.asUintN(8 * bytes.length, raw);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number((bits >> BigInt(8 * (bytes.length - 1 - index))) & 0xffn);
  }
  return bytes;
}

function rawInteger(number: number | bigint, scale: number, shift: number): bigint | undefined {
  if (typeof number === "bigint" && scale === 1 && Number.isSafeInteger(shift)) return number - BigInt(shift);
  const raw = Math.round(Number(((Number(number) - shift) / scale).toPrecision(exactDigits)));
  return Number.isFinite(raw) ? BigInt(raw) : undefined;
}

/** Up to the first NUL, as C strings are kept in registers. */
function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

function padded(bytes: Uint8Array | undefined, registers: number): Uint8Array {
  if (bytes === undefined) throw misfit("the value", "these registers: it has another type");
  if (bytes.length > 2 * registers) throw misfit(`${bytes.length} bytes`, `${registers} registers`);
  const all = new Uint8Array(2 * registers);
  all.set(bytes);
  return all;
}
