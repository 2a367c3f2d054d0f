import { HoldfastError } from "@holdfast/proto";
import { callerHeader } from "../bus/actor.ts";
import type { Headers } from "../bus/bus.ts";
import { identityOf } from "../bus/inbox.ts";

/** As they arrive, and their bytes on a wire. Error: `invalid_argument`. */
export function checkHeaders(headers: Headers): { headers: Headers; bytes: number } {
  const trimmed = new Map<string, string>();
  let bytes = "NATS/1.0\r\n\r\n".length;
  for (const [name, value] of headers) {
    if (!/^[!-9;-~]*$/.test(name) || /[\r\n]/.test(value)) {
      throw new HoldfastError("invalid_argument", `The header ${JSON.stringify(name)} cannot be sent.`);
    }
    trimmed.set(name, value.trim());
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value.trim()) + ": \r\n".length;
  }
  return { headers: trimmed, bytes };
}

/** As they arrive where they leave an account of users, whatever the user put there. */
export function asCaller(user: string, headers: Headers = new Map()): Headers {
  return new Map([...headers, [callerHeader, JSON.stringify({ name_tag: identityOf("user", user) })]]);
}
