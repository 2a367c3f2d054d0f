import { inflateRawSync } from "node:zlib";
import { HoldfastError } from "@holdfast/kernel";
import { type Epoch, type Frame, FrameBodyCodec, type Mark, type UpItem, UpItemCodec } from "@holdfast/proto";
import { sameEpoch, sameMark } from "../edge/hello.ts";
import { chainsOver } from "../uplink-chain.ts";
import { afterBegin } from "./machines.ts";

/** A frame may unpack to this much: 256 events of up to 512 KB travel in frames of their own. */
export const frameBodyMax = 1024 * 1024;

/** A frame after the door: its items are typed, its order and chain are right relative to the mark. */
export interface CheckedFrame {
  readonly epoch: Epoch;
  readonly items: readonly UpItem[];
  /** Uplink chain after each item. */
  readonly chains: readonly number[];
  /** What the mark becomes. */
  readonly mark: Mark;
}

/** Error: `invalid_message`. */
function unpackFrame(frame: Frame): { readonly raw: readonly Uint8Array[]; readonly items: readonly UpItem[] } {
  let body = frame.body;
  if (frame.encoding === "deflate") {
    try {
      body = inflateRawSync(body, { maxOutputLength: frameBodyMax });
    } catch (error) {
      throw new HoldfastError("invalid_message", "The frame does not unpack, or to more than 1 MiB.", { cause: error });
    }
  }
  const { items: raw } = FrameBodyCodec.decode(body);
  if (raw.length === 0) throw new HoldfastError("invalid_message", "A frame has at least one item.");
  return { raw, items: raw.map((item) => UpItemCodec.decode(item)) };
}

/**
 * Checks a frame against the node's mark. Returns "taken" for a repeat, "elsewhere" when the node must say
 * hello because the two do not meet (docs/protocol.md 4-5). `nowMs`: wall time, noted when an epoch begins.
 */
export function checkFrame(frame: Frame, mark: Mark | undefined, nowMs: number): CheckedFrame | "taken" | "elsewhere" {
  const { epoch } = frame;
  if (!epoch) throw new HoldfastError("invalid_message", "A frame names its epoch.");
  const { raw, items } = unpackFrame(frame);
  const inEpoch = mark !== undefined && sameEpoch(mark.epoch, epoch);
  if (inEpoch && mark.upSeq === frame.lastUpSeq && mark.chain === frame.chain) return "taken";
  const begins = !inEpoch && items[0]?.upSeq === 1 && items[0].begin !== undefined;
  if (begins ? !sameMark(items[0]?.begin?.predecessor, mark) : !inEpoch) return "elsewhere";
  let expected = begins ? 1 : (mark?.upSeq ?? 0) + 1;
  for (const item of items) {
    if ((item.gap ? item.gap.from : item.upSeq) !== expected) return "elsewhere";
    if (item.upSeq < expected) throw new HoldfastError("invalid_message", "A gap ends before it begins.");
    expected = item.upSeq + 1;
  }
  if (expected - 1 !== frame.lastUpSeq)
    throw new HoldfastError("invalid_message", "The frame does not end at its last_up_seq.");
  const chains = chainsOver(raw, begins ? 0 : (mark?.chain ?? 0));
  if (chains.at(-1) !== frame.chain) return "elsewhere";
  const life = inEpoch
    ? { machineId: mark.machineId || frame.machineId, epochAtMs: mark.epochAtMs, machines: mark.machines }
    : { machineId: frame.machineId, epochAtMs: nowMs, machines: afterBegin(mark, frame.machineId) };
  return { epoch, items, chains, mark: { ...life, ...nextMark(frame, items, inEpoch ? mark : undefined, mark) } };
}

function nextMark(frame: Frame, items: readonly UpItem[], inEpoch: Mark | undefined, before: Mark | undefined) {
  let beginUpSeq = inEpoch?.beginUpSeq ?? 0;
  let gapEvents = before?.gapEvents ?? 0;
  for (const item of items) {
    if (item.begin) beginUpSeq = item.upSeq;
    if (item.end) beginUpSeq = 0;
    gapEvents += item.gap?.events ?? 0;
  }
  const { epoch, lastUpSeq: upSeq, chain, digest } = frame;
  return { epoch, upSeq, chain, digest, beginUpSeq, gapEvents, voided: before?.voided ?? 0 };
}
