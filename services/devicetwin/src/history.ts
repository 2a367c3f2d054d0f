import { type Bus, call, type LogClient, type LogEntry } from "@holdfast/kernel";
import {
  LogEventCodec,
  type LogStatus,
  logGetStatus,
  logReplay,
  type TwinHistoryEntry,
  type TwinHistoryReply,
  type TwinHistoryRequest,
} from "@holdfast/proto";
import type { Place, ProposalPlace } from "./fact.ts";
import { epochText, parsePosition, printPosition } from "./position.ts";
import { historyPrefixes, readFact } from "./record.ts";
import { matches } from "./view.ts";

const limitDefault = 100;
const historyLimitMax = 1_000;
/** Bytes of bodies in one answer. */
const answerBytesMax = 400_000;
/** Pages of the log that one question may read; the answer then says `more`. */
const pagesMax = 16;

export interface HistorySource {
  readonly bus: Bus;
  readonly log: Pick<LogClient, "node" | "epoch">;
  readonly timeoutMs: number;
  readonly wallMs: number;
  /** Only keys with one of these; absent = all that tell of what is asked for. */
  readonly prefixes?: readonly string[];
}

/**
 * What happened to twins, from the log. Old events that were compacted away are not told, and `truncated` says so.
 * Errors: `invalid_argument` (a position of another bus), those of the log.
 */
export async function historyOf(
  source: HistorySource,
  namespace: string,
  request: TwinHistoryRequest,
): Promise<TwinHistoryReply> {
  const { node, epoch } = source.log;
  const wanted = request.position === "" ? undefined : parsePosition(node, request.position);
  const status = await call(source.bus, logGetStatus, {}, {}, { timeoutMs: source.timeoutMs });
  const from = startOf(wanted, status, epochText(epoch));
  const reading = new Reading(namespace, request);
  const at = (seq: number) => printPosition(node, epoch, seq);
  // Nothing has happened yet after now; who asks for it wants to know where now is.
  if (from.afterSeq >= status.lastSeq || request.sinceMs > source.wallMs) {
    return { entries: [], position: at(status.lastSeq), more: false, truncated: from.truncated };
  }
  let { afterSeq, truncated } = from;
  let more = true;
  for (let pages = 0; more && pages < pagesMax && !reading.isFull; pages += 1) {
    const asked = { afterSeq, prefixes: source.prefixes ?? prefixesOf(namespace, request) };
    const page = await call(source.bus, logReplay, {}, asked, { timeoutMs: source.timeoutMs });
    if (page.fromBase) {
      // The history moved on under us. A base is a state, not something that happened: go on where history begins now.
      afterSeq = oldestOf(await call(source.bus, logGetStatus, {}, {}, { timeoutMs: source.timeoutMs }));
      truncated = true;
      continue;
    }
    for (const { seq, event } of page.events) {
      if (!reading.take({ seq, event: LogEventCodec.decode(event) }, at(seq))) break;
      afterSeq = seq;
    }
    more = page.more || reading.isFull;
    if (!reading.isFull) afterSeq = Math.max(afterSeq, page.throughSeq);
  }
  return { entries: reading.entries, position: at(afterSeq), more, truncated };
}

/** What a replay must name to begin with the history: after 0 comes the base. */
function oldestOf({ firstSeq }: LogStatus): number {
  return Math.max(1, firstSeq - 1);
}

/** Positions of an earlier epoch may still be right, but nobody can promise that nothing lies between. */
function startOf(
  wanted: { readonly epoch: string; readonly seq: number } | undefined,
  status: LogStatus,
  epoch: string,
): { readonly afterSeq: number; readonly truncated: boolean } {
  const oldest = oldestOf(status);
  if (wanted === undefined) return { afterSeq: oldest, truncated: status.firstSeq > 1 };
  const sameLife = wanted.epoch === epoch;
  if (wanted.seq > status.lastSeq) return { afterSeq: sameLife ? status.lastSeq : oldest, truncated: true };
  return { afterSeq: Math.max(wanted.seq, oldest), truncated: !sameLife || wanted.seq < oldest };
}

function prefixesOf(namespace: string, { device }: TwinHistoryRequest): readonly string[] {
  if (namespace === "_") return historyPrefixes({});
  return historyPrefixes(device === "" ? { namespace } : { namespace, device });
}

/** Picks what was asked for. */
class Reading {
  readonly entries: TwinHistoryEntry[] = [];
  readonly #namespace: string;
  readonly #request: TwinHistoryRequest;
  readonly #limit: number;
  #bytes = 0;
  isFull = false;

  constructor(namespace: string, request: TwinHistoryRequest) {
    this.#namespace = namespace;
    this.#request = request;
    this.#limit = Math.min(request.limit || limitDefault, historyLimitMax);
  }

  /** False when there is no room for it any more. */
  take(entry: LogEntry, position: string): boolean {
    const { event } = entry;
    if (!this.#isAskedFor(entry)) return true;
    if (this.entries.length >= this.#limit || this.#bytes + event.body.length > answerBytesMax) {
      this.isFull = true;
      return false;
    }
    this.#bytes += event.body.length + event.subject.length;
    const { subject, body, actor, cause } = event;
    this.entries.push({ subject, body, position, atMs: event.stamp?.wallMs ?? 0, actor, cause });
    return true;
  }

  #isAskedFor(entry: LogEntry): boolean {
    const { subject, stamp, restated } = entry.event;
    if (subject === "" || restated) return false;
    const { device, property, sinceMs, untilMs } = this.#request;
    const atMs = stamp?.wallMs ?? 0;
    if (atMs < sinceMs || (untilMs > 0 && atMs > untilMs)) return false;
    const about = subjectMatter(entry);
    if (about === undefined || !matches(this.#namespace, about.namespace)) return false;
    return (device === "" || device === about.device) && (property === "" || property === about.property);
  }
}

/** The device that an event is about, and its property if it is about one. */
function subjectMatter(entry: LogEntry): (ProposalPlace & Partial<Place>) | undefined {
  const fact = readFact(entry);
  switch (fact?.kind) {
    case "reported":
    case "rejected":
    case "desired":
      return fact.place;
    case "proposed":
      return fact.message ? { ...fact.place, property: fact.message.property } : fact.place;
    case "started":
    case "result":
      return fact.place;
    case "online":
    case "offline":
      return fact;
    default:
      return undefined;
  }
}
