import { HoldfastError } from "@holdfast/proto";
import type { Headers } from "../bus/bus.ts";

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
