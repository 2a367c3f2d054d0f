import type { AppendMessage, Streams } from "@holdfast/kernel";
import { type Mark, MarkCodec, mark as markRecord } from "@holdfast/proto";

export const eventsStream = "EVENTS";

/** A node's mark and its sequence in EVENTS, for compare-and-set; 0 = the cloud has none. */
export interface MarkAt {
  readonly mark: Mark | undefined;
  readonly seq: number;
}

/** One read of the stream's leader: never a cache, never a follower (docs/protocol.md 5). */
export async function readMark(streams: Streams, node: string): Promise<MarkAt> {
  const stored = await streams.last(eventsStream, markRecord.subject.build({ node }));
  return stored ? { mark: MarkCodec.decode(stored.data), seq: stored.seq } : { mark: undefined, seq: 0 };
}

/** Writes the mark, if it still stands at `expectSeq`. */
export function markMessage(node: string, mark: Mark, expectSeq: number): AppendMessage {
  const subject = markRecord.subject.build({ node });
  return { subject, data: MarkCodec.encode(mark), expectSeq, rollup: true, neverExpires: true };
}
