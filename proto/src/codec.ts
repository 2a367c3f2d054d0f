import protobuf from "protobufjs/minimal.js";
import { HoldfastError } from "./errors.ts";
import { type Json, type Parse, type Place, unknownField } from "./json-fields.ts";
import type { Value } from "./value.ts";
import { type Reader, type Writer, WrongField } from "./wire-fields.ts";

/** What may be encoded: any part of a message. An absent scalar is its proto3 default, an absent message is absent. */
export type Draft<T> = T extends Value | string | number | bigint | boolean | Uint8Array | undefined
  ? T
  : T extends readonly (infer U)[]
    ? readonly Draft<U>[]
    : string extends keyof T
      ? { readonly [K in keyof T]: Draft<T[K]> }
      : { readonly [K in keyof T]?: Draft<T[K]> | undefined };

/** One message as protobuf and as JSON. */
export interface Codec<T> {
  readonly name: string;
  /**
   * Protobuf; the bytes are nobody else's, their buffer may be shared.
   * Error: `invalid_message` with the path of a field that has a wrong value.
   */
  encode(value: Draft<T>): Uint8Array;
  /**
   * Protobuf. Unknown fields are ignored; `bytes` fields are views of the input, not copies.
   * Error: `invalid_message`.
   */
  decode(bytes: Uint8Array): T;
  /**
   * A parsed JSON document. Errors: `unknown_field` when nothing but unknown fields is wrong, else
   * `invalid_message`; all of them together in `problems`.
   */
  fromJson(json: unknown): T;
  /** A value for JSON.stringify. Error: `invalid_message` when a field that holds JSON text does not. */
  toJson(value: Draft<T>): unknown;
}

/** Kept for the next message: its buffer has grown already. Absent while a message is being written. */
let spareWriter: Writer | undefined;

/** Small messages lie side by side in one buffer, as Node's own do: a buffer for each costs more than to fill it. */
const sharedBytes = 8192;
const smallBytesMax = sharedBytes / 4;
let shared = new ArrayBuffer(sharedBytes);
let sharedUsed = 0;

function newBytes(length: number): Uint8Array {
  if (length > smallBytesMax) return new Uint8Array(length);
  if (sharedUsed + length > sharedBytes) {
    shared = new ArrayBuffer(sharedBytes);
    sharedUsed = 0;
  }
  sharedUsed += length;
  return new Uint8Array(shared, sharedUsed - length, length);
}

export function codec<T>(
  name: string,
  write: (w: Writer, value: Draft<T>) => void,
  read: (r: Reader) => T,
  parse: Parse<T>,
  print: (value: Draft<T>) => Json,
): Codec<T> {
  return {
    name,
    encode(value) {
      const writer = spareWriter ?? new protobuf.BufferWriter();
      spareWriter = undefined;
      try {
        if (typeof value !== "object" || value === null) throw new WrongField("", "must be an object");
        write(writer, value);
      } catch (error) {
        throw wrongMessage(name, error);
      }
      const bytes = writer.finishInto(newBytes(writer.len));
      spareWriter = writer.reset();
      return bytes;
    },
    decode(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new HoldfastError("invalid_message", `A ${name} must be bytes.`);
      try {
        return read(new protobuf.Reader(plainBytes(bytes)));
      } catch (error) {
        throw wrongMessage(name, error);
      }
    },
    fromJson(json) {
      const place: Place = { path: "", problems: [] };
      const value = parse(json, place);
      if (place.problems.length === 0 && value !== undefined) return value;
      const onlyUnknown = place.problems.every(({ problem }) => problem.startsWith(unknownField));
      const text = place.problems.map(({ path, problem }) => `${path === "" ? name : path} ${problem}`).join("; ");
      throw new HoldfastError(onlyUnknown ? "unknown_field" : "invalid_message", `${name}: ${text}.`, {
        problems: place.problems,
      });
    },
    toJson(value) {
      try {
        return print(value);
      } catch (error) {
        throw wrongMessage(name, error);
      }
    },
  };
}

/** Not a Buffer: parts of it would be Buffers, too. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function wrongMessage(name: string, error: unknown): HoldfastError {
  if (error instanceof WrongField) {
    const { path, problem } = error;
    const problems = path === "" ? [] : [{ path, problem }];
    return new HoldfastError("invalid_message", `${name}: ${path === "" ? "it" : path} ${problem}.`, { problems });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new HoldfastError("invalid_message", `This is not a ${name}: ${reason}.`, { cause: error });
}
