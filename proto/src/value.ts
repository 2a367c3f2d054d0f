import { asBytes, base64, fieldsOf, type Json, type Place, report } from "./json-fields.ts";
import { checkBool, checkBytes, checkString, type Reader, type Writer, WrongField } from "./wire-fields.ts";

/**
 * One value of a property. In JSON it stands bare: true, 12, 2.5, "on"; integers beyond 2^53 as strings, bytes as
 * {"bytes": "<base64>"}, doubles that JSON does not know as {"double": "NaN"}. The DeviceModel's type decides,
 * not the spelling.
 */
export type Value =
  | { readonly kind: "bool"; readonly bool: boolean }
  | { readonly kind: "int64"; readonly int64: bigint }
  | { readonly kind: "uint64"; readonly uint64: bigint }
  | { readonly kind: "double"; readonly double: number }
  | { readonly kind: "string"; readonly string: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

export function writeValue(w: Writer, value: Value): void {
  switch (value.kind) {
    case "bool":
      checkBool(value.bool, "bool");
      w.uint32(8).bool(value.bool);
      return;
    case "int64":
      w.uint32(16).sint64(bits(value.int64, "int64", BigInt.asIntN(64, toBigInt(value.int64, "int64"))));
      return;
    case "uint64":
      w.uint32(24).uint64(bits(value.uint64, "uint64", BigInt.asUintN(64, toBigInt(value.uint64, "uint64"))));
      return;
    case "double":
      if (typeof value.double !== "number")
        throw new WrongField("double", `must be a number, not ${typeof value.double}`);
      w.uint32(33).double(value.double);
      return;
    case "string":
      checkString(value.string, "string");
      w.uint32(42).string(value.string);
      return;
    case "bytes":
      checkBytes(value.bytes, "bytes");
      w.uint32(50).bytes(value.bytes);
      return;
    default:
      throw new WrongField("kind", "must be bool, int64, uint64, double, string or bytes");
  }
}

function toBigInt(value: unknown, name: string): bigint {
  if (typeof value !== "bigint") throw new WrongField(name, `must be a bigint, not ${typeof value}`);
  return value;
}

/** As the writer takes 64 bits: a number while that is exact (fast), else digits. */
function bits(value: bigint, name: string, truncated: bigint): number | string {
  if (value !== truncated) throw new WrongField(name, "does not fit into 64 bits");
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** The last known kind wins. A value of no known kind is refused: it must not pass for an absent one. */
export function readValue(r: Reader): Value {
  let value: Value | undefined;
  while (r.pos < r.len) {
    const tag = r.tag();
    switch (tag) {
      case 8:
        value = { kind: "bool", bool: r.bool() };
        break;
      case 16:
        value = { kind: "int64", int64: signed(r.sint64()) };
        break;
      case 24:
        value = { kind: "uint64", uint64: BigInt.asUintN(64, signed(r.uint64())) };
        break;
      case 33:
        value = { kind: "double", double: r.double() };
        break;
      case 42:
        value = { kind: "string", string: r.stringVerify() };
        break;
      case 50:
        value = { kind: "bytes", bytes: r.bytes() };
        break;
      default:
        r.skipType(tag & 7, 0, tag >>> 3);
    }
  }
  if (value === undefined) throw new WrongField("", "has no kind of value that is known here");
  return value;
}

function signed({ low, high }: { readonly low: number; readonly high: number }): bigint {
  // Most integers of devices are small; joining two bigints costs five times as much.
  if (high === low >> 31) return BigInt(low);
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

export function parseValue(json: unknown, place: Place): Value | undefined {
  switch (typeof json) {
    case "boolean":
      return { kind: "bool", bool: json };
    case "number":
      if (Number.isSafeInteger(json)) return { kind: "int64", int64: BigInt(json) };
      return { kind: "double", double: json };
    case "string":
      if (!json.isWellFormed()) return report(place, "must be well-formed Unicode");
      return { kind: "string", string: json };
    default:
      return parseExplicit(json, place);
  }
}

const specialDoubles: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function parseExplicit(json: unknown, place: Place): Value | undefined {
  const expected = 'must be true, false, a number, a string, {"bytes": "<base64>"} or {"double": "NaN"}';
  if (typeof json !== "object" || json === null || Array.isArray(json)) return report(place, expected);
  fieldsOf(json, place, ["bytes", "double"]);
  if ("bytes" in json && !("double" in json)) {
    const bytes = asBytes(json.bytes, { path: `${place.path}.bytes`, problems: place.problems });
    return bytes === undefined ? undefined : { kind: "bytes", bytes };
  }
  const double = "double" in json && !("bytes" in json) ? specialDoubles.get(json.double) : undefined;
  return double === undefined ? report(place, expected) : { kind: "double", double };
}

export function printValue(value: Value): Json {
  switch (value.kind) {
    case "bool":
      return value.bool;
    case "int64":
      return integer(value.int64);
    case "uint64":
      return integer(value.uint64);
    case "double":
      return Number.isFinite(value.double) ? value.double : { double: String(value.double) };
    case "string":
      return value.string;
    case "bytes":
      return { bytes: base64(value.bytes) };
    default:
      throw new WrongField("kind", "must be bool, int64, uint64, double, string or bytes");
  }
}

function integer(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
