import { type AppendMessage, type Context, HoldfastError, hasCode } from "@holdfast/kernel";
import { BatchPace, type Turn } from "./batch-pace.ts";
import type { CloudHubConfig } from "./config.ts";
import { type Dropped, FairQueue } from "./fair-queue.ts";
import { eventsStream } from "./marks.ts";
import { Turns } from "./turns.ts";

/** Bytes of one batch: the server has all of it in memory until it commits. */
const batchBytesMax = 8 * 1024 * 1024;

interface Size {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  readonly asker: string;
  readonly messages: readonly AppendMessage[];
  readonly bytes: number;
  /** The sequence of the frame's last message, or undefined when the batch was refused. */
  readonly done: (seq: number | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** What is written, for whom, and how long anybody waits for it. */
export interface Writing {
  /** Has one place at most: a newer one takes the place of the older one. */
  readonly asker: string;
  readonly messages: readonly AppendMessage[];
  readonly turn: Turn;
  /** Monotonic ms. */
  readonly endsMs: number;
}

/** Frames of many nodes share a batch; those of nodes that are up to date go first. */
export interface Batcher {
  /** ms after which a node that catches up has its turn; 0 = now. */
  turnInMs(asker: string): number;
  /**
   * Resolves with the sequence of the last message; undefined = refused, a compare-and-set did not hold.
   * Errors: `busy` (too many wait, a newer one took its place, one of the same asker is being written, or nobody waits
   * for it any more), and those of `Streams.append`.
   */
  write(writing: Writing): Promise<number | undefined>;
}

/** Weight of the newest frame's size. */
const newest = 0.2;

/** A storm must not make a healthy node late (docs/protocol.md 7): `BatchPace` says whose batch is next. */
export function openBatcher({ streams, config, stats, clock, random }: Context<CloudHubConfig>): Batcher {
  const onDropped = ({ failed }: Waiting, why: Dropped) => {
    stats.count(`frames_${why}`);
    failed(new HoldfastError("busy", why === "replaced" ? "A newer frame took its place." : "Nobody waits for it."));
  };
  const queue = () => new FairQueue<Waiting>(config.framesWaitingMax, onDropped);
  const waiting: Record<Turn, FairQueue<Waiting>> = { current: queue(), catchingUp: queue() };
  const turns = new Turns(config, random);
  const underWay = new Set<string>();
  let running = false;
  const pace = new BatchPace(config.batchMs);
  let messagesPerFrame = 10;

  const writeAll = async (group: readonly Waiting[], turn: Turn) => {
    try {
      const messages = group.flatMap((one) => one.messages);
      const startMs = clock.monotonicMs();
      let seq = await streams.append(eventsStream, messages);
      const nowMs = clock.monotonicMs();
      pace.written(turn, messages.length, nowMs - startMs, nowMs);
      stats.count("batches");
      // A batch is stored without gaps, so each frame's last sequence follows from the batch's.
      for (const one of group.toReversed()) {
        one.done(seq);
        seq -= one.messages.length;
      }
    } catch (error) {
      const only = group.length === 1 ? group[0] : undefined;
      if (only) return hasCode(error, "conflict") ? only.done(undefined) : only.failed(error);
      if (hasCode(error, "timeout", "disconnected")) {
        // Not refused: it may have been written. One after the other they would wait for longer than any node does.
        for (const one of group) one.failed(error);
        return;
      }
      // One node's conflict does not hold up the others.
      for (const one of group) await writeAll([one], turn);
    }
  };
  const run = async () => {
    running = true;
    for (let next = nextGroup(); next.group.length > 0; next = nextGroup()) await writeAll(next.group, next.turn);
    running = false;
  };
  const nextGroup = () => {
    const nowMs = clock.monotonicMs();
    const both = waiting.current.next(nowMs) && waiting.catchingUp.next(nowMs);
    const turn = both ? pace.turn(nowMs) : waiting.current.size > 0 ? "current" : "catchingUp";
    const room = { messages: pace.messagesMax(turn, nowMs), bytes: batchBytesMax };
    const group = takeUpTo(waiting[turn], room, nowMs);
    for (const { asker } of group) underWay.add(asker);
    return { group, turn };
  };
  return {
    turnInMs(asker) {
      const nowMs = clock.monotonicMs();
      if (waiting.catchingUp.size < config.catchingUpMax || waiting.catchingUp.has(asker)) return 0;
      stats.count("frames_deferred");
      return turns.next(nowMs, pace.costMs(messagesPerFrame));
    },
    write({ asker, messages, turn, endsMs }) {
      if (underWay.has(asker)) {
        stats.count("frames_busy");
        throw new HoldfastError("busy", "A frame of this node is being written; ask again when that is over.");
      }
      if (turn === "catchingUp") messagesPerFrame += newest * (messages.length - messagesPerFrame);
      const bytes = messages.reduce((sum, { data }) => sum + data.length, 0);
      return new Promise((resolve, reject) => {
        const ended = (end: () => void) => {
          underWay.delete(asker);
          end();
        };
        const done = (seq: number | undefined) => ended(() => resolve(seq));
        const failed = (error: unknown) => ended(() => reject(error));
        const one = { asker, messages, bytes, done, failed };
        if (!waiting[turn].push(asker, one, endsMs, clock.monotonicMs())) return reject(full(config));
        waiting[other(turn)].replace(asker);
        if (!running) void run();
      });
    },
  };
}

function other(turn: Turn): Turn {
  return turn === "current" ? "catchingUp" : "current";
}

function full({ framesWaitingMax }: CloudHubConfig): HoldfastError {
  return new HoldfastError("busy", `${framesWaitingMax} frames wait to be written (HF_HUB_FRAMES_MAX).`);
}

/** Takes from the front while there is room, and one in any case. */
function takeUpTo(waiting: FairQueue<Waiting>, room: Size, nowMs: number): Waiting[] {
  const group: Waiting[] = [];
  let [messages, bytes] = [0, 0];
  for (let next = waiting.next(nowMs); next; next = waiting.next(nowMs)) {
    [messages, bytes] = [messages + next.messages.length, bytes + next.bytes];
    if (group.length > 0 && (messages > room.messages || bytes > room.bytes)) break;
    waiting.take(nowMs);
    group.push(next);
  }
  return group;
}
