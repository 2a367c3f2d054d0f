import { type AppendMessage, shortActor } from "@holdfast/kernel";
import { type LogEvent, LogEventCodec, type UpItem } from "@holdfast/proto";
import type { CheckedFrame } from "./frame.ts";
import { bornText, epochText } from "./node-events.ts";
import { poisonSubject, storedSubject } from "./stored-subject.ts";

/**
 * Turns the items of a frame into messages for EVENTS; those in `known` are there already. `foreign` is the first
 * subject that is not this node's to speak on.
 */
export function toMessages(
  node: string,
  { epoch, items, chains }: CheckedFrame,
  known: ReadonlySet<UpItem>,
): { readonly messages: AppendMessage[]; readonly poisoned: number; readonly foreign: string | undefined } {
  const messages: AppendMessage[] = [];
  let poisoned = 0;
  let foreign: string | undefined;
  for (const [index, item] of items.entries()) {
    if (item.event.length === 0 || known.has(item)) continue;
    const place: [string, string][] = [
      ["Hf-Node", node],
      ["Hf-Epoch", epochText(epoch)],
      ["Hf-Up-Seq", String(item.upSeq)],
      ["Hf-Part", "0"],
      ["Hf-Chain", String(chains[index])],
    ];
    if (item.born) place.push(["Hf-Born", bornText(item.born)]);
    const event = readableEvent(item.event);
    const subject = event && storedSubject(node, event.subject);
    if (event && subject) {
      messages.push({ subject, data: event.body, headers: new Map([...place, ...headersOf(event)]) });
    } else {
      poisoned += 1;
      foreign ??= event?.subject;
      messages.push({ subject: poisonSubject(node), data: item.event, headers: new Map(place) });
    }
  }
  return { messages, poisoned, foreign };
}

/** As the log of a gateway limits them; the server closes the connection of who publishes under a longer name. */
const nameLengthMax = 1024;

function readableEvent(bytes: Uint8Array): LogEvent | undefined {
  try {
    const event = LogEventCodec.decode(bytes);
    const isShort = [event.subject, event.key, event.type].every(({ length }) => length <= nameLengthMax);
    return isShort ? event : undefined;
  } catch {
    return undefined;
  }
}

function headersOf(event: LogEvent): [string, string][] {
  const headers: [string, string][] = [
    ["Hf-Type", event.type],
    ["Hf-Key", event.key],
    ["Hf-Ending", event.ending],
  ];
  if (event.digested) headers.push(["Hf-Digested", "1"]);
  if (event.stamp) headers.push(["Hf-At", String(event.stamp.wallMs)]);
  if (event.actor) headers.push(["Hf-Actor", encodeURIComponent(shortActor(event.actor))]);
  if (event.cause) headers.push(["Hf-Cause", encodeURIComponent(shortActor(event.cause))]);
  if (event.restated) headers.push(["Hf-Restated", "1"]);
  // A header cannot hold every byte that a key may have.
  return headers.map(([name, value]) => [name, value.replaceAll(/[\r\n]/g, "")]);
}
