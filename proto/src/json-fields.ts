import type { FieldProblem } from "./errors.ts";
import { setOwn, WrongField } from "./wire-fields.ts";

/** What JSON.stringify prints; undefined members are left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Where in a document a parser is, and what was found wrong so far. */
export interface Place {
  readonly path: string;
  readonly problems: FieldProblem[];
}

export type Parse<T> = (json: unknown, place: Place) => T | undefined;

export const unknownField = "is unknown";

interface Fields {
  readonly object: object;
  readonly place: Place;
}

export function report(place: Place, problem: string): undefined {
  place.problems.push({ path: place.path, problem });
}

function kindOf(json: unknown): string {
  if (json === null) return "null";
  return Array.isArray(json) ? "an array" : typeof json;
}

function inside(place: Place, name: string): Place {
  return { path: place.path === "" ? name : `${place.path}.${name}`, problems: place.problems };
}

function isObject(json: unknown): json is object {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** The members of an object. Reports those that are not `known`, and what is no object. */
export function fieldsOf(json: unknown, place: Place, known: readonly string[]): Fields {
  if (!isObject(json)) {
    report(place, `must be an object, not ${kindOf(json)}`);
    return { object: {}, place };
  }
  for (const name of Object.keys(json)) {
    if (known.includes(name)) continue;
    const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    report(inside(place, name), known.includes(camel) ? `${unknownField}; write ${camel}` : unknownField);
  }
  return { object: json, place };
}

/** Null means absent, as in the JSON mapping of protobuf. */
function member({ object }: Fields, name: string): unknown {
  const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
  return value === null ? undefined : value;
}

/** It is there, and null. */
export function isNull({ object }: Fields, name: string): boolean {
  return Object.getOwnPropertyDescriptor(object, name)?.value === null;
}

export function one<T>(fields: Fields, name: string, parse: Parse<T>, zero: T): T {
  return optional(fields, name, parse) ?? zero;
}

export function optional<T>(fields: Fields, name: string, parse: Parse<T>): T | undefined {
  const value = member(fields, name);
  return value === undefined ? undefined : parse(value, inside(fields.place, name));
}

export function list<T>(fields: Fields, name: string, parse: Parse<T>): T[] {
  const value = member(fields, name);
  if (value === undefined) return [];
  const place = inside(fields.place, name);
  if (!Array.isArray(value)) {
    report(place, `must be an array, not ${kindOf(value)}`);
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    const parsed = parse(item, { path: `${place.path}[${index}]`, problems: place.problems });
    return parsed === undefined ? [] : [parsed];
  });
}

export function map<T>(fields: Fields, name: string, parse: Parse<T>): Record<string, T> {
  const value = member(fields, name);
  const found: Record<string, T> = {};
  if (value === undefined) return found;
  const place = inside(fields.place, name);
  if (!isObject(value)) {
    report(place, `must be an object, not ${kindOf(value)}`);
    return found;
  }
  for (const [key, item] of Object.entries(value)) {
    const at = { path: `${place.path}[${JSON.stringify(key)}]`, problems: place.problems };
    const parsed = parse(item, at);
    if (parsed !== undefined) setOwn(found, key, parsed);
  }
  return found;
}

export function asString(json: unknown, place: Place): string | undefined {
  if (typeof json !== "string") return report(place, `must be a string, not ${kindOf(json)}`);
  return json.isWellFormed() ? json : report(place, "must be well-formed Unicode");
}

export function asBool(json: unknown, place: Place): boolean | undefined {
  return typeof json === "boolean" ? json : report(place, `must be true or false, not ${kindOf(json)}`);
}

/** Standard or URL-safe base64. */
export function asBytes(json: unknown, place: Place): Uint8Array | undefined {
  const isBase64 = typeof json === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(json);
  return isBase64 ? new Uint8Array(Buffer.from(json, "base64")) : report(place, "must be base64");
}

export function asUint32(json: unknown, place: Place): number | undefined {
  if (typeof json === "number" && json >>> 0 === json) return json;
  return report(place, "must be an integer from 0 to 2^32 - 1");
}

/** A number, or a string of digits as other printers of protobuf JSON write 64 bits. */
export function asUint64Number(json: unknown, place: Place): number | undefined {
  const number = typeof json === "string" && /^\d{1,16}$/.test(json) ? Number(json) : json;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  return report(place, "must be an integer from 0 to 2^53 - 1");
}

export function asEnum<E extends string>(names: readonly E[]): Parse<E> {
  return (json, place) => names.find((name) => name === json) ?? report(place, `must be one of ${names.join(", ")}`);
}

/** Any JSON, kept as its text. */
export function asDocument(json: unknown, place: Place): string | undefined {
  try {
    return JSON.stringify(json);
  } catch {
    // What JSON.parse has read can be too deep for the recursion of JSON.stringify, and nothing else.
    return report(place, "is nested too deeply");
  }
}

export function base64(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

export function document(text: string | undefined, name: string): Json | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch {
    throw new WrongField(name, "does not hold JSON");
  }
}

export function printOptional<D>(value: D | undefined, print: (value: D) => Json): Json | undefined {
  return value === undefined ? undefined : print(value);
}

export function printEach<D>(values: readonly D[] | undefined, print: (value: D) => Json): Json {
  return values === undefined ? [] : values.map(print);
}

export function printMap<D>(values: Readonly<Record<string, D>> | undefined, print: (value: D) => Json): Json {
  const printed: Record<string, Json> = {};
  for (const [key, value] of Object.entries(values ?? {})) setOwn(printed, key, print(value));
  return printed;
}
