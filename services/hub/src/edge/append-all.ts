import { appendBytesMax, type LogClient, type NewEvent } from "@holdfast/kernel";

/** Events in one append: below the log's cap on a group. */
const eventsMax = 200;
/** Bytes in one append, or one event alone: what the log client adds to each event always fits on top. */
const bytesMax = appendBytesMax / 2;

/** Appends in order, in as many appends as it takes; resolves when all of it is folded. Error: `busy` (a full log). */
export async function appendAll(log: Pick<LogClient, "append" | "folded">, events: readonly NewEvent[]): Promise<void> {
  for (let from = 0; from < events.length; ) {
    const part = firstPart(events, from);
    const { lastSeq } = await log.append(part, { orBusy: true });
    await log.folded(lastSeq);
    from += part.length;
  }
}

function firstPart(events: readonly NewEvent[], from: number): readonly NewEvent[] {
  let bytes = 0;
  let end = from;
  for (; end < events.length && end - from < eventsMax; end += 1) {
    const event = events[end];
    bytes += event ? event.body.length + event.key.length : 0;
    if (end > from && bytes > bytesMax) break;
  }
  return events.slice(from, end);
}
