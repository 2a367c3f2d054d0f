import {
  type Committed,
  committed,
  type Epoch,
  HoldfastError,
  hasCode,
  type LogEvent,
  LogEventCodec,
  type LoggedEvent,
  logReplay,
  type ReplayPage,
} from "@holdfast/proto";
import type { Subscription } from "../bus/bus.ts";
import { call, onEvent } from "../bus/rpc.ts";
import { every, sleep } from "../service/clock.ts";
import type { Context } from "../service/context.ts";
import { fullJitterMs } from "../service/random.ts";

/** An event at its place in the log. */
export interface LogEntry {
  readonly seq: number;
  readonly event: LogEvent;
}

export interface Fold {
  /** Only keys with one of these prefixes; none = all. */
  readonly prefixes: readonly string[];
  /** Called once per event, in the order of the log. Must not throw: the entity would be degraded. */
  onEntry(entry: LogEntry): void;
  /** Forget everything: what follows begins with the base again. */
  onReset(): void;
}

export interface FollowerOptions {
  readonly timeoutMs: number;
  /** The log's heartbeat comes each second; silence for this long means: ask. */
  readonly silenceMs: number;
}

/** Tail messages that wait while a replay runs; when there are more, the replay simply goes on for longer. */
const waitingMax = 1024;
/** Degraded entities that are named; beyond them they are only counted. */
const degradedNamedMax = 100;
const retryBaseMs = 50;
const retryMaxMs = 2000;
/** A slow log is given more time with each page that did not come in time, else nobody would ever get one. */
const pageTimeoutMaxMs = 30_000;

/** Follows the log: base, events, then the live tail, without gaps (docs/protocol.md 3). */
export class LogFollower {
  epoch: Epoch = { counter: 0, random: 0 };
  pressed = false;
  /** Everything up to here has been folded. */
  throughSeq = 0;
  readonly #context: Context<unknown>;
  readonly #fold: Fold;
  readonly #options: FollowerOptions;
  readonly #tail: Subscription;
  readonly #watch: () => void;
  readonly #ended = new AbortController();
  #waiting: Committed[] = [];
  #replay: Promise<void> | undefined;
  #heardMs: number;
  #touched = false;
  /** Keys of which the last event could not be folded. */
  readonly #degraded = new Set<string>();
  #folded: { readonly seq: number; resolve(): void; reject(error: unknown): void }[] = [];

  /** Subscribes to the tail; `replay()` joins it. */
  constructor(context: Context<unknown>, fold: Fold, options: FollowerOptions) {
    this.#context = context;
    this.#fold = fold;
    this.#options = options;
    this.#heardMs = context.clock.monotonicMs();
    this.#tail = onEvent(context.bus, committed, {}, (message) => this.#take(message));
    this.#watch = every(context.clock, options.silenceMs / 3, () => {
      if (context.clock.monotonicMs() - this.#heardMs < options.silenceMs) return;
      context.stats.count("log_silences");
      void this.replay();
    });
  }

  stop(): void {
    this.#tail.stop();
    this.#watch();
    this.#ended.abort(new HoldfastError("unavailable", "The module does not follow the log any more: it is stopping."));
    for (const { reject } of this.#folded.splice(0)) reject(this.#ended.signal.reason);
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Resolves once everything up to `seq` has been folded. Error: `unavailable` (stopped before). */
  folded(seq: number): Promise<void> {
    if (seq <= this.throughSeq) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#ended.signal.aborted) return reject(this.#ended.signal.reason);
      this.#folded.push({ seq, resolve, reject });
    });
  }

  /** Reads from the own position until the tail is joined, or the follower is stopped. Retries until then. */
  replay(): Promise<void> {
    this.#replay ??= this.#readToTail().finally(() => {
      this.#replay = undefined;
      const waiting = this.#waiting;
      this.#waiting = [];
      if (!this.#ended.signal.aborted) for (const message of waiting) this.#take(message);
    });
    return this.#replay;
  }

  async #readToTail(): Promise<void> {
    let asking = this.#page("");
    while (!this.#ended.signal.aborted) {
      const page = await asking;
      if (page === "from position") {
        asking = this.#page("");
        continue;
      }
      if (page === "ended") return;
      this.#heardMs = this.#context.clock.monotonicMs();
      // Asked for before this page is folded, so that the log reads while we fold.
      if (page.more) asking = this.#page(page.cursor);
      if (page.fromBase) this.#reset();
      this.epoch = page.epoch ?? this.epoch;
      for (const event of page.events) this.#give(event);
      this.#advance(page.throughSeq);
      if (!page.more) return;
    }
  }

  async #page(cursor: string): Promise<ReplayPage | "from position" | "ended"> {
    const { bus, clock, random, stats, logger } = this.#context;
    const request = { afterSeq: this.throughSeq, cursor, prefixes: this.#fold.prefixes };
    let { timeoutMs } = this.#options;
    for (let attempt = 0; !this.#ended.signal.aborted; attempt += 1) {
      try {
        return await call(bus, logReplay, {}, request, { timeoutMs });
      } catch (error) {
        if (hasCode(error, "timeout")) timeoutMs = Math.min(2 * timeoutMs, pageTimeoutMaxMs);
        if (cursor !== "" && hasCode(error, "invalid_argument")) return "from position";
        stats.count("replay_retries");
        if (attempt % 10 === 1) logger.info({ reason: String(error) }, "waiting for the log");
      }
      await sleep(clock, fullJitterMs(random, attempt, retryBaseMs, retryMaxMs), this.#ended.signal);
    }
    return "ended";
  }

  #take(message: Committed): void {
    this.#heardMs = this.#context.clock.monotonicMs();
    if (this.#replay) {
      if (this.#waiting.length >= waitingMax) this.#waiting = [];
      this.#waiting.push(message);
      return;
    }
    const newLife = message.epoch !== undefined && message.epoch.counter > this.epoch.counter;
    const replaced = newLife && message.lastSeq < this.throughSeq;
    if (message.prevSeq > this.throughSeq || replaced) {
      this.#context.stats.count("tail_gaps");
      this.#waiting.push(message);
      void this.replay();
      return;
    }
    if (message.lastSeq < this.throughSeq) return;
    this.pressed = message.pressed;
    this.epoch = message.epoch ?? this.epoch;
    for (const event of message.events) if (event.seq > this.throughSeq) this.#give(event);
    this.#advance(message.lastSeq);
  }

  #give({ seq, event: bytes }: LoggedEvent): void {
    this.#touched = true;
    let event: LogEvent;
    try {
      event = LogEventCodec.decode(bytes);
    } catch {
      this.#context.stats.count("events_undecodable");
      return;
    }
    const { prefixes } = this.#fold;
    if (prefixes.length > 0 && !prefixes.some((prefix) => event.key.startsWith(prefix))) return;
    try {
      this.#fold.onEntry({ seq, event });
      if (this.#degraded.delete(event.key)) this.#tellDegraded();
    } catch (error) {
      // One bad event never stops a module; its entity is what it was before.
      this.#context.stats.count("entities_degraded");
      if (this.#degraded.size < degradedNamedMax) this.#degraded.add(event.key);
      this.#tellDegraded();
      this.#context.logger.error(
        { key: event.key, type: event.type, seq, error: String(error) },
        "could not fold an event",
      );
    }
  }

  /** In `$SRV.STATS`, until a later event of the key can be folded. */
  #tellDegraded(): void {
    this.#context.stats.names("degraded", this.#degraded);
  }

  #reset(): void {
    this.throughSeq = 0;
    this.#degraded.clear();
    this.#tellDegraded();
    if (!this.#touched) return;
    this.#touched = false;
    this.#context.stats.count("log_resets");
    this.#fold.onReset();
  }

  #advance(seq: number): void {
    if (seq <= this.throughSeq) return;
    this.throughSeq = seq;
    if (this.#folded.length === 0) return;
    const waiting = this.#folded;
    this.#folded = waiting.filter((waiter) => waiter.seq > seq);
    for (const waiter of waiting) if (waiter.seq <= seq) waiter.resolve();
  }
}
