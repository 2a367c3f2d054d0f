import { type AppendMessage, batchMax, type Context, fraction, HoldfastError, hasCode } from "@holdfast/kernel";
import type { CloudHubConfig } from "./config.ts";
import { eventsStream } from "./marks.ts";

/** Bytes of one batch: the server has all of it in memory until it commits. */
const batchBytesMax = 8 * 1024 * 1024;

interface Size {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  readonly messages: readonly AppendMessage[];
  readonly bytes: number;
  /** The sequence of the frame's last message, or undefined when the batch was refused. */
  readonly done: (seq: number | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** Frames of many nodes share a batch; those of nodes that are up to date go first. */
export interface Batcher {
  /** ms after which a node that catches up has its turn; 0 = now. */
  turnInMs(): number;
  /**
   * Resolves with the sequence of the last message; undefined = refused, a compare-and-set did not hold.
   * Errors: `busy` when too many frames wait, and those of `Streams.append`.
   */
  write(messages: readonly AppendMessage[], turn: Turn): Promise<number | undefined>;
}

/** Of a node that is up to date, or of one that came back or has much to tell. */
export type Turn = "current" | "catchingUp";

/** A turn is given for well before the one in front is over, so that the disk never waits; who is early asks again. */
const overlap = 0.5;
/** Weight of the newest frame's size. */
const newest = 0.2;
/** What a message costs is counted over about so many: a batch of one says little. */
const costMessages = 1000;

/**
 * A storm must not make a healthy node late (docs/protocol.md 7): a batch takes about `batchMs`, whoever is up to date
 * is in the next one, and those that catch up are given turns when more than a few of them wait.
 */
export function openBatcher({ streams, config, stats, clock, random }: Context<CloudHubConfig>): Batcher {
  const waiting: Record<Turn, Waiting[]> = { current: [], catchingUp: [] };
  let writing = false;
  const spent = { ms: 20, messages: 100 };
  let messagesPerFrame = 10;
  let nextTurnMs = 0;

  const costMs = (messages: number) => (messages * spent.ms) / spent.messages;
  const writeAll = async (group: readonly Waiting[]) => {
    try {
      const messages = group.flatMap((one) => one.messages);
      const startMs = clock.monotonicMs();
      let seq = await streams.append(eventsStream, messages);
      const kept = 0.5 ** (messages.length / costMessages);
      spent.ms = spent.ms * kept + clock.monotonicMs() - startMs;
      spent.messages = spent.messages * kept + messages.length;
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
      for (const one of group) await writeAll([one]);
    }
  };
  const run = async () => {
    writing = true;
    while (waiting.current.length + waiting.catchingUp.length > 0) await writeAll(nextGroup());
    writing = false;
  };
  const nextGroup = (): Waiting[] => {
    const group = takeUpTo(waiting.current, { messages: batchMax, bytes: batchBytesMax }, 1);
    const used = sizeOf(group);
    const withNext = sizeOf([...group, ...waiting.catchingUp.slice(0, 1)]);
    // One at least: there may always be somebody who is up to date.
    const fits = withNext.messages <= batchMax && withNext.bytes <= batchBytesMax;
    const messages = Math.min(batchMax, Math.ceil(config.batchMs / costMs(1))) - used.messages;
    const room = { messages, bytes: batchBytesMax - used.bytes };
    return [...group, ...takeUpTo(waiting.catchingUp, room, group.length === 0 || fits ? 1 : 0)];
  };
  return {
    turnInMs() {
      if (waiting.catchingUp.length < config.catchingUpMax) return 0;
      const nowMs = clock.monotonicMs();
      nextTurnMs = Math.max(nextTurnMs + overlap * costMs(messagesPerFrame), nowMs + config.retryAfterMs);
      stats.count("frames_deferred");
      return Math.ceil(Math.min(nextTurnMs - nowMs, config.retryMaxMs) * (1 + 0.1 * fraction(random)));
    },
    write(messages, turn) {
      if (waiting[turn].length >= config.framesWaitingMax) {
        throw new HoldfastError("busy", `${config.framesWaitingMax} frames wait to be written (HF_HUB_FRAMES_MAX).`);
      }
      if (turn === "catchingUp") messagesPerFrame += newest * (messages.length - messagesPerFrame);
      const bytes = messages.reduce((sum, { data }) => sum + data.length, 0);
      return new Promise((done, failed) => {
        waiting[turn].push({ messages, bytes, done, failed });
        if (!writing) void run();
      });
    },
  };
}

function sizeOf(frames: readonly Waiting[]): Size {
  let [messages, bytes] = [0, 0];
  for (const frame of frames) [messages, bytes] = [messages + frame.messages.length, bytes + frame.bytes];
  return { messages, bytes };
}

/** Takes from the front while there is room, and `least` frames in any case. */
function takeUpTo(waiting: Waiting[], room: Size, least: 0 | 1): Waiting[] {
  let [messages, bytes] = [0, 0];
  const end = waiting.findIndex((one) => {
    [messages, bytes] = [messages + one.messages.length, bytes + one.bytes];
    return messages > room.messages || bytes > room.bytes;
  });
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(end, least));
}
