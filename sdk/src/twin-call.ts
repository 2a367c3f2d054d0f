import { HoldfastError, systemClock } from "@holdfast/kernel";
import {
  appTwinCall,
  appTwinHistory,
  type TwinCallReply,
  type TwinResult,
  twinCall,
  twinHistory,
} from "@holdfast/proto";
import type { Client } from "./connect.ts";
import { settled } from "./settled.ts";
import { type Plain, valueFrom } from "./twin-value.ts";
import { watchTwins } from "./twin-watch.ts";

export interface CallRequest {
  readonly device: string;
  readonly method: string;
  /** By property: all that the method names. */
  readonly arguments?: Readonly<Record<string, Exclude<Plain, null>>>;
  readonly namespace?: string;
  /** The command's id: repeat it to ask again without doing it twice. */
  readonly id?: string;
  /** Not to be begun later than this. */
  readonly validForMs?: number;
  /** Default "result"; "started" = answer as soon as it has begun, without a result. */
  readonly wait?: "result" | "started";
  /** How long all of it may take. Default 30 000, with "started" 10 000. */
  readonly timeoutMs?: number;
}

const startMs = 10_000;
const resultMs = 30_000;

/**
 * Calls a method of a device. The answer has the result, whatever it is: `ok`, `failed` or `unknown`. Errors: the
 * refusals of `TwinCall`, before which nothing was done; `timeout` (it may have begun: call again with the same id).
 */
export async function callMethod(client: Client, request: CallRequest): Promise<TwinCallReply> {
  const { device, method, namespace = "default", id = client.newId(), validForMs = 0, wait = "result" } = request;
  const given = Object.entries(request.arguments ?? {}).map(([name, value]) => [name, valueFrom(value)] as const);
  const asked = { device, method, arguments: Object.fromEntries(given), id, validForMs };
  const endMs = systemClock.monotonicMs() + (request.timeoutMs ?? (wait === "result" ? resultMs : startMs));
  const where = { namespace, device };
  // Where now is, before it begins: the result must come after it.
  const from = wait === "result" ? await positionNow(client, where) : "";
  const ask = () => client.askTwin(twinCall, appTwinCall, namespace, asked);
  const reply = await settled(ask, endMs, ["timeout", "disconnected", "no_responders", "busy"]);
  if (wait === "started" || reply.result) return reply;
  return { ...reply, result: await resultOf(client, { ...where, from }, id, endMs) };
}

interface Where {
  readonly namespace: string;
  readonly device: string;
}

async function positionNow(client: Client, { namespace, device }: Where): Promise<string> {
  const request = { device, sinceMs: Number.MAX_SAFE_INTEGER, limit: 1 };
  return (await client.askTwin(twinHistory, appTwinHistory, namespace, request)).position;
}

async function resultOf(
  client: Client,
  options: Where & { readonly from: string },
  id: string,
  endMs: number,
): Promise<TwinResult> {
  const stop = new AbortController();
  const cancel = systemClock.after(Math.max(0, endMs - systemClock.monotonicMs()), () => stop.abort());
  try {
    for await (const event of watchTwins(client, { ...options, signal: stop.signal })) {
      if (event.type === "result" && event.id === id) return event.body;
      // The gateway's log was lost, and with it whatever it knew of this call.
      if (event.type === "started" && event.id === id && event.removed) {
        return { method: "", outcome: "unknown", reason: "restart", message: "The gateway lost it.", durationMs: 0 };
      }
    }
  } finally {
    cancel();
  }
  const sentence = "The call has begun, but its result did not come within the time limit; ask again with the same id.";
  throw new HoldfastError("timeout", sentence);
}
