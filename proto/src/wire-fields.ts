import protobuf from "protobufjs/minimal.js";

export type Writer = protobuf.Writer;
export type Reader = protobuf.Reader;

/** A message while it is being read. */
export type Writable<T> = {
  -readonly [K in keyof T]: T[K] extends readonly (infer U)[]
    ? U[]
    : string extends keyof T[K]
      ? { -readonly [L in keyof T[K]]: T[K][L] }
      : T[K];
};

/** A field with a wrong value, while the path to it is still being collected. */
export class WrongField extends Error {
  readonly path: string;
  readonly problem: string;

  constructor(path: string, problem: string) {
    super(`${path} ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

export const noBytes: Uint8Array = new Uint8Array(0);

function wrongType(name: string, expected: string, value: unknown): WrongField {
  return new WrongField(name, `must be ${expected}, not ${value === null ? "null" : typeof value}`);
}

/** Passes a field's problem on with the path of its parent; other errors as they are. */
function below(parent: string, error: unknown): unknown {
  if (!(error instanceof WrongField)) return error;
  return new WrongField(error.path === "" ? parent : `${parent}.${error.path}`, error.problem);
}

export function checkString(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") throw wrongType(name, "a string", value);
  if (!value.isWellFormed()) throw new WrongField(name, "must be well-formed Unicode");
}

export function checkBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongType(name, "a Uint8Array", value);
}

export function checkBool(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== "boolean") throw wrongType(name, "a boolean", value);
}

function checkUint32(value: unknown, name: string): asserts value is number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (value >>> 0 !== value) throw new WrongField(name, `must be an integer from 0 to 2^32 - 1, not ${value}`);
}

export function writeString(w: Writer, tag: number, value: string | undefined, name: string): void {
  if (value === undefined || value === "") return;
  checkString(value, name);
  w.uint32(tag).string(value);
}

export function writeStrings(w: Writer, tag: number, values: readonly string[] | undefined, name: string): void {
  eachOf(values, name, (value, at) => {
    checkString(value, at);
    w.uint32(tag).string(value);
  });
}

export function writeBytes(w: Writer, tag: number, value: Uint8Array | undefined, name: string): void {
  if (value === undefined) return;
  checkBytes(value, name);
  if (value.length > 0) w.uint32(tag).bytes(value);
}

export function writeBytesList(w: Writer, tag: number, values: readonly Uint8Array[] | undefined, name: string): void {
  eachOf(values, name, (value, at) => {
    checkBytes(value, at);
    w.uint32(tag).bytes(value);
  });
}

export function writeBool(w: Writer, tag: number, value: boolean | undefined, name: string): void {
  if (value === undefined) return;
  checkBool(value, name);
  if (value) w.uint32(tag).bool(value);
}

export function writeUint32(w: Writer, tag: number, value: number | undefined, name: string): void {
  if (value === undefined) return;
  checkUint32(value, name);
  if (value !== 0) w.uint32(tag).uint32(value);
}

export function writeFixed32(w: Writer, tag: number, value: number | undefined, name: string): void {
  if (value !== 0) writeOptionalFixed32(w, tag, value, name);
}

export function writeOptionalFixed32(w: Writer, tag: number, value: number | undefined, name: string): void {
  if (value === undefined) return;
  checkUint32(value, name);
  w.uint32(tag).fixed32(value);
}

export function writeUint64Number(w: Writer, tag: number, value: number | undefined, name: string): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new WrongField(name, `must be an integer from 0 to 2^53 - 1, not ${value}`);
  if (value !== 0) w.uint32(tag).uint64(value);
}

export function writeEnum<E extends string>(
  w: Writer,
  tag: number,
  value: E | undefined,
  name: string,
  names: readonly E[],
): void {
  if (value !== names[0]) writeOptionalEnum(w, tag, value, name, names);
}

export function writeOptionalEnum<E extends string>(
  w: Writer,
  tag: number,
  value: E | undefined,
  name: string,
  names: readonly E[],
): void {
  if (value === undefined) return;
  const number = names.indexOf(value);
  if (number === -1) throw new WrongField(name, `must be one of ${names.join(", ")}`);
  w.uint32(tag).uint32(number);
}

export function writeMessage<D>(
  w: Writer,
  tag: number,
  value: D | undefined,
  name: string,
  write: (w: Writer, value: D) => void,
): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) throw wrongType(name, "an object", value);
  w.uint32(tag).fork();
  try {
    write(w, value);
  } catch (error) {
    throw below(name, error);
  }
  w.ldelim();
}

export function writeMessages<D>(
  w: Writer,
  tag: number,
  values: readonly D[] | undefined,
  name: string,
  write: (w: Writer, value: D) => void,
): void {
  eachOf(values, name, (value, at) => {
    if (value === undefined) throw wrongType(at, "an object", value);
    writeMessage(w, tag, value, at, write);
  });
}

/** `write` writes field 2 of the entry. */
export function writeMap<D>(
  w: Writer,
  tag: number,
  values: Readonly<Record<string, D>> | undefined,
  name: string,
  write: (w: Writer, value: D, name: string) => void,
): void {
  if (values === undefined) return;
  if (typeof values !== "object" || values === null) throw wrongType(name, "an object", values);
  for (const [key, value] of Object.entries(values)) {
    const at = `${name}[${JSON.stringify(key)}]`;
    checkString(key, at);
    w.uint32(tag).fork().uint32(10).string(key);
    write(w, value, at);
    w.ldelim();
  }
}

function eachOf<D>(values: readonly D[] | undefined, name: string, write: (value: D, at: string) => void): void {
  if (values === undefined) return;
  if (!Array.isArray(values)) throw wrongType(name, "an array", values);
  for (let index = 0; index < values.length; index++) {
    const value: D | undefined = values[index];
    if (value === undefined) throw wrongType(`${name}[${index}]`, "present", value);
    write(value, `${name}[${index}]`);
  }
}

export function readMessage<T>(r: Reader, read: (r: Reader) => T, name: string): T {
  try {
    return readDelimited(r, read);
  } catch (error) {
    throw below(name, error);
  }
}

/** After an error the reader is of no use. */
function readDelimited<T>(r: Reader, read: (r: Reader) => T): T {
  const end = r.size() + r.pos;
  const { len } = r;
  if (end > len) throw new RangeError("a message is cut off");
  r.len = end;
  const message = read(r);
  r.len = len;
  return message;
}

/** A message that is present and says nothing. */
export function zeroMessage<T>(read: (r: Reader) => T): T {
  return read(new protobuf.Reader(noBytes));
}

/** `read` reads field 2 of the entry, which has the tag `valueTag`; `zero` is its value when it is absent. */
export function readEntry<T>(
  r: Reader,
  map: Record<string, T>,
  valueTag: number,
  read: (r: Reader) => T,
  zero: () => T,
): void {
  let key = "";
  let value: T | undefined;
  readDelimited(r, () => {
    while (r.pos < r.len) {
      const tag = r.tag();
      if (tag === 10) key = r.stringVerify();
      else if (tag === valueTag) value = read(r);
      else r.skipType(tag & 7, 0, tag >>> 3);
    }
  });
  setOwn(map, key, value ?? zero());
}

/** Also for the key "__proto__", which an assignment would not make an own property. */
export function setOwn<T>(map: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

export function readUnknown(r: Reader): void {
  while (r.pos < r.len) {
    const tag = r.tag();
    r.skipType(tag & 7, 0, tag >>> 3);
  }
}

/** Reads a varint of 64 bits. Numbers of 2^53 and more are refused rather than rounded. */
export function readUint64Number(r: Reader, name: string): number {
  let value = 0;
  let factor = 1;
  for (let index = 0; index < 10; index++) {
    const byte = r.pos < r.len ? r.buf[r.pos++] : undefined;
    if (byte === undefined) throw new RangeError("a number is cut off");
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      if (value > Number.MAX_SAFE_INTEGER) throw new WrongField(name, "is beyond 2^53 - 1");
      return value;
    }
  }
  throw new RangeError("a number is too long");
}

/** An unknown value is refused: it could mean the opposite of the default. */
export function readEnum<E extends string>(r: Reader, names: readonly E[], name: string): E {
  const number = r.uint32();
  const value = names[number];
  if (value === undefined) throw new WrongField(name, `has the unknown value ${number}`);
  return value;
}
