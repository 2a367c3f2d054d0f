import { defaultPendingMax, type Message } from "./bus.ts";

export type MessageHandler = (message: Message) => void | Promise<void>;

export interface QueueLimits {
  /** Default 1. */
  readonly concurrency?: number;
  /** Default 8192. */
  readonly pendingMax?: number;
}

/**
 * What stands between a subscription and its handler: at most `concurrency` handlers run, at most
 * `pendingMax` messages wait, the rest is dropped and counted. Shared by all adapters of the bus.
 */
export class HandlerQueue<T> {
  dropped = 0;
  readonly #handler: (item: T) => void | Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #concurrency: number;
  readonly #pendingMax: number;
  #waiting: T[] = [];
  #running = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];
  readonly #ended = (): void => {
    this.#running--;
    this.#pump();
  };

  constructor(handler: (item: T) => void | Promise<void>, limits: QueueLimits, onError: (error: unknown) => void) {
    this.#handler = handler;
    this.#onError = onError;
    this.#concurrency = limits.concurrency ?? 1;
    this.#pendingMax = limits.pendingMax ?? defaultPendingMax;
  }

  /** The next item would be dropped. */
  get full(): boolean {
    return this.#running >= this.#concurrency && this.#waiting.length >= this.#pendingMax;
  }

  push(item: T): void {
    if (this.#stopped) return;
    if (this.full) {
      this.dropped++;
      return;
    }
    this.#waiting.push(item);
    this.#pump();
  }

  /** What waits is forgotten; running handlers go on. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #pump(): void {
    while (this.#running < this.#concurrency) {
      const item = this.#waiting.shift();
      if (item === undefined) break;
      this.#start(item);
    }
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #start(item: T): void {
    this.#running++;
    try {
      const ending = this.#handler(item);
      if (ending instanceof Promise) {
        void ending.catch(this.#onError).then(this.#ended);
        return;
      }
    } catch (error) {
      this.#onError(error);
    }
    this.#running--;
  }
}
