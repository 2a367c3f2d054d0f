import { type Codec, codec } from "./codec.ts";
import { parseValue, printValue, readValue, type Value, writeValue } from "./value.ts";

export type { Codec, Draft } from "./codec.ts";
export type {
  AnyContract,
  Contract,
  EventContract,
  Keyed,
  LogAuthor,
  Published,
  RecordContract,
  Rights,
} from "./contract.ts";
export * from "./contracts.ts";
export * from "./errors.ts";
export type { Json } from "./json-fields.ts";
export { type Key, keyOf, type Params, type Subject, subjectOf, tokenBytesMax } from "./subject.ts";
export type { Value } from "./value.ts";

export const ValueCodec: Codec<Value> = codec<Value>("Value", writeValue, readValue, parseValue, printValue);
