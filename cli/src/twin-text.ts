import { type Plain, plain, type TwinResult, type Value } from "@holdfast/sdk";
import { state } from "./output.ts";

/** What a person types as a value; the device model decides the type in the end. */
export function parseValue(text: string): Plain {
  if (text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  if (/^-?\d+$/.test(text)) return BigInt(text);
  if (text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  return text;
}

/** A value for people; numbers with at most `digits` behind the point. */
export function showValue(value: Value | undefined, digits = 4): string {
  const bare = plain(value);
  if (bare === undefined) return "-";
  if (bare instanceof Uint8Array) return `${bare.length} bytes`;
  return typeof bare === "number" && !Number.isInteger(bare) ? String(Number(bare.toFixed(digits))) : String(bare);
}

/** A method and its arguments: "program setpoint=60 label=warm". */
export function callText(method: string, given: Readonly<Record<string, Value>>): string {
  return [method, ...Object.entries(given).map(([name, value]) => `${name}=${showValue(value)}`)].join(" ");
}

/** What came of a call: "failed (rejected): illegal data value". */
export function resultText({ outcome, reason, message }: TwinResult): string {
  const why = reason === "" ? "" : ` (${reason})`;
  return `${state(outcome)}${why}${message === "" ? "" : `: ${message}`}`;
}

/** Values by name as `-o json` prints them. */
export function plainValues(values: Readonly<Record<string, Value>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value) ?? null]));
}
