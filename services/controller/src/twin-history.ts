import { dateMaxMs, type FollowOptions, type StoredMessage, type Streams } from "@holdfast/kernel";
import { type TwinHistoryEntry, type TwinHistoryReply, type TwinHistoryRequest, twinReported } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { clusterNamespace } from "./kinds.ts";
import { readEvent, storedSubject } from "./stored-event.ts";
import { lifeOf, parseHistoryPosition, printHistoryPosition } from "./twin-position.ts";

const limitDefault = 100;
const limitMax = 1000;
/** Bytes of bodies in one answer. */
const answerBytesMax = 400_000;

/**
 * What happened to twins: the long history from TWINS, and its newest end, which TWINS may still lack, from
 * EVENTS. Positions are sequences of EVENTS, like those of the live subjects (docs/protocol.md 8). Errors:
 * `invalid_argument` (a position of another bus), `timeout`, `disconnected`.
 */
export async function twinHistoryOf(
  controller: Controller,
  namespace: string,
  request: TwinHistoryRequest,
): Promise<TwinHistoryReply> {
  const { streams } = controller.context;
  const life = lifeOf(controller.desired.incarnation);
  const wanted = request.position === "" ? undefined : parseHistoryPosition(request.position);
  const { lastSeq: end } = await streams.info("EVENTS");
  const sameLife = wanted === undefined || (wanted.life === life && wanted.seq <= end);
  const after = Math.min(wanted?.seq ?? 0, end);
  const reading = new Reading(request, life, after, end);
  const filters = [filterOf(namespace, request)];
  const copy = await copyOf(streams);
  const isOlder = wanted ? after + 1 < copy.first.originSeq : request.sinceMs < copy.first.storedAtMs;
  const truncated = !sameLife || (copy.firstSeq > 1 && isOlder);
  // Who asks for what comes after the last time that there is asks where now is.
  if (request.sinceMs > dateMaxMs) return reading.reply(truncated);
  const copied = copy.last.originSeq;
  if (after < copied) {
    const from = wanted ? { seq: await placeInTwins(streams, copy, after) } : startOf(request);
    await reading.takeAll(streams.read("TWINS", { filters, from }));
  }
  const tail = Math.max(copied, after) + 1;
  if (!reading.isFull && tail <= end) await reading.takeAll(streams.read("EVENTS", { filters, from: { seq: tail } }));
  return reading.reply(truncated);
}

function startOf({ sinceMs }: TwinHistoryRequest): FollowOptions["from"] {
  return sinceMs > 0 ? { sinceMs } : "first";
}

/** One kind of event has the property at the end; all of them begin alike. */
function filterOf(namespace: string, { device, property }: TwinHistoryRequest): string {
  const params = { ...(namespace === clusterNamespace ? {} : { namespace }), ...(device === "" ? {} : { device }) };
  const tokens = twinReported.subject.filter({ ...params, ...(property === "" ? {} : { property }) }).split(".");
  const start = tokens.slice(0, 5);
  return storedSubject([...start, ...(property === "" ? [">"] : ["*", ...tokens.slice(6)])].join("."));
}

interface CopiedEvent {
  readonly originSeq: number;
  readonly storedAtMs: number;
}

/** How far TWINS reaches: its own sequences, and its first and last message with their sequences in EVENTS. */
interface Copy {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly first: CopiedEvent;
  readonly last: CopiedEvent;
}

const nothing: CopiedEvent = { originSeq: 0, storedAtMs: 0 };

async function copyOf(streams: Streams): Promise<Copy> {
  const { firstSeq, lastSeq, messages } = await streams.info("TWINS");
  if (messages === 0) return { firstSeq, lastSeq, first: nothing, last: nothing };
  const [first, last] = await Promise.all([firstAt(streams, firstSeq), firstAt(streams, lastSeq)]);
  return { firstSeq, lastSeq, first: copied(first), last: copied(last) };
}

function copied(message: StoredMessage | undefined): CopiedEvent {
  return message ? { originSeq: message.originSeq ?? 0, storedAtMs: message.storedAtMs } : nothing;
}

/** The sequence in TWINS of the first message after a sequence of EVENTS; TWINS is in the order of EVENTS. */
async function placeInTwins(streams: Streams, { firstSeq, lastSeq }: Copy, after: number): Promise<number> {
  let low = firstSeq;
  let high = lastSeq + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstAt(streams, middle);
    if (!found || (found.originSeq ?? 0) > after) high = middle;
    else low = found.seq + 1;
  }
  return low;
}

async function firstAt(streams: Streams, seq: number): Promise<StoredMessage | undefined> {
  for await (const message of streams.read("TWINS", { from: { seq }, headersOnly: true })) return message;
  return undefined;
}

/** Collects what fits into one answer. */
class Reading {
  readonly #entries: TwinHistoryEntry[] = [];
  readonly #limit: number;
  readonly #request: TwinHistoryRequest;
  readonly #life: string;
  readonly #after: number;
  readonly #end: number;
  #bytes = 0;
  #at: number;
  isFull = false;

  constructor(request: TwinHistoryRequest, life: string, after: number, end: number) {
    this.#request = request;
    this.#life = life;
    this.#limit = Math.min(request.limit || limitDefault, limitMax);
    this.#after = after;
    this.#at = after;
    this.#end = end;
  }

  async takeAll(messages: AsyncIterable<StoredMessage>): Promise<void> {
    for await (const message of messages) {
      if (!this.#take(message)) return;
    }
  }

  /** False when it is full. */
  #take(message: StoredMessage): boolean {
    const { sinceMs, untilMs } = this.#request;
    const event = readEvent(message);
    if (!event || event.seq <= this.#after || event.seq > this.#end) return true;
    if (message.storedAtMs < sinceMs || (untilMs > 0 && message.storedAtMs > untilMs)) return true;
    const { subject, body, seq, atMs, actor, cause } = event;
    if (this.#entries.length >= this.#limit || this.#bytes + body.length + subject.length > answerBytesMax) {
      this.isFull = true;
      return false;
    }
    this.#bytes += body.length + subject.length;
    this.#at = seq;
    this.#entries.push({ subject, body, position: printHistoryPosition(this.#life, seq), atMs, actor, cause });
    return true;
  }

  reply(truncated: boolean): TwinHistoryReply {
    // Everything up to the end was looked at, unless there was no room for it.
    const position = printHistoryPosition(this.#life, this.isFull ? this.#at : this.#end);
    return { entries: this.#entries, position, more: this.isFull, truncated };
  }
}
