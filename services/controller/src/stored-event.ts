import { cloudStreams, type StoredMessage } from "@holdfast/kernel";
import type { Epoch } from "@holdfast/proto";

const republish = cloudStreams.find(({ name }) => name === "EVENTS")?.republish ?? { from: ">", to: ">" };
/** Filter of every stored event. */
export const everyStoredEvent = republish.from;
// Events are stored under their final subject with another beginning; the stream republishes them.
const storedPrefix = republish.from.slice(0, -1);
const finalPrefix = republish.to.slice(0, -1);

export function storedSubject(finalSubject: string): string {
  return storedPrefix + finalSubject.slice(finalPrefix.length);
}

/** Undefined for what is no event: a mark. */
export function finalSubject(stored: string): string | undefined {
  return stored.startsWith(storedPrefix) ? finalPrefix + stored.slice(storedPrefix.length) : undefined;
}

/** An event of a node as EVENTS and its copies keep it. */
export interface StoredEvent {
  readonly subject: string;
  readonly type: string;
  readonly node: string;
  readonly key: string;
  readonly removal: boolean;
  readonly digested: boolean;
  /** Stated again in a state report. */
  readonly restated: boolean;
  readonly place: Place;
  readonly body: Uint8Array;
  /** Sequence in EVENTS. */
  readonly seq: number;
  /** Wall time of the gateway, or of the store when the gateway did not say. */
  readonly atMs: number;
  readonly actor: string;
  readonly cause: string;
}

/** Where an event stands in its node's uplink. */
export interface Place {
  readonly epoch: Epoch;
  readonly upSeq: number;
  /** 0 except for what the hub derives. */
  readonly part: number;
}

/** Undefined for what is no event of a node: marks, bodies that the hub could not read. */
export function readEvent({
  subject,
  data,
  headers,
  seq,
  originSeq,
  storedAtMs,
}: StoredMessage): StoredEvent | undefined {
  const final = finalSubject(subject);
  const type = headers.get("Hf-Type");
  const node = headers.get("Hf-Node");
  const epoch = parseEpoch(headers.get("Hf-Epoch") ?? "");
  if (final === undefined || !type || !node || !epoch) return undefined;
  return {
    subject: final,
    type,
    node,
    key: headers.get("Hf-Key") ?? "",
    removal: headers.get("Hf-Ending") === "removal",
    digested: headers.get("Hf-Digested") === "1",
    restated: headers.get("Hf-Restated") === "1",
    place: { epoch, upSeq: Number(headers.get("Hf-Up-Seq") ?? 0), part: Number(headers.get("Hf-Part") ?? 0) },
    body: data,
    seq: originSeq ?? seq,
    atMs: Number(headers.get("Hf-At") ?? storedAtMs),
    actor: text(headers.get("Hf-Actor")),
    cause: text(headers.get("Hf-Cause")),
  };
}

function parseEpoch(written: string): Epoch | undefined {
  const [, counter, random] = /^(\d+)\.(\d+)$/.exec(written) ?? [];
  return counter === undefined ? undefined : { counter: Number(counter), random: Number(random) };
}

function text(encoded: string | undefined): string {
  try {
    return decodeURIComponent(encoded ?? "");
  } catch {
    return encoded ?? "";
  }
}

/**
 * Whether an event is new after `seen` (docs/protocol.md 4). Another epoch with the same counter is another life
 * of the log, and what arrives later in EVENTS is the newer one.
 */
export function isAfter(seen: Place | undefined, { epoch, upSeq, part }: Place): boolean {
  if (!seen || epoch.counter > seen.epoch.counter) return true;
  if (epoch.counter < seen.epoch.counter) return false;
  if (epoch.random !== seen.epoch.random) return true;
  return upSeq > seen.upSeq || (upSeq === seen.upSeq && part > seen.part);
}
