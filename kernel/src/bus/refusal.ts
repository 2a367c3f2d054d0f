import { asHoldfastError, HoldfastError, isErrorCode, type Refusal, RefusalCodec } from "@holdfast/proto";
import type { Headers, Message } from "./bus.ts";

/** Of NATS services (ADR-32): the code must be a number there, so the stable code is in the body. */
const errorHeader = "Nats-Service-Error";
const errorCodeHeader = "Nats-Service-Error-Code";
const errorHeaderMax = 500;

const openingBrace = 0x7b;
const blanks: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * No protobuf message can begin with a brace: it would open a group, which proto3 does not have. With blanks before it
 * it may be one (a line feed is the first field), so then all of it must be JSON.
 */
export function isJson(data: Uint8Array): boolean {
  if (data[0] === openingBrace) return true;
  if (!blanks.has(data[0])) return false;
  const begin = data.findIndex((byte) => !blanks.has(byte));
  if (data[begin] !== openingBrace) return false;
  try {
    parseJson(data);
    return true;
  } catch {
    return false;
  }
}

/** Error: `invalid_message`. */
export function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(data));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HoldfastError("invalid_message", `The request is not valid JSON: ${reason}.`, { cause: error });
  }
}

export function printJson(json: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(json));
}

/** What a caller may know of an error. What a bug says stays in the module's own log. */
export function refusalOf(thrown: unknown): Refusal {
  const { code, message, retryable, problems } = asHoldfastError(thrown);
  if (thrown instanceof HoldfastError) return { code, message, retryable, problems };
  return { code, message: "The module failed on this request; its log says more.", retryable, problems: [] };
}

/** The refusal as an answer, in JSON `{"error": {code, message, retryable, problems}}` or protobuf. */
export function encodeRefusal(refusal: Refusal, json: boolean): { data: Uint8Array; headers: Headers } {
  const text = `${refusal.code}: ${refusal.message}`.replace(/\s+/g, " ").slice(0, errorHeaderMax);
  const number = refusal.code === "internal" ? 500 : refusal.retryable ? 503 : 400;
  const headers = new Map([
    [errorHeader, text],
    [errorCodeHeader, String(number)],
  ]);
  const data = json ? printJson({ error: RefusalCodec.toJson(refusal) }) : RefusalCodec.encode(refusal);
  return { data, headers };
}

/** The error that an answer carries; undefined when it is a proper answer. */
export function refusalIn(answer: Message): HoldfastError | undefined {
  if (answer.headers?.has(errorCodeHeader) !== true) return undefined;
  const refusal = decodeRefusal(answer);
  if (refusal === undefined) return new HoldfastError("internal", answer.headers.get(errorHeader) ?? "Refused.");
  const { code, message, problems } = refusal;
  return isErrorCode(code)
    ? new HoldfastError(code, message, { problems })
    : new HoldfastError("internal", `${message} (${code}, a code that this version does not know)`, { problems });
}

function decodeRefusal({ data }: Message): Refusal | undefined {
  try {
    if (!isJson(data)) return RefusalCodec.decode(data);
    const json = parseJson(data);
    return typeof json === "object" && json !== null && "error" in json ? RefusalCodec.fromJson(json.error) : undefined;
  } catch {
    return undefined;
  }
}
