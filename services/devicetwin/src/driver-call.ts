import { asHoldfastError, type Context, call, type ErrorCode, type HoldfastError } from "@holdfast/kernel";
import { driverRead, driverWrite, type Sample } from "@holdfast/proto";
import type { Place } from "./fact.ts";
import { type Attempt, afterRead, afterWrite, delayed, type Outcome, refused, unknownEffect } from "./write-step.ts";

/** One read or write of one property by the mapper of its protocol. */
export interface DriverCall extends Omit<Attempt, "nowMs" | "wallMs"> {
  readonly place: Place;
  readonly protocol: string;
  readonly id: string;
  readonly incarnation: number;
  readonly timeoutMs: number;
}

/** The mapper is not there, or does not know the device yet: surely nothing was done. */
const notNow = new Set<ErrorCode>(["no_responders", "busy", "unavailable", "not_found", "not_here"]);
/** What no retry mends. */
const never = new Set<ErrorCode>([
  "wrong_type",
  "out_of_range",
  "read_only",
  "unsupported",
  "invalid_argument",
  "too_large",
]);

/** Asks the driver; whatever happens is an outcome. */
export async function askDriver(context: Context<unknown>, what: "read" | "write", ask: DriverCall): Promise<Outcome> {
  const { bus, clock, stats } = context;
  const { place, protocol, id, incarnation, timeoutMs } = ask;
  const attempt = (): Attempt => ({ ...ask, nowMs: clock.monotonicMs(), wallMs: clock.wallMs() });
  stats.count(what === "read" ? "driver_reads" : "driver_writes");
  try {
    if (what === "read") return afterRead(attempt(), await call(bus, driverRead, { protocol }, place, { timeoutMs }));
    const request = { ...place, value: ask.wanted, id, incarnation };
    const reply = await call(bus, driverWrite, { protocol }, request, { timeoutMs });
    return afterWrite(attempt(), reply);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    stats.count("driver_failures");
    if (error.code === "stale_incarnation") context.fail(error);
    return what === "read" ? readFailed(attempt(), error) : writeFailed(attempt(), error);
  }
}

function readFailed(attempt: Attempt, { code, message, retryable }: HoldfastError): Outcome {
  if (retryable || notNow.has(code)) return delayed(attempt, message);
  const sample: Sample = {
    ...{
      value: undefined,
      quality: "bad",
      error: "protocol",
      detail: message,
      sourceTimeMs: attempt.wallMs,
      dropped: 0,
    },
  };
  return afterRead(attempt, sample);
}

function writeFailed(attempt: Attempt, { code, message }: HoldfastError): Outcome {
  if (notNow.has(code)) return delayed(attempt, message);
  if (never.has(code)) return refused(message);
  return unknownEffect(attempt, message);
}
