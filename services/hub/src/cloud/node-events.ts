import type { StoredMessage, Streams } from "@holdfast/kernel";
import type { Born, Epoch, UpItem } from "@holdfast/proto";
import { eventsStream } from "./marks.ts";
import { storedPrefix } from "./stored-subject.ts";

/** What the headers of a stored event say of its place in the node's uplink. */
export interface Placed {
  readonly key: string;
  readonly removal: boolean;
  readonly transient: boolean;
  readonly epoch: string;
  readonly upSeq: number;
  readonly part: number;
}

export function epochText(epoch: Epoch): string {
  return `${epoch.counter}.${epoch.random}`;
}

/** Where an event was numbered first, as the header has it. */
export function bornText({ epoch, upSeq, chain }: Born): string {
  return `${epoch ? epochText(epoch) : ""}/${upSeq}/${chain}`;
}

export function placeOf({ headers }: StoredMessage): Placed {
  return {
    key: headers.get("Hf-Key") ?? "",
    removal: headers.get("Hf-Ending") === "removal",
    transient: headers.get("Hf-Ending") === "transient",
    epoch: headers.get("Hf-Epoch") ?? "",
    upSeq: Number(headers.get("Hf-Up-Seq") ?? 0),
    part: Number(headers.get("Hf-Part") ?? 0),
  };
}

function filterOf(node: string): readonly string[] {
  return [`${storedPrefix}*.${node}.>`];
}

/** The newest stored event of each key of a node: EVENTS first, STATUS for what EVENTS no longer has. */
export async function newestByKey(streams: Streams, node: string): Promise<Map<string, StoredMessage>> {
  const bySubject = new Map<string, { message: StoredMessage; order: number }>();
  for (const stream of [eventsStream, "STATUS"]) {
    for await (const message of streams.read(stream, { filters: filterOf(node), from: "lastPerSubject" })) {
      const order = message.originSeq ?? message.seq;
      if (!bySubject.has(message.subject)) bySubject.set(message.subject, { message, order });
    }
  }
  const byKey = new Map<string, StoredMessage>();
  for (const { message } of [...bySubject.values()].sort((a, b) => a.order - b.order)) {
    byKey.set(placeOf(message).key, message);
  }
  return byKey;
}

/**
 * Which of these items the cloud has already, under the number they had in an earlier epoch. Asked only
 * for frames that carry `born`, that is after an epoch ended with events in the outbox (docs/protocol.md 4).
 */
export async function alreadyStored(streams: Streams, node: string, items: readonly UpItem[]): Promise<Set<UpItem>> {
  const looking = new Map<string, UpItem>();
  for (const item of items) if (item.born) looking.set(bornText(item.born), item);
  const found = new Set<UpItem>();
  if (looking.size === 0) return found;
  const stored = streams.read(eventsStream, { filters: filterOf(node), from: "first", headersOnly: true });
  for await (const message of stored) {
    const { epoch, upSeq } = placeOf(message);
    const here = `${epoch}/${upSeq}/${message.headers.get("Hf-Chain")}`;
    for (const name of [here, message.headers.get("Hf-Born")]) {
      const item = name === undefined ? undefined : looking.get(name);
      if (item) found.add(item);
    }
  }
  return found;
}
