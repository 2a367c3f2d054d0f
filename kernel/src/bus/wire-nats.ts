import { HoldfastError } from "@holdfast/proto";
import { errors, type Msg, type MsgHdrs, headers as natsHeaders } from "@nats-io/transport-node";
import type { Headers, Message } from "./bus.ts";

/** A received message in the kernel's form. */
export function toMessage(message: Msg): Message {
  return {
    subject: message.subject,
    data: message.data,
    ...(message.headers === undefined ? {} : { headers: fromRawHeaders(message.headers) }),
    ...(message.reply === undefined || message.reply === "" ? {} : { reply: message.reply }),
  };
}

/** What the server says to a reply subject in place of an answer, as "no responders"; no message of anybody. */
export function isServerNotice(message: Msg): boolean {
  return message.data.length === 0 && (message.headers?.code ?? 0) !== 0;
}

/** Headers of a stored or received message. */
function fromRawHeaders(raw: MsgHdrs): Headers {
  return new Map(raw.keys().map((name) => [name, raw.get(name)]));
}

/** Error: `invalid_argument`. */
export function toRawHeaders(headers: Headers | undefined): MsgHdrs | undefined {
  if (headers === undefined) return undefined;
  const raw = natsHeaders();
  try {
    for (const [name, value] of headers) raw.set(name, value);
  } catch (error) {
    throw new HoldfastError("invalid_argument", error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  return raw;
}

/** Whatever the library threw, with the codes of `Bus`. */
export function asBusError(error: unknown, subject: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const cause = error instanceof errors.RequestError && error.cause !== undefined ? error.cause : error;
  if (cause instanceof errors.TimeoutError) {
    return new HoldfastError("timeout", `No answer on ${subject} within the time limit.`);
  }
  if (cause instanceof errors.NoRespondersError) {
    return new HoldfastError("no_responders", `Nobody serves ${subject} at the moment.`);
  }
  if (cause instanceof errors.PermissionViolationError) {
    return new HoldfastError("forbidden", `The bus does not allow this connection to use ${subject}.`, { cause });
  }
  if (cause instanceof errors.InvalidArgumentError && detail.includes("max_payload")) {
    return new HoldfastError("too_large", `The message to ${subject} is over the bus's limit.`, { cause });
  }
  if (cause instanceof errors.InvalidArgumentError || cause instanceof errors.InvalidSubjectError) {
    return new HoldfastError("invalid_argument", detail, { cause });
  }
  return new HoldfastError("disconnected", `The connection to the bus failed on ${subject}: ${detail}.`, { cause });
}
