import { type Context, fewWarnings, fraction, hasCode, type Stats } from "@holdfast/kernel";
import type { Epoch, Frame, FrameReply, Mark } from "@holdfast/proto";
import { sameEpoch } from "../edge/hello.ts";
import { openBatcher, type Writing } from "./batcher.ts";
import { type CloudHubConfig, waitDefaultMs } from "./config.ts";
import { type CheckedFrame, checkFrame } from "./frame.ts";
import { claimOf, type Identity, identityOver } from "./identity.ts";
import { standingOf } from "./machines.ts";
import { type MarkAt, markMessage, readMark } from "./marks.ts";
import { alreadyStored } from "./node-events.ts";
import { removalsAtEnd, removalsPerBatch } from "./report-end.ts";
import { toMessages } from "./stored-events.ts";

/** A frame of more bytes is of a node that has much to tell. */
const currentBytesMax = 4096;
/** Tries of one frame against marks that move under it, before the node is told to say hello. */
const triesMax = 4;

type Asked = Omit<Writing, "messages">;

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
  const batcher = openBatcher(context);
  const warn = fewWarnings(context);
  // Nodes of which a frame was taken since they last said hello.
  const settled = new Set<string>();

  const fromLeader = async (node: string): Promise<MarkAt> => {
    const read = await readMark(streams, node);
    marks.set(node, { ...read, readMs: clock.monotonicMs() });
    return read;
  };
  const check = (frame: Frame, mark: Mark | undefined) =>
    standingOf(mark, claimOf(context, frame.machineId)) === "served"
      ? checkFrame(frame, mark, clock.wallMs())
      : "elsewhere";
  const commit = async (node: string, checked: CheckedFrame, { mark: before, seq }: MarkAt, asked: Asked) => {
    const known = await alreadyStored(streams, node, checked.items);
    const { messages, poisoned, foreign } = toMessages(node, checked, known);
    const removals = await removalsAtEnd(streams, node, checked);
    let expectSeq = seq;
    while (before && removals.length > removalsPerBatch) {
      const part = removals.splice(0, removalsPerBatch);
      const markSeq = await batcher.write({ ...asked, messages: [...part, markMessage(node, before, expectSeq)] });
      if (markSeq === undefined) return false;
      expectSeq = markSeq;
    }
    const mark = { ...checked.mark, voided: checked.mark.voided + known.size };
    const all = [...messages, ...removals, markMessage(node, mark, expectSeq)];
    const markSeq = await batcher.write({ ...asked, messages: all });
    if (markSeq === undefined) return false;
    // The compare-and-set was the leader's word on what stood there.
    marks.set(node, { mark, seq: markSeq, readMs: clock.monotonicMs() });
    const counts = { taken: messages.length, voided: known.size, poisoned, removals: removals.length };
    countFrame(stats, counts);
    if (poisoned > 0)
      warn({ node, poisoned, foreign }, "events that are not this node's, or no events, kept as poison");
    return true;
  };
  const identity = identityOver(context, fromLeader, async (node, mark, expectSeq) => {
    const asked = { asker: `machines of ${node}`, turn: "current" as const, endsMs: Number.POSITIVE_INFINITY };
    const seq = await batcher.write({ ...asked, messages: [markMessage(node, mark, expectSeq)] });
    if (seq !== undefined) marks.set(node, { mark, seq, readMs: clock.monotonicMs() });
    return seq !== undefined;
  });
  return {
    async take(node, frame) {
      const endsMs = clock.monotonicMs() + (frame.timeoutMs || waitDefaultMs);
      const turn = settled.has(node) && frame.body.length <= currentBytesMax ? "current" : "catchingUp";
      const turnInMs = turn === "catchingUp" ? batcher.turnInMs(node) : 0;
      if (turnInMs > 0) return { taken: false, retryAfterMs: turnInMs };
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
          if (await commit(node, checked, at, { asker: node, turn, endsMs })) {
            settled.add(node);
            return { mark: checked.mark, taken: true, retryAfterMs: 0 };
          }
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
    ...identity,
    hello(node, machineId) {
      settled.delete(node);
      return identity.hello(node, machineId);
    },
  };
}

function countFrame(
  stats: Stats,
  { taken, voided, poisoned, removals }: Readonly<Record<"taken" | "voided" | "poisoned" | "removals", number>>,
): void {
  stats.count("frames_taken");
  stats.count("events_taken", taken);
  stats.count("events_voided", voided);
  stats.count("events_poisoned", poisoned);
  stats.count("removals_derived", removals);
}
