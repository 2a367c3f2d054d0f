/** Header names are case-sensitive, one value each. */
export type Headers = ReadonlyMap<string, string>;

export interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Headers;
  /** Where an answer is expected; absent on plain publications. */
  readonly reply?: string;
}

export interface PublishOptions {
  readonly headers?: Headers;
  readonly reply?: string;
}

export interface SubscribeOptions {
  /** Members of one queue group share the messages: each goes to one of them. */
  readonly queue?: string;
  /** Handlers running at once; 1 keeps the order. Default 1. */
  readonly concurrency?: number;
  /** Messages waiting for a handler; more are dropped and counted. Default 8192. */
  readonly pendingMax?: number;
}

export interface Subscription {
  /** Messages lost because `pendingMax` was reached, or thrown away by a slow-consumer notice. */
  readonly dropped: number;
  /** Stops at once; waiting messages are not handled. */
  stop(): void;
  /** Takes no new messages; resolves when the handlers of everything that had arrived have ended. */
  drain(): Promise<void>;
}

export type BusStatus = "up" | "down";

/**
 * One connection to one NATS system: at most once, ordered per publisher and subject.
 * Adapters: `bus-nats.ts` and, for simulations, `testing/bus-memory.ts`; both pass `testing/conformance/bus.ts`.
 */
export interface Bus {
  readonly status: BusStatus;
  /** Below it lie the reply subjects that this connection may hear; who gathers several answers subscribes there. */
  readonly inboxPrefix: string;
  /** Publications lost because the connection was down. */
  readonly lost: number;
  /**
   * Fire and forget: while the connection is down the message is lost, never kept for later.
   * Errors: `invalid_argument` (subject or headers), `too_large` (over the server's limit, 1 MiB).
   */
  publish(subject: string, data: Uint8Array, options?: PublishOptions): void;
  /** `handler` may be async; errors that it throws are reported to `onError`, never to the sender. */
  subscribe(
    subject: string,
    handler: (message: Message) => void | Promise<void>,
    options?: SubscribeOptions,
  ): Subscription;
  /**
   * Errors: `timeout`, `no_responders`, `disconnected` (now, or before the answer came: the effect is
   * unknown), `invalid_argument`, `too_large`, `forbidden`.
   */
  request(
    subject: string,
    data: Uint8Array,
    options: { readonly timeoutMs: number; readonly headers?: Headers },
  ): Promise<Message>;
  /** Resolves when the server has processed everything published so far. Error: `disconnected`. */
  flush(): Promise<void>;
  onStatus(listener: (status: BusStatus) => void): () => void;
  /** Ends subscriptions, lets the handlers of everything that had arrived end, then closes for good. */
  drain(): Promise<void>;
}

export const defaultPendingMax = 8192;
