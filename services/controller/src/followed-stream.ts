import {
  type Context,
  HoldfastError,
  type StartAt,
  type StoredMessage,
  untilDone,
  withDeadline,
} from "@holdfast/kernel";

/** How long a command waits until this controller has seen what the stream holds. */
const currentTimeoutMs = 5000;

/** A stream that this process follows into memory. */
export interface FollowedStream {
  /** Sequence up to which everything has been taken. */
  readonly at: number;
  /** Resolves when everything up to this sequence has been taken. Error: `timeout`. */
  reached(seq: number): Promise<void>;
  /** Resolves when everything that the leader has now has been taken. Errors: `timeout`, `disconnected`. */
  current(): Promise<void>;
  stop(): Promise<void>;
}

export interface Following {
  readonly stream: string;
  readonly filters?: readonly string[];
  readonly from: StartAt;
  /** Errors are counted and the message is skipped: one bad record never stops a module. */
  readonly take: (message: StoredMessage) => void;
}

/**
 * Resolves when everything that was there is taken. A stream that was recreated or cut back ends the
 * process: nothing it knows is true any more, and the next life loads what is there now.
 */
export async function followStream(context: Context<unknown>, following: Following): Promise<FollowedStream> {
  const { streams, stats, logger, clock } = context;
  const { stream, take } = following;
  const waiting = new Set<{ readonly seq: number; readonly done: () => void }>();
  let at = 0;
  const moveTo = (seq: number) => {
    at = Math.max(at, seq);
    for (const one of waiting) {
      if (one.seq > at) continue;
      waiting.delete(one);
      one.done();
    }
  };
  const handle = (message: StoredMessage) => {
    try {
      take(message);
    } catch (error) {
      stats.count("records_skipped");
      logger.error(
        { stream, subject: message.subject, seq: message.seq, error: String(error) },
        "record not understood",
      );
    }
    moveTo(message.seq);
  };
  const { lastSeq } = await untilDone(context, `the end of ${stream}`, () => streams.info(stream));
  const { filters, from } = following;
  const onReset = () =>
    context.fail(
      new HoldfastError("stale_epoch", `The stream ${stream} was recreated; this controller loads it anew.`),
    );
  const follower = await untilDone(context, `following ${stream}`, async () => {
    const started = await streams.follow(stream, { from, ...(filters ? { filters } : {}) }, handle, onReset);
    await started.caughtUp;
    return started;
  });
  // The newest message may have been removed, and then never comes.
  moveTo(lastSeq);

  const reached = (seq: number): Promise<void> => {
    if (seq <= at) return Promise.resolve();
    let one = { seq, done: () => {} };
    const arrival = new Promise<void>((done) => {
      one = { seq, done };
    });
    waiting.add(one);
    const wait = withDeadline(clock, currentTimeoutMs, `Following ${stream} up to ${seq}`, arrival);
    return wait.finally(() => waiting.delete(one));
  };
  return {
    get at() {
      return at;
    },
    reached,
    current: shared(async () => reached((await streams.info(stream)).lastSeq)),
    stop: () => follower.stop(),
  };
}

/** Callers share one question to the leader, but never one that was asked before they came. */
function shared(ask: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const start = () => {
    running = ask().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return start();
      });
    return queued;
  };
}
