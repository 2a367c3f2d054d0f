import { type Epoch, logGrant } from "@holdfast/proto";
import { call } from "../bus/rpc.ts";
import type { Context } from "../service/context.ts";
import { untilDone } from "../service/retry.ts";
import { type Appended, type AppendOptions, LogAppender } from "./log-appender.ts";
import type { NewEvent } from "./log-event.ts";
import { type Fold, LogFollower } from "./log-follower.ts";

export interface LogOptions extends Fold {
  /** The name under which the log grants incarnations. */
  readonly module: string;
  /** How long one answer of the log may take before it is asked again; default 2000. */
  readonly timeoutMs?: number;
  /** Silence of the log after which it is asked; its heartbeat comes each second. Default 3500. */
  readonly silenceMs?: number;
}

/** One life of a module on the node's event log. */
export interface LogClient {
  readonly node: string;
  /** Of this life of the module; drivers and runtimes refuse older ones. */
  readonly incarnation: number;
  readonly epoch: Epoch;
  /** Everything up to here has been given to `onEntry`. */
  readonly throughSeq: number;
  /** The log is over its soft limit: coalesce, refuse new commands with `busy`. */
  readonly pressed: boolean;
  /**
   * Resolves when the events are on disk, all of them. Repeated until the log answers. They come back through
   * `onEntry`, before or after this resolves. Under pressure a waiting reported value may be replaced by a
   * newer one of its key; both appends then resolve with the newer one's place.
   * Errors: `too_large`, `invalid_argument`, `busy` (too many wait, or the log is full and `orBusy` was asked for),
   * `stale_incarnation` (the module fails too), `unavailable` (stopped).
   */
  append(events: readonly NewEvent[], options?: AppendOptions): Promise<Appended>;
  /** Resolves once `onEntry` has had everything up to `seq`. Error: `unavailable` (the module is stopping). */
  folded(seq: number): Promise<void>;
  stop(): void;
}

/**
 * Begins a new life of the module on the log, gives it everything that the log holds of its prefixes and then
 * what is committed, in order. Resolves when the replay has joined the tail; waits while the log is away.
 * Error: `unavailable` when the module is told to stop before.
 */
export async function openLog(context: Context<unknown>, options: LogOptions): Promise<LogClient> {
  const { module, timeoutMs = 2000, silenceMs = 3500 } = options;
  // Before the replay: what an earlier life still appends afterwards is refused, so nothing can be missed.
  const granted = await untilDone(context, "the event log", () =>
    call(context.bus, logGrant, { module }, { module }, { timeoutMs }),
  );
  const { node, incarnation } = granted;
  const follower = new LogFollower(context, options, { timeoutMs, silenceMs });
  const isPressed = () => follower.pressed;
  const appender = new LogAppender(context, { module, incarnation }, { timeoutMs, isPressed });
  const stop = () => {
    follower.stop();
    appender.stop();
  };
  if (context.stopping.aborted) stop();
  else context.stopping.addEventListener("abort", () => follower.stop(), { once: true });
  await follower.replay();
  // Half of what the log holds looks as if the rest had been removed: nobody may begin with it.
  if (follower.ended.aborted) {
    stop();
    throw follower.ended.reason;
  }
  return {
    node,
    incarnation,
    get epoch() {
      return follower.epoch;
    },
    get throughSeq() {
      return follower.throughSeq;
    },
    get pressed() {
      return follower.pressed;
    },
    append: (events, options) => appender.append(events, options),
    folded: (seq) => follower.folded(seq),
    stop,
  };
}
