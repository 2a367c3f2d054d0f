import { asHoldfastError, type Context, call, type ErrorCode } from "@holdfast/kernel";
import { type DriverCallReply, driverCall } from "@holdfast/proto";
import type { Begun } from "./call.ts";

/** One method, asked of the mapper of its protocol. */
export interface MethodCall extends Begun {
  readonly incarnation: number;
  /** How long the mapper may take. */
  readonly timeoutMs: number;
  /** Not to be begun later than this. */
  readonly beginWithinMs: number;
  /** An earlier life may have had it carried out. */
  readonly again: boolean;
}

/** What is known of a call afterwards. `notNow`: surely nothing was done, and later it may be. */
export interface CallOutcome {
  readonly kind: "ok" | "failed" | "unknown" | "notNow";
  /** As in TwinResult. */
  readonly reason: string;
  readonly message: string;
}

/** The mapper is not there, or does not know the device (yet). */
const notNow = new Set<ErrorCode>(["no_responders", "busy", "unavailable", "not_found", "not_here"]);
/** Refused before anything was done. */
const refused = new Set<ErrorCode>([
  ...(["wrong_type", "out_of_range", "read_only", "unsupported", "invalid_argument", "too_large", "expired"] as const),
]);
/** Of the time that the mapper has, this share is left for what it began last. */
const lastShare = 2;

/** Asks the driver once; whatever happens is an outcome. */
export async function askMethod({ bus, stats, fail }: Context<unknown>, ask: MethodCall): Promise<CallOutcome> {
  const { place, protocol, method, id, incarnation, again } = ask;
  const timeoutMs = Math.floor(ask.timeoutMs / lastShare);
  const beginWithinMs = Math.max(1, Math.floor(Math.min(timeoutMs, ask.beginWithinMs)));
  const request = { ...place, method, arguments: ask.arguments, id, incarnation, timeoutMs, beginWithinMs, again };
  stats.count("driver_calls");
  try {
    return outcomeOf(await call(bus, driverCall, { protocol }, request, { timeoutMs: ask.timeoutMs }));
  } catch (thrown) {
    const { code, message } = asHoldfastError(thrown);
    stats.count("driver_failures");
    if (code === "stale_incarnation") fail(asHoldfastError(thrown));
    if (notNow.has(code)) return { kind: "notNow", reason: code === "busy" ? "busy" : "mapper", message };
    if (refused.has(code)) return { kind: "failed", reason: code === "expired" ? "expired" : "config", message };
    return { kind: "unknown", reason: code === "timeout" ? "timeout" : "mapper", message };
  }
}

function outcomeOf({ outcome, error, detail }: DriverCallReply): CallOutcome {
  if (outcome === "ok") return { kind: "ok", reason: "", message: "" };
  // What a later version may say besides is not known to be harmless.
  return { kind: outcome === "failed" ? "failed" : "unknown", reason: error, message: detail };
}
