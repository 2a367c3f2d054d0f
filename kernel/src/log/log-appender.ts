import { asHoldfastError, HoldfastError, logAppend } from "@holdfast/proto";
import { call } from "../bus/rpc.ts";
import { sleep } from "../service/clock.ts";
import type { Context } from "../service/context.ts";
import { fullJitterMs } from "../service/random.ts";
import { appendBytesMax, appendEventsMax, encodeEvent, type NewEvent } from "./log-event.ts";

export interface Appended {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface AppendOptions {
  /** Do not wait for a full log: error `busy`, and what comes after it may go on. Default false. */
  readonly orBusy?: boolean;
}

/**
 * The numbers of the appends on their way lie within this range: less than the answers that the log remembers
 * per module, so that a repeat is always known to it.
 */
const appendWindow = 32;
/** Appends that wait for their turn; more are refused with `busy`. */
const waitingMax = 4096;
const retryBaseMs = 20;
const retryMaxMs = 1000;

interface Waiter {
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

interface Entry {
  events: readonly Uint8Array[];
  /** The key, when a newer value of it may take this one's place. */
  readonly replaceable: string | undefined;
  /** It gives up its place in the order when the log is full. */
  readonly orBusy: boolean;
  waiters: Waiter[];
  /** Resolves when the log has answered, or the client has ended. */
  settled: Promise<void>;
}

/**
 * Sends appends in order, several at a time, each repeated under its number until the log has answered
 * (docs/protocol.md 2). The log takes them in the order of their numbers only.
 */
export class LogAppender {
  readonly #context: Context<unknown>;
  readonly #author: { readonly module: string; readonly incarnation: number };
  readonly #timeoutMs: number;
  readonly #isPressed: () => boolean;
  readonly #ended = new AbortController();
  #waiting: Entry[] = [];
  readonly #replaceable = new Map<string, Entry>();
  /** By number; each can be told that its answer will not come any more. */
  readonly #inFlight = new Map<number, () => void>();
  #n = 0;
  #previous: Promise<void> = Promise.resolve();

  constructor(
    context: Context<unknown>,
    author: { readonly module: string; readonly incarnation: number },
    options: { readonly timeoutMs: number; readonly isPressed: () => boolean },
  ) {
    this.#context = context;
    this.#author = author;
    this.#timeoutMs = options.timeoutMs;
    this.#isPressed = options.isPressed;
  }

  /** Errors: `too_large`, `busy`, `unavailable` (stopped), `stale_incarnation`, and what the log refuses. */
  async append(events: readonly NewEvent[], { orBusy = false }: AppendOptions = {}): Promise<Appended> {
    if (this.#ended.signal.aborted) throw new HoldfastError("unavailable", "The log client has stopped.");
    const encoded = events.map((event) => encodeEvent(this.#context, this.#author, event));
    checkSize(encoded);
    const replaceable = this.#isPressed() ? replaceableKey(events) : undefined;
    return new Promise<Appended>((resolve, reject) => {
      const earlier = replaceable === undefined ? undefined : this.#replaceable.get(replaceable);
      if (earlier) {
        earlier.events = encoded;
        earlier.waiters.push({ resolve, reject });
        this.#context.stats.count("events_coalesced");
        return;
      }
      if (this.#waiting.length >= waitingMax) {
        return reject(new HoldfastError("busy", `${waitingMax} appends wait for the log already; try again later.`));
      }
      const waiters = [{ resolve, reject }];
      const entry = { events: encoded, replaceable, orBusy, waiters, settled: Promise.resolve() };
      this.#waiting.push(entry);
      if (replaceable !== undefined) this.#replaceable.set(replaceable, entry);
      this.#send();
    });
  }

  stop(reason: unknown = new HoldfastError("unavailable", "The log client has stopped.")): void {
    this.#ended.abort(reason);
    for (const entry of this.#waiting.splice(0)) for (const waiter of entry.waiters) waiter.reject(reason);
    this.#replaceable.clear();
  }

  #send(): void {
    for (;;) {
      const [oldest = this.#n + 1] = this.#inFlight.keys();
      if (this.#n + 1 - oldest >= appendWindow) return;
      const entry = this.#waiting.shift();
      if (!entry) return;
      if (entry.replaceable !== undefined) this.#replaceable.delete(entry.replaceable);
      this.#n += 1;
      const n = this.#n;
      this.#inFlight.set(n, () => {});
      entry.settled = this.#untilAnswered(n, entry, this.#previous).finally(() => {
        this.#inFlight.delete(n);
        this.#send();
      });
      this.#previous = entry.settled;
    }
  }

  async #untilAnswered(n: number, entry: Entry, before: Promise<void>): Promise<void> {
    const { clock, random } = this.#context;
    const ended = this.#ended.signal;
    let isFirst = false;
    void before.then(() => {
      isFirst = true;
    });
    for (let attempt = 0; !ended.aborted; attempt += 1) {
      try {
        const reply = await this.#ask(n, entry.events);
        for (const { resolve } of entry.waiters) resolve(reply);
        this.#overtake(n);
        return;
      } catch (error) {
        this.#refused(entry, error);
      }
      // An append is refused while the one with the number below it is missing: only the lowest backs off.
      if (isFirst) await sleep(clock, fullJitterMs(random, attempt, retryBaseMs, retryMaxMs), ended);
      else await before;
    }
    for (const { reject } of entry.waiters) reject(ended.reason);
  }

  #ask(n: number, events: readonly Uint8Array[]): Promise<Appended> {
    const { bus } = this.#context;
    return new Promise((resolve, reject) => {
      this.#inFlight.set(n, () => reject(new HoldfastError("timeout", `The answer to append ${n} was lost.`)));
      const { module } = this.#author;
      const request = { ...this.#author, n, events };
      call(bus, logAppend, { module }, request, { timeoutMs: this.#timeoutMs }).then(resolve, reject);
    });
  }

  /** The log answers in order: whatever has a lower number is there too, and its answer was lost. */
  #overtake(n: number): void {
    for (const [number, answerLost] of this.#inFlight) if (number < n) answerLost();
  }

  #refused(entry: Entry, thrown: unknown): void {
    const error = asHoldfastError(thrown);
    this.#context.stats.count("append_retries");
    if (error.retryable && !(entry.orBusy && error.code === "busy")) return;
    if (error.code === "stale_incarnation") {
      this.stop(error);
      this.#context.fail(error);
      return;
    }
    for (const { reject } of entry.waiters.splice(0)) reject(error);
    // The number must not be missing in the log's order; an empty append takes its place.
    entry.events = [];
  }
}

function checkSize(events: readonly Uint8Array[]): void {
  let bytes = 0;
  for (const event of events) bytes += event.length;
  if (events.length > appendEventsMax || bytes > appendBytesMax) {
    const limits = `${appendEventsMax} events or ${appendBytesMax} bytes`;
    throw new HoldfastError("too_large", `One append may have ${limits}, this one has ${events.length} and ${bytes}.`);
  }
}

/** Reported values may take each other's place before they are numbered, nothing else may. */
function replaceableKey(events: readonly NewEvent[]): string | undefined {
  const [event] = events;
  return event && events.length === 1 && event.digested && event.ending === "state" ? event.key : undefined;
}
