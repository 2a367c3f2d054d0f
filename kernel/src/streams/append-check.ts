import { HoldfastError } from "@holdfast/proto";
import { checkSubject } from "../bus/subject-filter.ts";
import { type AppendMessage, batchMax } from "./streams.ts";

/** The server's limit of one message with its headers, less room for the headers that the adapter adds. */
const messageMaxBytes = 1024 * 1024 - 512;

/** What every adapter refuses before anything is sent. Errors: `invalid_argument`, `too_large`. */
export function checkAppend(messages: readonly AppendMessage[]): void {
  if (messages.length === 0) throw new HoldfastError("invalid_argument", "An append needs at least one message.");
  if (messages.length > batchMax) {
    throw new HoldfastError("too_large", `An append of ${messages.length} messages is over the limit of ${batchMax}.`);
  }
  for (const { subject, data, headers } of messages) {
    checkSubject(subject);
    let bytes = data.length;
    for (const [name, value] of headers ?? []) {
      if (!/^[!-9;-~]+$/.test(name) || /[\r\n]/.test(value)) {
        throw new HoldfastError("invalid_argument", `The header ${JSON.stringify(name)} cannot be sent.`);
      }
      if (isServerHeader(name)) {
        throw new HoldfastError("invalid_argument", `The header ${name} is the server's: it would change the append.`);
      }
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + ": \r\n".length;
    }
    if (bytes > messageMaxBytes) {
      throw new HoldfastError(
        "too_large",
        `The message to ${subject} has ${bytes} bytes; ${messageMaxBytes} is the limit.`,
      );
    }
  }
}

/** Headers with a meaning for the server; they are not part of a stored message as its reader sees it. */
export function isServerHeader(name: string): boolean {
  return name.startsWith("Nats-");
}
