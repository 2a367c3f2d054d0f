import type { Draft, DriverCallReply } from "@holdfast/proto";
import { type Argument, asDriverError, type Batch, DriverError, type Line } from "./driver.ts";
import type { LineSession } from "./line-session.ts";

/** A method of one device, and what it is given, in order. */
export interface LineCall<V = unknown> {
  /** "<namespace>/<device>" */
  readonly device: string;
  readonly method: string;
  readonly arguments: readonly Argument<V>[];
  /** Monotonic time after which no argument is begun: nobody waits for it any more. */
  readonly endMs: number;
}

/** What came of it; `error` is the one that ended it. */
export interface CarriedOut {
  readonly reply: Draft<DriverCallReply>;
  readonly error: DriverError | undefined;
}

/**
 * Carries out a method once: as the driver does it, or by writing its arguments one after the other. What fails in
 * the middle says how far it came; a write of which nobody knows whether it happened makes all of it unknown.
 */
export async function carryOut<V, L extends Line, B extends Batch<V>>(
  line: LineSession<V, L, B>,
  call: LineCall<V>,
  nowMs: () => number,
): Promise<CarriedOut> {
  const written: string[] = [];
  try {
    if (await carriedOutByDriver(line, call)) return { reply: { outcome: "ok" }, error: undefined };
    for (const { point, value } of call.arguments) {
      if (nowMs() >= call.endMs) throw new DriverError("timeout", "the time for it was over", { sent: false });
      await line.use(`Writing ${point.id}`, (session, signal) => session.write(point, value, signal));
      written.push(point.property.name);
    }
    return { reply: { outcome: "ok" }, error: undefined };
  } catch (thrown) {
    const error = asDriverError(thrown);
    const failed = call.arguments[written.length]?.point.property.name ?? call.method;
    const before = written.length === 0 ? "" : `${written.join(", ")} written, then `;
    const outcome = error.mayHaveHappened ? "unknown" : "failed";
    return { reply: { outcome, error: error.kind, detail: `${before}${failed}: ${error.message}` }, error };
  }
}

/** False where the protocol has no methods of its own. */
function carriedOutByDriver<V, L extends Line, B extends Batch<V>>(
  line: LineSession<V, L, B>,
  { method, device, arguments: given }: LineCall<V>,
): Promise<boolean> {
  return line.use(`Calling ${method} of ${device}`, async (session, signal) => {
    if (session.call) await session.call(method, given, signal);
    else if (given.length === 0) {
      throw new DriverError("config", "it names no properties: there is nothing to write", { sent: false });
    }
    return session.call !== undefined;
  });
}
