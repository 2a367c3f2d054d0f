import type { DeviceProperty, FieldReader, PropertyType } from "@holdfast/kernel";
import type { Table } from "./address.ts";
import { type Encoding, type NumberType, numberTypes, type Order, registersOf } from "./codec.ts";

interface Coded {
  readonly encoding: Encoding;
  /** Registers, or bits. */
  readonly count: number;
}

type DataType = NumberType | "bool" | "bit" | "string" | "bytes";
type Word = DataType | "model";

/** "int", "float" and their like are KubeEdge's names of the model's types: there the registers decide. */
const words: Readonly<Record<string, Word>> = {
  ...Object.fromEntries(numberTypes.map((type) => [type, type])),
  i16: "int16",
  short: "int16",
  u16: "uint16",
  word: "uint16",
  i32: "int32",
  u32: "uint32",
  dword: "uint32",
  i64: "int64",
  u64: "uint64",
  f32: "float32",
  f64: "float64",
  bool: "bool",
  bit: "bit",
  string: "string",
  bytes: "bytes",
  int: "model",
  float: "model",
  double: "model",
  boolean: "model",
};

/** How the registers of this property are read; problems and paths go to the reader's findings. */
export function encodingOf(
  property: DeviceProperty,
  table: Table,
  limit: number | undefined,
  config: FieldReader,
): Coded | undefined {
  const order = orderOf(config);
  const word = wordOf(config);
  const bit = config.number("bit", { integer: true, min: 0, max: 15 });
  const scale = config.number("scale") || 1;
  const shift = config.number("valueOffset") ?? 0;
  if (table === "coil" || table === "discrete") return bitsOf(property, limit, config);
  if (word === undefined) return undefined;
  const chosen = bit !== undefined ? "bit" : word === "model" ? ofModel(property, limit, config) : word;
  if (chosen === undefined) return undefined;
  if (chosen === "bit") {
    if (bit === undefined) return config.findings.problem(config.at("bit"), "is required: 0 to 15, 0 is the lowest");
    return { encoding: { as: "bit", bit, order }, count: 1 };
  }
  if (chosen === "bool") return { encoding: { as: "bool" }, count: 1 };
  if (chosen === "string" || chosen === "bytes") {
    if (limit === undefined)
      return config.findings.problem(config.at("limit"), `is required: registers of the ${chosen}`);
    return { encoding: { as: chosen, order }, count: limit };
  }
  if (limit !== undefined && limit !== registersOf[chosen]) {
    return config.findings.problem(config.at("limit"), `must be ${registersOf[chosen]} for ${chosen}, not ${limit}`);
  }
  const whole = property.type === "INT";
  return { encoding: { as: "number", type: chosen, order, scale, shift, whole }, count: registersOf[chosen] };
}

function wordOf(config: FieldReader): Word | undefined {
  const name = config.string("dataType");
  if (name === undefined || name === "") return "model";
  const word = Object.hasOwn(words, name.toLowerCase()) ? words[name.toLowerCase()] : undefined;
  return (
    word ??
    config.findings.problem(
      config.at("dataType"),
      `must be one of ${[...numberTypes].join(", ")}, bool, bit, string, bytes`,
    )
  );
}

const bitsMax = 63;

function bitsOf(property: DeviceProperty, limit = 1, config: FieldReader): Coded | undefined {
  if (property.type === "BOOLEAN" || property.type === "STRING") return { encoding: { as: "bool" }, count: 1 };
  if (property.type === "BYTES")
    return config.findings.problem(config.at("register"), "holds bits: the type cannot be BYTES");
  if (limit > bitsMax) return config.findings.problem(config.at("limit"), `must be at most ${bitsMax} bits`);
  return { encoding: { as: "bits", count: limit }, count: limit };
}

const modelRegisters: Readonly<Partial<Record<PropertyType, number>>> = { INT: 1, FLOAT: 2, DOUBLE: 4 };

/** As KubeEdge does it: one register is an integer, two or four are what the model's type says. */
function ofModel(property: DeviceProperty, limit: number | undefined, config: FieldReader): DataType | undefined {
  const { type } = property;
  if (type === "BOOLEAN") return "bool";
  if (type === "STRING") return "string";
  if (type === "BYTES") return "bytes";
  const registers = limit ?? modelRegisters[type] ?? 1;
  // KubeEdge reads all integers unsigned; with a negative minimum that can only be wrong.
  const signed = property.min !== undefined && property.min < 0;
  if (registers === 1) return signed ? "int16" : "uint16";
  if (registers === 2) return type !== "INT" ? "float32" : signed ? "int32" : "uint32";
  if (registers === 4) return type !== "INT" ? "float64" : signed ? "int64" : "uint64";
  return config.findings.problem(config.at("limit"), `must be 1, 2 or 4 registers for ${type}`);
}

/** isSwap, isRegisterSwap as KubeEdge has them, or byteOrder ABCD, CDAB, BADC, DCBA, or wordOrder. */
function orderOf(config: FieldReader): Order {
  const swapBytes = config.boolean("isSwap");
  const swapWords = config.boolean("isRegisterSwap");
  const byteOrder = config.choice("byteOrder", ["ABCD", "CDAB", "BADC", "DCBA", "big", "little"] as const);
  const wordOrder = config.choice("wordOrder", ["big", "little"] as const);
  const named: Partial<Order> = {
    ...(byteOrder && { swapBytes: byteOrder === "BADC" || byteOrder === "DCBA" || byteOrder === "little" }),
    ...(byteOrder?.length === 4 && { swapWords: byteOrder === "CDAB" || byteOrder === "DCBA" }),
    ...(wordOrder && { swapWords: wordOrder === "little" }),
  };
  const clash = (one?: boolean, other?: boolean) => one !== undefined && other !== undefined && one !== other;
  if (clash(swapBytes, named.swapBytes) || clash(swapWords, named.swapWords)) {
    config.findings.problem(config.at("byteOrder"), "contradicts isSwap or isRegisterSwap: write one of them");
  }
  return {
    swapBytes: named.swapBytes ?? swapBytes ?? false,
    swapWords: named.swapWords ?? swapWords ?? false,
  };
}
