import type { FollowOptions, StoredMessage } from "@holdfast/kernel";
import { type TwinHistoryEntry, type TwinHistoryReply, type TwinHistoryRequest, twinReported } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { clusterNamespace } from "./kinds.ts";
import { readEvent, storedSubject } from "./stored-event.ts";
import { lifeOf, parseHistoryPosition, printHistoryPosition } from "./twin-position.ts";

const limitDefault = 100;
export const historyLimitMax = 1000;
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
  const oldest = await oldestIn(controller);
  const isOlder = wanted ? after + 1 < oldest.originSeq : request.sinceMs < oldest.storedAtMs;
  const truncated = !sameLife || (oldest.truncated && isOlder);
  if (request.sinceMs > controller.context.clock.wallMs()) return reading.reply(truncated);
  const copied = await newestCopied(controller);
  if (after < copied) {
    const from = wanted ? { seq: await placeInTwins(controller, after) } : startOf(request);
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

/** The first message of TWINS, and whether there were older ones. */
async function oldestIn({ context }: Controller) {
  const { firstSeq, messages } = await context.streams.info("TWINS");
  const first = messages > 0 ? await firstAt(context.streams, firstSeq) : undefined;
  return { originSeq: first?.originSeq ?? 0, storedAtMs: first?.storedAtMs ?? 0, truncated: firstSeq > 1 };
}

/** How far TWINS has copied EVENTS: the sequence in EVENTS of its newest message. */
async function newestCopied({ context }: Controller): Promise<number> {
  const { lastSeq, messages } = await context.streams.info("TWINS");
  const last = messages > 0 ? await firstAt(context.streams, lastSeq) : undefined;
  return last?.originSeq ?? 0;
}

/** The sequence in TWINS of the first message after a sequence of EVENTS; TWINS is in the order of EVENTS. */
async function placeInTwins({ context }: Controller, after: number): Promise<number> {
  const { firstSeq, lastSeq } = await context.streams.info("TWINS");
  let low = firstSeq;
  let high = lastSeq + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstAt(context.streams, middle);
    if (!found || (found.originSeq ?? 0) > after) high = middle;
    else low = found.seq + 1;
  }
  return low;
}

async function firstAt(streams: Controller["context"]["streams"], seq: number): Promise<StoredMessage | undefined> {
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
    this.#limit = Math.min(request.limit || limitDefault, historyLimitMax);
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
