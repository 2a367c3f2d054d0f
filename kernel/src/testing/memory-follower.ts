import { HoldfastError, hasCode } from "@holdfast/proto";
import type { Follower, FollowOptions, StartAt, StoredMessage } from "../streams/streams.ts";
import type { MemoryClient } from "./memory-client.ts";
import type { MemoryConsumer, Page } from "./memory-consumer.ts";

export interface MemoryFollowerRequest {
  readonly stream: string;
  readonly options: FollowOptions;
  readonly handler: (message: StoredMessage, pending: number) => void | Promise<void>;
  readonly onReset: () => void;
  readonly onError: (error: unknown) => void;
}

/** On their way or waiting for the handler at most; the rest stays at the server. */
const bufferedMax = 500;
const retryMs = 50;

/** As the real adapter: one consumer after the other, each beginning behind the last handled message. */
export class MemoryFollower implements Follower {
  readonly caughtUp: Promise<void>;
  readonly #client: MemoryClient;
  readonly #request: MemoryFollowerRequest;
  readonly #stopWatching: () => void;
  #isCaughtUp: () => void = () => {};
  #endedBefore: (error: HoldfastError) => void = () => {};
  #consumer: MemoryConsumer | undefined;
  #pages: Page[] = [];
  #buffered = 0;
  #handling = false;
  #pulling: MemoryConsumer | undefined;
  #toldCaughtUp = false;
  #stopped = false;
  #created = 0;
  #positioned = false;
  #cursor = 0;
  #last: StoredMessage | undefined;

  constructor(client: MemoryClient, request: MemoryFollowerRequest) {
    this.#client = client;
    this.#request = request;
    this.caughtUp = new Promise((resolve, reject) => {
      this.#isCaughtUp = resolve;
      this.#endedBefore = reject;
    });
    this.caughtUp.catch(() => {});
    this.#stopWatching = client.connection.onStatus((status) => {
      this.#drop();
      if (status === "up") this.#openSoon(0);
    });
  }

  async start(): Promise<void> {
    const { from } = this.#request.options;
    if (typeof from === "object" && "seq" in from) this.#moveTo(Math.max(0, from.seq - 1));
    try {
      await this.#open();
    } catch (error) {
      this.#end(new HoldfastError("unavailable", `The follower of ${this.#request.stream} did not begin.`));
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#end(new HoldfastError("unavailable", `The follower of ${this.#request.stream} was stopped.`));
  }

  #end(error: HoldfastError): void {
    this.#stopped = true;
    this.#stopWatching();
    this.#drop();
    this.#endedBefore(error);
  }

  #drop(): void {
    if (this.#consumer) this.#client.server.forget(this.#consumer);
    this.#consumer = undefined;
    this.#pages = [];
    this.#buffered = 0;
  }

  #moveTo(seq: number): void {
    this.#cursor = seq;
    this.#positioned = true;
  }

  async #open(): Promise<void> {
    const { stream, options, onReset } = this.#request;
    const { server } = this.#client;
    const opened = await this.#client.call("follow", stream, () => {
      if (options.from === "new" && !this.#positioned) this.#moveTo(server.stream(stream).lastSeq);
      const resume = { created: this.#created, cursor: this.#cursor, ...(this.#last ? { last: this.#last } : {}) };
      const consumer = server.consume(stream, { ...options, from: this.#from() }, resume);
      if (!consumer) return undefined;
      this.#created = consumer.stream.created;
      return { consumer, session: this.#client.session };
    });
    if (this.#stopped || this.#consumer || (opened && opened.session !== this.#client.session)) {
      if (opened) server.forget(opened.consumer);
      return;
    }
    if (!opened) {
      this.#end(new HoldfastError("unavailable", `${stream} is not the stream that was followed so far.`));
      // Not before the caller has the follower in hand.
      this.#client.deliver(onReset);
      return;
    }
    this.#consumer = opened.consumer;
    opened.consumer.onWake(() => this.#pullSoon(opened.consumer));
    this.#pull(opened.consumer);
  }

  /** Again and again until there is a consumer; the connection's next life begins anew by itself. */
  #openSoon(delayMs: number): void {
    this.#client.server.clock.after(delayMs, () => {
      // While the handler runs its message is not done: the next consumer begins behind it.
      if (this.#handling || this.#stopped || this.#consumer) return;
      if (this.#client.dead || this.#client.connection.status === "down") return;
      this.#open().catch((error) => {
        if (!hasCode(error, "disconnected")) this.#openSoon(retryMs);
      });
    });
  }

  #from(): StartAt {
    const { from } = this.#request.options;
    if (this.#positioned) return { seq: this.#cursor + 1 };
    return from === "lastPerSubject" && this.#toldCaughtUp ? "first" : from;
  }

  /** What is stored at once travels as one page. */
  #pullSoon(consumer: MemoryConsumer): void {
    if (this.#pulling === consumer) return;
    this.#pulling = consumer;
    queueMicrotask(() => {
      if (this.#pulling === consumer) this.#pulling = undefined;
      this.#pull(consumer);
    });
  }

  #pull(consumer: MemoryConsumer): void {
    if (this.#client.dead) {
      this.#client.server.forget(consumer);
      return;
    }
    if (consumer.closed) {
      this.#client.deliver(() => this.#consumerLost(consumer));
      return;
    }
    const page = consumer.take(bufferedMax - this.#buffered);
    if (page.messages.length === 0 && (!page.caughtUp || this.#toldCaughtUp)) return;
    this.#buffered += page.messages.length;
    this.#client.deliver(() => {
      if (consumer !== this.#consumer) return;
      this.#pages.push(page);
      if (!this.#handling) void this.#handle();
    });
  }

  #consumerLost(consumer: MemoryConsumer): void {
    if (consumer !== this.#consumer) return;
    this.#drop();
    this.#openSoon(0);
  }

  async #handle(): Promise<void> {
    this.#handling = true;
    try {
      for (let page = this.#pages.shift(); page; page = this.#pages.shift()) await this.#handlePage(page);
    } catch (error) {
      if (this.#client.dead) return;
      this.#end(new HoldfastError("unavailable", `The follower of ${this.#request.stream} ended.`, { cause: error }));
      this.#request.onError(error);
    } finally {
      this.#handling = false;
      if (!this.#consumer && !this.#stopped) this.#openSoon(0);
    }
  }

  async #handlePage(page: Page): Promise<void> {
    const consumer = this.#consumer;
    for (const { message, pending } of page.messages) {
      await this.#request.handler(message, pending);
      if (this.#client.dead) return;
      this.#last = message;
      this.#moveTo(message.seq);
      if (this.#stopped || consumer !== this.#consumer) return;
    }
    if (page.caughtUp && !this.#toldCaughtUp) {
      this.#toldCaughtUp = true;
      this.#isCaughtUp();
    }
    this.#buffered -= page.messages.length;
    if (consumer) this.#pull(consumer);
  }
}
