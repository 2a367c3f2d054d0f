import { filterMatches, type StoredMessage } from "@holdfast/kernel";
import type { MemoryDisk, MemoryJetStream } from "@holdfast/kernel/testing";
import { type Epoch, type LogEvent, LogEventCodec, type Mark, MarkCodec, mark, twinDesired } from "@holdfast/proto";

/** What is really stored, read without the services: their streams and their disks. */

export function messagesOf(server: MemoryJetStream, name: string): StoredMessage[] {
  if (!server.has(name)) return [];
  const stream = server.stream(name);
  const { firstSeq, lastSeq } = stream.info;
  const messages: StoredMessage[] = [];
  for (let seq = firstSeq; seq <= lastSeq; seq += 1) {
    const message = stream.get(seq);
    if (message) messages.push(message);
  }
  return messages;
}

/** Events of a node in EVENTS. */
export function eventsOf(server: MemoryJetStream, node: string): StoredMessage[] {
  return messagesOf(server, "EVENTS").filter(({ subject }) => filterMatches(`hfs.*.${node}.>`, subject));
}

export function markOf(server: MemoryJetStream, node: string): Mark | undefined {
  const stored = server.has("EVENTS") ? server.last("EVENTS", mark.subject.build({ node })) : undefined;
  return stored && MarkCodec.decode(stored.data);
}

export function epochText(epoch: Epoch | undefined): string | undefined {
  return epoch && `${epoch.counter}.${epoch.random}`;
}

export interface Fact {
  readonly id: number;
  /** In which it came. */
  readonly epoch: string;
}

/** The numbered facts among a node's events, in the order in which the cloud has them. */
export function factsInCloud(server: MemoryJetStream, node: string): Fact[] {
  return eventsOf(server, node).flatMap(({ subject, data, headers }) =>
    twinDesired.subject.parse(subject.replace("hfs.", "hf."))
      ? [{ id: Number(twinDesired.message.decode(data).id), epoch: headers.get("Hf-Epoch") ?? "" }]
      : [],
  );
}

export function factIdsInCloud(server: MemoryJetStream, node: string): number[] {
  return factsInCloud(server, node).map(({ id }) => id);
}

export interface StoredEvent {
  readonly key: Uint8Array;
  readonly seq: number;
  readonly event: LogEvent;
}

const eventSpace = 0x10;
const valueHeader = 10;

/** Every event record on a gateway's disk, whole or not; what does not decode is left out. */
export function eventsOnDisk(disk: MemoryDisk): StoredEvent[] {
  if (!disk.storeNames.includes("log")) return [];
  const [gte, lt] = [Uint8Array.of(eventSpace), Uint8Array.of(eventSpace + 1)];
  return disk
    .medium("log")
    .scan({ gte, lt, limit: Number.MAX_SAFE_INTEGER })
    .flatMap(([key, value]) => {
      try {
        return [
          {
            key,
            seq: Number(Buffer.from(key).readBigUInt64BE(1)),
            event: LogEventCodec.decode(value.subarray(valueHeader)),
          },
        ];
      } catch {
        return [];
      }
    });
}

export function factsOnDisk(disk: MemoryDisk): number[] {
  return eventsOnDisk(disk).flatMap(({ event }) =>
    event.type === twinDesired.name ? [Number(twinDesired.message.decode(event.body).id)] : [],
  );
}

const metaKey = Uint8Array.of(0x01);
const checksumBytes = 4;

/** What the log notes of itself; undefined when it is not there, or a fault has damaged it. */
export function metaOf(disk: MemoryDisk): StoredMeta | undefined {
  const record = disk.storeNames.includes("log") ? disk.medium("log").get(metaKey) : undefined;
  if (!record) return undefined;
  try {
    return JSON.parse(Buffer.from(record.subarray(checksumBytes)).toString());
  } catch {
    return undefined;
  }
}

interface StoredMeta {
  readonly epoch: { readonly counter: number };
  readonly acked: number;
  /** Events that became gaps. */
  readonly gapEvents: number;
  readonly bases: readonly { readonly seq: number }[];
}
