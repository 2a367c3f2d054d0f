import { HoldfastError } from "@holdfast/proto";
import {
  connect,
  errors,
  type NatsConnection,
  type Subscription as RawSubscription,
  type Status,
} from "@nats-io/transport-node";
import type { Bus, BusStatus, Headers, Message, PublishOptions, SubscribeOptions, Subscription } from "./bus.ts";
import { HandlerQueue, type MessageHandler } from "./handler-queue.ts";
import { Backoff, closedError, connectionOptions, type NatsOptions } from "./options-nats.ts";
import { checkFilter, checkSubject } from "./subject-filter.ts";
import { asBusError, isServerNotice, toMessage, toRawHeaders } from "./wire-nats.ts";

export type { NatsOptions } from "./options-nats.ts";

/** A bus and the connection below it, which is there once the server was reached for the first time. */
export interface NatsLink {
  readonly bus: Bus;
  /** For the adapter of streams alone. Stays the same over reconnects; rejects when closed before. */
  readonly connection: Promise<NatsConnection>;
}

/** Returns at once, with the server there or not; connects, and reconnects, by itself for ever. */
export function openNats(options: NatsOptions): NatsLink {
  const bus = new NatsBus(options);
  return { bus, connection: bus.connection };
}

/** As `openNats`, but waits for the first connection. */
export async function connectNats(options: NatsOptions): Promise<{ bus: Bus; connection: NatsConnection }> {
  const { bus, connection } = openNats(options);
  return { bus, connection: await connection };
}

class NatsBus implements Bus {
  status: BusStatus = "down";
  lost = 0;
  readonly inboxPrefix: string;
  readonly connection: Promise<NatsConnection>;
  readonly #onError: (error: unknown, subject?: string) => void;
  readonly #subscriptions = new Set<NatsSubscription>();
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #inFlight = new Set<(error: HoldfastError) => void>();
  readonly #backoff: Backoff;
  readonly #url: string;
  #raw: NatsConnection | undefined;
  #closing = false;
  #refused = false;
  #drained: Promise<void> | undefined;

  constructor(options: NatsOptions) {
    this.#url = options.url;
    this.#onError = options.onError ?? (() => {});
    this.#backoff = new Backoff(options.reconnectMaxMs ?? 2000, () => this.#closing && this.#raw === undefined);
    const raw = connectionOptions(options, this.#backoff);
    this.inboxPrefix = raw.inboxPrefix ?? "_INBOX";
    this.connection = connect(raw);
    this.connection.then(
      (raw) => this.#connected(raw),
      (error) => this.#gaveUp(error),
    );
  }

  publish(subject: string, data: Uint8Array, options: PublishOptions = {}): void {
    checkSubject(subject);
    const headers = toRawHeaders(options.headers);
    if (this.#raw === undefined || this.status === "down") {
      this.lost++;
      return;
    }
    try {
      this.#raw.publish(subject, data, {
        ...(headers === undefined ? {} : { headers }),
        ...(options.reply === undefined ? {} : { reply: options.reply }),
      });
    } catch (error) {
      throw asBusError(error, subject);
    }
  }

  subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Subscription {
    checkFilter(subject);
    if (this.#closing) throw closedError();
    const onError = (error: unknown) => this.#onError(error, subject);
    const ended = () => this.#subscriptions.delete(subscription);
    const isUp = () => this.status === "up";
    const subscription = new NatsSubscription({ subject, handler, options, onError, ended, isUp });
    this.#subscriptions.add(subscription);
    if (this.#raw !== undefined) subscription.open(this.#raw);
    return subscription;
  }

  request(
    subject: string,
    data: Uint8Array,
    options: { readonly timeoutMs: number; readonly headers?: Headers },
  ): Promise<Message> {
    const raw = this.#raw;
    return new Promise((resolve, reject) => {
      checkSubject(subject);
      const headers = toRawHeaders(options.headers);
      if (raw === undefined || this.status === "down") throw downError(subject);
      this.#inFlight.add(reject);
      raw
        .request(subject, data, { timeout: options.timeoutMs, ...(headers === undefined ? {} : { headers }) })
        .then((message) => resolve(toMessage(message)))
        .catch((error) => reject(asBusError(error, subject)))
        .finally(() => this.#inFlight.delete(reject));
    });
  }

  async flush(): Promise<void> {
    if (this.#raw === undefined || this.status === "down") throw downError("flush");
    await this.#raw.flush().catch((error) => {
      throw new HoldfastError("disconnected", "The connection to the bus was lost during a flush.", { cause: error });
    });
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.drain()));
    if (this.status === "up") await this.#raw?.flush().catch(() => {});
    this.#setStatus("down");
    await this.#raw?.close();
  }

  #connected(raw: NatsConnection): void {
    this.#raw = raw;
    if (this.#closing) {
      raw.close().catch(this.#onError);
      return;
    }
    void raw.closed().then((error) => this.#gaveUp(error));
    this.#watch(raw).catch(this.#onError);
    this.#up(raw);
  }

  /** The library never tries again: only a new process can. Thrown where nobody catches it. */
  #gaveUp(error: unknown): void {
    if (this.#closing) return;
    const reason = error instanceof Error ? error.message : "closed";
    throw new HoldfastError("disconnected", `The bus at ${this.#url} cannot be used: ${reason}.`, { cause: error });
  }

  async #watch(raw: NatsConnection): Promise<void> {
    for await (const status of raw.status()) this.#changed(raw, status);
  }

  #changed(raw: NatsConnection, status: Status): void {
    if (status.type === "reconnect") this.#up(raw);
    else if (status.type === "disconnect" || status.type === "close") this.#setStatus("down");
    else if (status.type === "error") this.#failed(status.error);
  }

  /** Who is refused is refused at every attempt: once is enough to be told. */
  #failed(error: unknown): void {
    const isRefusal = error instanceof errors.AuthorizationError;
    if (!isRefusal || !this.#refused) this.#onError(error);
    this.#refused ||= isRefusal;
  }

  #up(raw: NatsConnection): void {
    this.#refused = false;
    this.#backoff.reset();
    for (const subscription of this.#subscriptions) subscription.open(raw);
    this.#setStatus("up");
  }

  #setStatus(status: BusStatus): void {
    if (this.status === status) return;
    this.status = status;
    if (status === "down") {
      const error = new HoldfastError("disconnected", "The connection to the bus was lost before the answer came.");
      for (const reject of this.#inFlight) reject(error);
      this.#inFlight.clear();
    }
    for (const listener of [...this.#listeners]) {
      try {
        listener(status);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

interface SubscriptionParts {
  readonly subject: string;
  readonly handler: MessageHandler;
  readonly options: SubscribeOptions;
  readonly onError: (error: unknown) => void;
  readonly ended: () => void;
  readonly isUp: () => boolean;
}

class NatsSubscription implements Subscription {
  readonly #parts: SubscriptionParts;
  readonly #queue: HandlerQueue<Message>;
  #raw: RawSubscription | undefined;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.#queue = new HandlerQueue(parts.handler, parts.options, parts.onError);
  }

  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Also after a reconnect: a refused subscription is tried again with the rights of the new connection. */
  open(connection: NatsConnection): void {
    if (this.#raw !== undefined && !this.#raw.isClosed()) return;
    const { subject, options, onError } = this.#parts;
    this.#raw = connection.subscribe(subject, {
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      callback: (error, message) => {
        if (error !== null) onError(asBusError(error, subject));
        else if (!isServerNotice(message)) this.#queue.push(toMessage(message));
      },
    });
  }

  stop(): void {
    this.#queue.stop();
    if (this.#raw?.isClosed() === false) this.#raw.unsubscribe();
    this.#parts.ended();
  }

  async drain(): Promise<void> {
    if (this.#raw?.isClosed() === false) {
      if (this.#parts.isUp()) await this.#raw.drain().catch(() => {});
      else this.#raw.unsubscribe();
    }
    await this.#queue.idle();
    this.#parts.ended();
  }
}

function downError(subject: string): HoldfastError {
  return new HoldfastError("disconnected", `The connection to the bus is down (${subject}).`);
}
