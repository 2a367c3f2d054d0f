import { HoldfastError } from "@holdfast/proto";
import type { Bus } from "../bus/bus.ts";
import { fullJitterMs } from "../service/random.ts";
import { systemRandom } from "../service/random-system.ts";
import type { Follower, FollowOptions, StartAt, StoredMessage } from "./streams.ts";
import { Delivery } from "./streams-nats-delivery.ts";
import { apiCode, type Door, fromStored, messageGoneCodes } from "./streams-nats-wire.ts";

export interface FollowerRequest {
  readonly stream: string;
  readonly options: FollowOptions;
  readonly handler: (message: StoredMessage, pending: number) => void | Promise<void>;
  readonly onReset: () => void;
  readonly call: <T>(work: (door: Door) => Promise<T>) => Promise<T>;
  readonly bus: Pick<Bus, "status" | "onStatus">;
  readonly onError: (error: unknown) => void;
}

const retryBaseMs = 50;
const retryMaxMs = 2000;

class StreamReset extends HoldfastError {
  constructor() {
    super("stale_epoch", "The stream is not the one that was followed so far: read it anew.");
  }
}

/** Delivers from one consumer after the other, each beginning behind the last handled message. */
export class NatsFollower implements Follower {
  readonly caughtUp: Promise<void>;
  readonly #request: FollowerRequest;
  readonly #stopped = new AbortController();
  #isCaughtUp: () => void = () => {};
  #endedBefore: (error: HoldfastError) => void = () => {};
  #delivery: Delivery | undefined;
  #created: string | undefined;
  #caught = false;
  /** The last sequence that was handled, or passed over by `from`. */
  #cursor = 0;
  /** What was stored at the cursor, when this follower has seen it. */
  #last: StoredMessage | undefined;

  constructor(request: FollowerRequest) {
    this.#request = request;
    this.caughtUp = new Promise((resolve, reject) => {
      this.#isCaughtUp = resolve;
      this.#endedBefore = reject;
    });
    this.caughtUp.catch(() => {});
  }

  async start(): Promise<void> {
    const { from } = this.#request.options;
    if (typeof from === "object" && "seq" in from) this.#cursor = Math.max(0, from.seq - 1);
    const first = await this.#open().catch((error) => {
      if (error instanceof StreamReset) return undefined;
      throw error;
    });
    // Not before the caller has the follower in hand.
    setImmediate(() => void this.#run(first));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#delivery?.close();
    this.#endedBefore(new HoldfastError("unavailable", `The follower of ${this.#request.stream} was stopped.`));
  }

  async #run(first: Delivery | undefined): Promise<void> {
    const { stream, bus, onReset, onError } = this.#request;
    const stopWatching = bus.onStatus((status) => {
      if (status === "down") this.#delivery?.close();
    });
    try {
      if (!first) throw new StreamReset();
      await this.#deliver(first);
      await this.#deliverAgain();
    } catch (error) {
      this.#endedBefore(new HoldfastError("unavailable", `The follower of ${stream} ended.`, { cause: error }));
      if (this.#stopped.signal.aborted) return;
      if (error instanceof StreamReset) onReset();
      else onError(error);
    } finally {
      stopWatching();
      await this.stop();
    }
  }

  /** Until stopped. What goes wrong on the way there is tried again; only a handler's error comes out. */
  async #deliverAgain(): Promise<void> {
    for (let attempt = 0; !this.#stopped.signal.aborted; attempt++) {
      const before = this.#cursor;
      const delivery = await this.#open().catch((error) => {
        if (error instanceof StreamReset) throw error;
        return undefined;
      });
      if (delivery) await this.#deliver(delivery);
      if (this.#cursor > before) attempt = 0;
      await this.#pause(fullJitterMs(systemRandom, attempt, retryBaseMs, retryMaxMs));
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { handler } = this.#request;
    this.#delivery = delivery;
    if (this.#stopped.signal.aborted) delivery.close();
    const events = delivery.events();
    try {
      for (;;) {
        const event = await events.next().catch(() => undefined);
        if (event === undefined || event.done || this.#stopped.signal.aborted) return;
        if (event.value.message === undefined) {
          this.#caught = true;
          this.#isCaughtUp();
          continue;
        }
        await handler(event.value.message, event.value.pending);
        this.#last = event.value.message;
        this.#cursor = this.#last.seq;
      }
    } finally {
      await events.return();
    }
  }

  /** Where the next consumer begins, so that nothing is missing between it and the one before. */
  #from(): StartAt {
    const { from } = this.#request.options;
    if (this.#cursor > 0 || from === "new" || (typeof from === "object" && "seq" in from)) {
      return { seq: this.#cursor + 1 };
    }
    return from === "lastPerSubject" && this.#caught ? "first" : from;
  }

  /** Makes the consumer first: what it delivers is then of the stream that is looked at afterwards. */
  #open(): Promise<Delivery> {
    const { stream, options, call } = this.#request;
    return call(async ({ client, manager }) => {
      if (this.#created === undefined) await this.#look(manager, options.from === "new");
      const delivery = await Delivery.open({ client, manager, stream, options, from: this.#from() }).catch((error) => {
        throw this.#created !== undefined && apiCode(error) === 10059 ? new StreamReset() : error;
      });
      try {
        await this.#look(manager, false);
        return delivery;
      } catch (error) {
        delivery.close();
        throw error;
      }
    });
  }

  /** Throws StreamReset when this is not the stream that was followed so far. */
  async #look(manager: Door["manager"], startAtEnd: boolean): Promise<void> {
    const { stream } = this.#request;
    const { created, state } = await manager.streams.info(stream).catch((error) => {
      throw this.#created !== undefined && apiCode(error) === 10059 ? new StreamReset() : error;
    });
    if (this.#created !== undefined && created !== this.#created) throw new StreamReset();
    this.#created = created;
    if (startAtEnd) this.#cursor = state.last_seq;
    if (this.#cursor > state.last_seq) throw new StreamReset();
    const last = this.#last;
    if (!last) return;
    const message = await manager.streams.getMessage(stream, { seq: last.seq }).catch((error) => {
      if (messageGoneCodes.includes(apiCode(error) ?? 0)) return null;
      throw error;
    });
    const stored = message ? fromStored(message) : last;
    if (stored.subject !== last.subject || stored.storedAtMs !== last.storedAtMs) throw new StreamReset();
  }

  /** Waits for the time and for the connection. */
  async #pause(delayMs: number): Promise<void> {
    const { bus } = this.#request;
    const { signal } = this.#stopped;
    await new Promise<void>((resolve) => {
      const finish = () => {
        clearTimeout(timeout);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const timeout = setTimeout(finish, delayMs);
      signal.addEventListener("abort", finish);
    });
    if (bus.status === "up" || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const finish = () => {
        stopWatching();
        signal.removeEventListener("abort", finish);
        resolve();
      };
      const stopWatching = bus.onStatus(finish);
      signal.addEventListener("abort", finish);
    });
  }
}
