import type { AppendMessage, StoredMessage, Streams } from "@holdfast/kernel";
import type { CheckedFrame } from "./frame.ts";
import { epochText, newestByKey, placeOf } from "./node-events.ts";

/** So many removals travel in one batch; more go in batches of their own before the end (docs/protocol.md 5). */
export const removalsPerBatch = 500;

/**
 * What a state report did not name is gone: removals under the report's (epoch, up_seq), with parts of
 * their own. A key counts as named when its newest event is not older than the report's begin.
 */
export async function removalsAtEnd(
  streams: Streams,
  node: string,
  { epoch, items }: CheckedFrame,
): Promise<AppendMessage[]> {
  const last = items.at(-1);
  if (!last?.end) return [];
  const { beginUpSeq } = last.end;
  const thisEpoch = epochText(epoch);
  const removals: AppendMessage[] = [];
  let part = 0;
  const gone: StoredMessage[] = [];
  for (const message of (await newestByKey(streams, node)).values()) {
    const place = placeOf(message);
    const here = place.epoch === thisEpoch;
    // Parts go on where an interrupted end of this very report left off: consumers drop what they have seen.
    if (here && place.upSeq === last.upSeq) part = Math.max(part, place.part);
    const named = here && place.upSeq >= beginUpSeq;
    if (!named && !place.removal && !place.transient && place.key !== "") gone.push(message);
  }
  gone.sort((a, b) => (a.subject < b.subject ? -1 : 1));
  for (const { subject, headers } of gone) {
    part += 1;
    const place = [
      ["Hf-Epoch", thisEpoch],
      ["Hf-Up-Seq", String(last.upSeq)],
      ["Hf-Part", String(part)],
      ["Hf-Ending", "removal"],
    ] as const;
    const kept = [...headers].filter(([name]) => name.startsWith("Hf-") && name !== "Hf-Born");
    removals.push({ subject, data: new Uint8Array(), headers: new Map([...kept, ...place]) });
  }
  return removals;
}
