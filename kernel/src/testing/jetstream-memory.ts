import { type ErrorCode, HoldfastError } from "@holdfast/proto";
import type { Headers } from "../bus/bus.ts";
import { checkFilter, filterMatches } from "../bus/subject-filter.ts";
import type { Clock } from "../service/clock.ts";
import type { AppendMessage, FollowOptions, StoredMessage, StreamConfig, Streams } from "../streams/streams.ts";
import { copyOfBytes } from "./copied-bytes.ts";
import { copyOf, MemoryConsumer } from "./memory-consumer.ts";
import { MemoryStream, matcher, type Stored, type StreamSnapshot, unsyncedMaxMs } from "./memory-stream.ts";

export type StreamOperation = keyof Streams;

/** What happens to one request to the server. */
export interface StreamFault {
  /** It arrives this much later; what the same connection sends after it does not overtake it. */
  readonly delayMs?: number;
  /** `request`: the server never gets it. `reply`: it takes effect, and the client hears nothing. */
  readonly lose?: "request" | "reply";
  /** The server refuses it. */
  readonly refuse?: ErrorCode;
}

export interface MemoryJetStreamOptions {
  readonly clock: Clock;
  /** One way between a client and the server. Default: always 0. */
  readonly latencyMs?: () => number;
  /** Before the next few messages of a source are copied. Default: always 0. */
  readonly copyDelayMs?: () => number;
  /** Gets what a stream republishes. */
  readonly publish?: (subject: string, data: Uint8Array, headers: Headers) => void;
  /** Whether anybody hears a subject: what nobody hears need not be put together. Default: always. */
  readonly isHeard?: (subject: string) => boolean;
}

export type JetStreamSnapshot = ReadonlyMap<string, StreamSnapshot>;

/** Where a follower goes on: what it knew of the stream. */
export interface Resume {
  readonly created: number;
  readonly cursor: number;
  readonly last?: StoredMessage;
}

/** Messages of a source that are copied in one event. */
const copyChunk = 16;

/** A JetStream server in memory. It survives its clients; faults and disasters come from outside. */
export class MemoryJetStream {
  readonly clock: Clock;
  readonly latencyMs: () => number;
  /** Asked for every request of every client. */
  fault: (operation: StreamOperation, stream: string) => StreamFault | undefined = () => undefined;
  readonly #publish: (subject: string, data: Uint8Array, headers: Headers) => void;
  readonly #isHeard: (subject: string) => boolean;
  readonly #copyDelayMs: () => number;
  readonly #streams = new Map<string, MemoryStream>();
  readonly #consumers = new Set<MemoryConsumer>();
  readonly #copying = new Set<MemoryStream>();
  #created = 0;

  constructor(options: MemoryJetStreamOptions) {
    this.clock = options.clock;
    this.latencyMs = options.latencyMs ?? (() => 0);
    this.#copyDelayMs = options.copyDelayMs ?? (() => 0);
    this.#publish = options.publish ?? (() => {});
    this.#isHeard = options.isHeard ?? (() => true);
  }

  ensure(config: StreamConfig): void {
    const stream = this.#streams.get(config.name) ?? new MemoryStream(config, ++this.#created);
    stream.config = config;
    this.#streams.set(config.name, stream);
    this.#copySoon(stream);
  }

  deleteStream(name: string): void {
    const stream = this.stream(name);
    this.#streams.delete(name);
    this.#close((consumer) => consumer.stream === stream);
  }

  has(name: string): boolean {
    return this.#streams.has(name);
  }

  /** Error: `not_found`. */
  stream(name: string): MemoryStream {
    const stream = this.#streams.get(name);
    if (!stream) throw new HoldfastError("not_found", `There is no stream ${name}.`);
    stream.expire(this.clock.wallMs(), this.clock.monotonicMs());
    return stream;
  }

  last(name: string, subject: string): StoredMessage | undefined {
    const stored = this.stream(name).last(subject);
    return stored && copyOf(stored);
  }

  /** All or nothing. Errors: as `Streams.append`. */
  append(name: string, messages: readonly AppendMessage[]): number {
    const subject = messages.at(-1)?.subject ?? "";
    const taker = this.#takerOf(subject);
    if (!taker) throw new HoldfastError("no_responders", `No stream takes ${subject}.`);
    if (taker.config.name !== name) {
      throw new HoldfastError("invalid_argument", `${subject} belongs to ${taker.config.name}, not to ${name}.`);
    }
    const stream = this.stream(name);
    checkExpectations(stream, messages);
    const stored = messages.map((message) => {
      const { data, headers, neverExpires, rollup } = message;
      const kept = { subject: message.subject, data: copyOfBytes(data), headers: new Map(headers) };
      const before = stream.last(message.subject)?.seq ?? 0;
      return { before, message: this.#store(stream, { ...kept, neverExpires: neverExpires === true }, rollup) };
    });
    for (const { before, message } of stored) this.#republish(stream, message, before);
    return stream.lastSeq;
  }

  #takerOf(subject: string): MemoryStream | undefined {
    for (const stream of this.#streams.values()) if (stream.takes(subject)) return stream;
    return undefined;
  }

  /** Undefined when the stream is not the one that the follower knew. Errors: `not_found`, `invalid_argument`. */
  consume(
    name: string,
    options: FollowOptions & { readonly headersOnly?: boolean },
    resume?: Resume,
  ): MemoryConsumer | undefined {
    checkFilters(options.filters ?? []);
    if (resume?.created && !this.#streams.has(name)) return undefined;
    const stream = this.stream(name);
    if (resume && !isSame(stream, resume)) return undefined;
    const consumer = new MemoryConsumer(stream, options);
    this.#consumers.add(consumer);
    return consumer;
  }

  forget(consumer: MemoryConsumer): void {
    this.#consumers.delete(consumer);
    consumer.close();
  }

  /** A backup of everything. */
  snapshot(): JetStreamSnapshot {
    return new Map([...this.#streams].map(([name, stream]) => [name, stream.snapshot()]));
  }

  /** The store is as it was at the time of the backup; what came after is gone. */
  restore(snapshot: JetStreamSnapshot): void {
    this.#streams.clear();
    for (const [name, stream] of snapshot) this.#streams.set(name, MemoryStream.restore(stream));
    this.#restart();
  }

  /** Loss of power: what was stored or deleted in the last `unsyncedMs` (at most 120 000) did not happen. */
  loseTail(unsyncedMs: number, streams: readonly string[] = [...this.#streams.keys()]): void {
    const sinceMs = this.clock.monotonicMs() - Math.min(unsyncedMs, unsyncedMaxMs);
    for (const name of streams) this.#streams.get(name)?.loseTail(sinceMs);
    this.#restart();
  }

  #restart(): void {
    this.#close(() => true);
    for (const stream of this.#streams.values()) {
      for (const { stream: source } of stream.config.sources ?? []) {
        const end = this.#streams.get(source)?.lastSeq ?? 0;
        stream.copied.set(source, Math.min(stream.copied.get(source) ?? 0, end));
      }
      this.#copySoon(stream);
    }
  }

  #close(which: (consumer: MemoryConsumer) => boolean): void {
    for (const consumer of [...this.#consumers]) if (which(consumer)) this.forget(consumer);
  }

  #store(stream: MemoryStream, message: Omit<Stored, "seq" | "storedAtMs">, rollup = false): Stored {
    const storedAtMs = this.clock.wallMs();
    const stored = stream.add({ ...message, storedAtMs }, this.clock.monotonicMs(), rollup);
    for (const consumer of this.#consumers) if (consumer.stream === stream) consumer.stored(stored);
    for (const other of this.#streams.values()) {
      if (other.config.sources?.some((source) => source.stream === stream.config.name)) this.#copySoon(other);
    }
    return stored;
  }

  #republish(stream: MemoryStream, message: Stored, before: number): void {
    const { republish, name } = stream.config;
    if (!republish || !filterMatches(republish.from, message.subject)) return;
    const subject = republishedSubject(republish, message.subject);
    if (!this.#isHeard(subject)) return;
    const headers = new Map(message.headers);
    headers.set("Nats-Stream", name);
    headers.set("Nats-Subject", message.subject);
    headers.set("Nats-Sequence", String(message.seq));
    headers.set("Nats-Time-Stamp", new Date(message.storedAtMs).toISOString());
    headers.set("Nats-Last-Sequence", String(before));
    this.#publish(subject, message.data, headers);
  }

  #copySoon(stream: MemoryStream): void {
    if (!stream.config.sources?.length || this.#copying.has(stream)) return;
    this.#copying.add(stream);
    this.clock.after(this.#copyDelayMs(), () => {
      this.#copying.delete(stream);
      const current = this.#streams.get(stream.config.name) === stream;
      if (current && this.#copySome(stream)) this.#copySoon(stream);
    });
  }

  /** True when there may be more. */
  #copySome(stream: MemoryStream): boolean {
    let left = copyChunk;
    for (const { stream: name, filters } of stream.config.sources ?? []) {
      const source = this.#streams.get(name);
      if (!source) continue;
      source.expire(this.clock.wallMs(), this.clock.monotonicMs());
      const wanted = matcher(filters.length > 0 ? filters : undefined);
      let seq = stream.copied.get(name) ?? 0;
      for (; seq < source.lastSeq && left > 0; stream.copied.set(name, seq)) {
        const original = source.get(++seq);
        if (!original || !wanted(original.subject)) continue;
        const { subject, data, headers } = original;
        this.#store(stream, { subject, data, headers, neverExpires: false, originSeq: seq, origin: name });
        left--;
      }
      if (seq < source.lastSeq) return true;
    }
    return false;
  }
}

/** As the server: of two filters neither may cover the other. */
function checkFilters(filters: readonly string[]): void {
  for (const [index, filter] of filters.entries()) {
    checkFilter(filter);
    const covers = (other: string) => filterMatches(filter, other) || filterMatches(other, filter);
    if (!filters.slice(index + 1).some(covers)) continue;
    throw new HoldfastError("invalid_argument", `The filters of a follower must not overlap: ${filters.join(", ")}.`);
  }
}

function checkExpectations(stream: MemoryStream, messages: readonly AppendMessage[]): void {
  const seen = new Set<string>();
  for (const { subject, expectSeq, rollup } of messages) {
    if (!stream.takes(subject)) throw new HoldfastError("conflict", `${stream.config.name} does not take ${subject}.`);
    const conditional = expectSeq !== undefined || rollup === true;
    const found = stream.last(subject)?.seq ?? 0;
    if ((conditional && seen.has(subject)) || (expectSeq !== undefined && expectSeq !== found)) {
      throw new HoldfastError("conflict", `${subject}: the last sequence is ${found}, not ${expectSeq}.`);
    }
    seen.add(subject);
  }
}

function isSame(stream: MemoryStream, { created, cursor, last }: Resume): boolean {
  if ((created && stream.created !== created) || cursor > stream.lastSeq) return false;
  const stored = last && stream.get(last.seq);
  return !stored || (stored.subject === last.subject && stored.storedAtMs === last.storedAtMs);
}

/** `a.>` to `b.>` */
function republishedSubject({ from, to }: { readonly from: string; readonly to: string }, subject: string): string {
  if (!from.endsWith(">") || !to.endsWith(">")) return to;
  return to.slice(0, -1) + subject.slice(from.length - 1);
}
