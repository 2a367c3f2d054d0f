import { type Value, ValueCodec } from "@holdfast/proto";

/** A value as JavaScript writes it; a number is an integer when it is one. */
export type Plain = boolean | number | bigint | string | Uint8Array | null;

/** The value that this means; the DeviceModel decides what it becomes. */
export function valueFrom(value: Exclude<Plain, null>): Value {
  if (typeof value === "bigint") return { kind: "int64", int64: value };
  if (value instanceof Uint8Array) return { kind: "bytes", bytes: value };
  return ValueCodec.fromJson(value);
}
