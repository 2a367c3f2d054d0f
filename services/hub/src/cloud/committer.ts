import { type AppendMessage, batchMax, type Context, fraction, HoldfastError, hasCode } from "@holdfast/kernel";
import type { Epoch, Frame, FrameReply, Mark } from "@holdfast/proto";
import { sameEpoch } from "../edge/hello.ts";
import type { CloudHubConfig } from "./config.ts";
import { type CheckedFrame, checkFrame } from "./frame.ts";
import { claimOf, type Identity, identityOver } from "./identity.ts";
import { standingOf } from "./machines.ts";
import { eventsStream, type MarkAt, markMessage, readMark } from "./marks.ts";
import { alreadyStored } from "./node-events.ts";
import { removalsAtEnd, removalsPerBatch } from "./report-end.ts";
import { toMessages } from "./stored-events.ts";

interface Waiting {
  readonly node: string;
  readonly messages: readonly AppendMessage[];
  /** The sequence of the frame's last message, or undefined when the batch was refused. */
  readonly done: (seq: number | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** Tries of one frame against marks that move under it, before the node is told to say hello. */
const triesMax = 4;

/** Writes frames into EVENTS: whole, once, with the node's mark by compare-and-set (docs/protocol.md 4). */
export interface Committer extends Identity {
  take(node: string, frame: Frame): Promise<FrameReply>;
  /** The mark as last written or read here; the leader is asked when it is not what the node expects. */
  markOf(
    node: string,
    expected: { readonly epoch: Epoch | undefined; readonly upSeq: number },
  ): Promise<Mark | undefined>;
}

export function openCommitter(context: Context<CloudHubConfig>): Committer {
  const { streams, stats, config, random, clock } = context;
  // A cache only: the compare-and-set at the write is what decides.
  const marks = new Map<string, MarkAt & { readonly readMs: number }>();
  const write = openBatcher(context);

  const fromLeader = async (node: string): Promise<MarkAt> => {
    const read = await readMark(streams, node);
    marks.set(node, { ...read, readMs: clock.monotonicMs() });
    return read;
  };
  const check = (frame: Frame, mark: Mark | undefined) =>
    standingOf(mark, claimOf(context, frame.machineId)) === "served"
      ? checkFrame(frame, mark, clock.wallMs())
      : "elsewhere";
  const commit = async (node: string, checked: CheckedFrame, { mark: before, seq }: MarkAt): Promise<boolean> => {
    const known = await alreadyStored(streams, node, checked.items);
    const { messages, poisoned } = toMessages(node, checked, known);
    const removals = await removalsAtEnd(streams, node, checked);
    let expectSeq = seq;
    while (before && removals.length > removalsPerBatch) {
      const part = removals.splice(0, removalsPerBatch);
      const markSeq = await write(node, [...part, markMessage(node, before, expectSeq)]);
      if (markSeq === undefined) return false;
      expectSeq = markSeq;
    }
    const mark = { ...checked.mark, voided: checked.mark.voided + known.size };
    const markSeq = await write(node, [...messages, ...removals, markMessage(node, mark, expectSeq)]);
    if (markSeq === undefined) return false;
    marks.set(node, { mark, seq: markSeq, readMs: marks.get(node)?.readMs ?? 0 });
    stats.count("frames_taken");
    stats.count("events_taken", messages.length);
    stats.count("events_voided", known.size);
    stats.count("events_poisoned", poisoned);
    stats.count("removals_derived", removals.length);
    return true;
  };
  return {
    async take(node, frame) {
      let at = marks.get(node) ?? (await fromLeader(node));
      for (let tries = 0; tries < triesMax; tries += 1) {
        let checked = check(frame, at.mark);
        if (typeof checked === "string") {
          at = await fromLeader(node);
          checked = check(frame, at.mark);
          // What a machine without standing is told at the hello that follows.
          if (typeof checked === "string") return { mark: at.mark, taken: checked === "taken", retryAfterMs: 0 };
        }
        try {
          if (await commit(node, checked, at)) return { mark: checked.mark, taken: true, retryAfterMs: 0 };
        } catch (error) {
          if (!hasCode(error, "busy")) throw error;
          const retryAfterMs = Math.ceil(config.retryAfterMs * (1 + fraction(random)));
          return { mark: at.mark, taken: false, retryAfterMs };
        }
        stats.count("frames_refused");
        at = await fromLeader(node);
      }
      return { mark: at.mark, taken: false, retryAfterMs: 0 };
    },
    async markOf(node, expected) {
      const { mark, readMs } = marks.get(node) ?? { mark: undefined, readMs: 0 };
      // Not for ever: a store that was put back behind our back shows only at the leader.
      const young = readMs + config.markAgeMs > clock.monotonicMs();
      if (mark && young && mark.upSeq === expected.upSeq && sameEpoch(mark.epoch, expected.epoch)) return mark;
      return (await fromLeader(node)).mark;
    },
    ...identityOver(context, fromLeader, async (node, mark, expectSeq) => {
      const seq = await write(node, [markMessage(node, mark, expectSeq)]);
      if (seq !== undefined) marks.set(node, { mark, seq, readMs: clock.monotonicMs() });
      return seq !== undefined;
    }),
  };
}

/**
 * Frames of many nodes share a batch; a refused batch is tried again frame by frame, so that one node's
 * conflict does not hold up the others. Error: `busy` when too many frames wait.
 */
function openBatcher({ streams, config, stats }: Context<CloudHubConfig>) {
  let waiting: Waiting[] = [];
  let writing = false;

  const writeAll = async (group: readonly Waiting[]) => {
    try {
      let seq = await streams.append(
        eventsStream,
        group.flatMap(({ messages }) => messages),
      );
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
      for (const one of group) await writeAll([one]);
    }
  };
  const run = async () => {
    writing = true;
    while (waiting.length > 0) await writeAll(nextGroup());
    writing = false;
  };
  const nextGroup = (): Waiting[] => {
    let messages = 0;
    const count = waiting.findIndex((one) => {
      messages += one.messages.length;
      return messages > batchMax;
    });
    const group = waiting.slice(0, count === -1 ? undefined : Math.max(count, 1));
    waiting = waiting.slice(group.length);
    return group;
  };
  return (node: string, messages: readonly AppendMessage[]): Promise<number | undefined> => {
    if (waiting.length >= config.framesWaitingMax) {
      throw new HoldfastError("busy", `${config.framesWaitingMax} frames wait to be written (HF_HUB_FRAMES_MAX).`);
    }
    return new Promise((done, failed) => {
      waiting.push({ node, messages, done, failed });
      if (!writing) void run();
    });
  };
}
