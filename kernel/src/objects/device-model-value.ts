import { HoldfastError, type Value } from "@holdfast/proto";
import type { ModelProperty } from "./device-model.ts";

type Target = Pick<ModelProperty, "name" | "type" | "min" | "max" | "unit">;

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;
const float32Max = 3.4028234663852886e38;
/** Text and bytes of one property; larger ones are refused. */
const valueBytesMax = 16_384;
const shownMax = 60;

/**
 * The value as the property's type wants it: the DeviceModel decides, not the spelling, so "60", 60 and
 * 60.0 are the same for a FLOAT. Kinds: INT int64 (uint64 beyond 2^63), FLOAT and DOUBLE double, BOOLEAN
 * bool, STRING string, BYTES bytes. Errors: `wrong_type`, `out_of_range` (type, minimum, maximum), `too_large`.
 */
export function convertValue(property: Target, value: Value): Value {
  const converted = convertType(property, value);
  const outside = outsideRange(property, converted);
  if (outside !== undefined) throw new HoldfastError("out_of_range", `${property.name}: ${outside}.`);
  return converted;
}

/** As `convertValue`, but without looking at minimum and maximum: what a device says may lie outside. */
export function convertReading(property: Target, value: Value): Value {
  return convertType(property, value);
}

/** Why the value lies outside the model's minimum and maximum; undefined = it does not. */
export function outsideRange(property: Target, value: Value): string | undefined {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const unit = property.unit === undefined || property.unit === "" ? "" : ` ${property.unit}`;
  // NaN is inside no range.
  if (property.min !== undefined && !(number >= property.min)) {
    return `${number}${unit} is below the minimum ${property.min}${unit}`;
  }
  if (property.max !== undefined && !(number <= property.max)) {
    return `${number}${unit} is above the maximum ${property.max}${unit}`;
  }
  return undefined;
}

/** True when both are the same value of the same kind; NaN equals NaN, 0 equals -0. */
export function sameValue(a: Value, b: Value): boolean {
  if (a.kind === "bytes" || b.kind === "bytes") {
    return a.kind === "bytes" && b.kind === "bytes" && Buffer.compare(a.bytes, b.bytes) === 0;
  }
  const left = bare(a);
  const right = bare(b);
  return a.kind === b.kind && (left === right || (Number.isNaN(left) && Number.isNaN(right)));
}

function bare(value: Exclude<Value, { kind: "bytes" }>): boolean | bigint | number | string {
  switch (value.kind) {
    case "bool":
      return value.bool;
    case "int64":
      return value.int64;
    case "uint64":
      return value.uint64;
    case "double":
      return value.double;
    case "string":
      return value.string;
  }
}

/** The number in the value, whatever its kind; undefined for bool, string and bytes. */
export function numberOf(value: Value): number | bigint | undefined {
  if (value.kind === "int64") return value.int64;
  if (value.kind === "uint64") return value.uint64;
  return value.kind === "double" ? value.double : undefined;
}

function convertType(property: Target, value: Value): Value {
  switch (property.type) {
    case "INT":
      return toInteger(property, value);
    case "FLOAT":
    case "DOUBLE":
      return toDouble(property, value);
    case "BOOLEAN":
      return toBoolean(property, value);
    case "STRING":
      return toText(property, value);
    case "BYTES":
      return toBytes(property, value);
  }
}

function wrongType(property: Target, value: Value, wanted: string): HoldfastError {
  const given = value.kind === "bytes" ? `${value.bytes.length} bytes` : quoted(String(bare(value)));
  return new HoldfastError("wrong_type", `${property.name}: ${given} is not ${wanted} (${property.type}).`);
}

/** A refusal says what was given, not all of a text that may be longer than a message to people should be. */
function quoted(text: string): string {
  const shown = JSON.stringify(text.slice(0, shownMax));
  return text.length > shownMax ? `${shown}… (${text.length} characters)` : shown;
}

function toInteger(property: Target, value: Value): Value {
  let integer: bigint | undefined;
  if (value.kind === "int64") integer = value.int64;
  else if (value.kind === "uint64") integer = value.uint64;
  else if (value.kind === "double" && Number.isInteger(value.double)) integer = BigInt(value.double);
  else if (value.kind === "string") integer = wholeNumberIn(value.string);
  if (integer === undefined) throw wrongType(property, value, "a whole number");
  if (integer >= int64Min && integer <= int64Max) return { kind: "int64", int64: integer };
  if (integer >= 0n && integer <= uint64Max) return { kind: "uint64", uint64: integer };
  throw new HoldfastError("out_of_range", `${property.name}: ${integer} does not fit into 64 bits.`);
}

function wholeNumberIn(text: string): bigint | undefined {
  const digits = text.trim();
  if (/^[+-]?\d{1,40}$/.test(digits)) return BigInt(digits.replace(/^\+/, ""));
  const number = digits === "" ? Number.NaN : Number(digits);
  return Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

function toDouble(property: Target, value: Value): Value {
  let double: number | undefined;
  if (value.kind === "double") double = value.double;
  else if (value.kind === "int64") double = Number(value.int64);
  else if (value.kind === "uint64") double = Number(value.uint64);
  else if (value.kind === "string" && value.string.trim() !== "") double = Number(value.string);
  if (double === undefined || !Number.isFinite(double)) throw wrongType(property, value, "a finite number");
  if (property.type === "FLOAT" && Math.abs(double) > float32Max) {
    throw new HoldfastError("out_of_range", `${property.name}: ${double} does not fit into 32 bits (FLOAT).`);
  }
  return { kind: "double", double };
}

const truths = new Map([
  ["true", true],
  ["1", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["off", false],
]);

function toBoolean(property: Target, value: Value): Value {
  if (value.kind === "bool") return value;
  const text = value.kind === "bytes" ? "" : String(bare(value)).trim().toLowerCase();
  const bool = truths.get(text);
  if (bool === undefined) throw wrongType(property, value, "true or false");
  return { kind: "bool", bool };
}

function toText(property: Target, value: Value): Value {
  if (value.kind === "bytes") throw wrongType(property, value, "a text");
  const string = String(bare(value));
  if (Buffer.byteLength(string) > valueBytesMax) throw tooLarge(property);
  return { kind: "string", string };
}

function toBytes(property: Target, value: Value): Value {
  const bytes = value.kind === "bytes" ? value.bytes : value.kind === "string" ? base64(value.string) : undefined;
  if (bytes === undefined) throw wrongType(property, value, "bytes (base64)");
  if (bytes.length > valueBytesMax) throw tooLarge(property);
  return { kind: "bytes", bytes };
}

function tooLarge(property: Target): HoldfastError {
  return new HoldfastError("too_large", `${property.name}: a value has at most ${valueBytesMax} bytes.`);
}

function base64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  // Padding may be left out, and there are two of it at most.
  const stripped = (some: string) => some.replace(/={1,2}$/, "");
  return stripped(bytes.toString("base64")) === stripped(text.trim()) ? new Uint8Array(bytes) : undefined;
}
