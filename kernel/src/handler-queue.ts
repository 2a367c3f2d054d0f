import { defaultPendingMax, type Message, type SubscribeOptions } from "./bus.ts";

export type MessageHandler = (message: Message) => void | Promise<void>;

/**
 * What stands between a subscription and its handler: at most `concurrency` handlers run, at most
 * `pendingMax` messages wait, the rest is dropped and counted. Shared by all adapters of the bus.
 */
export class HandlerQueue {
  dropped = 0;
  readonly #handler: MessageHandler;
  readonly #onError: (error: unknown) => void;
  readonly #concurrency: number;
  readonly #pendingMax: number;
  #waiting: Message[] = [];
  #running = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];

  constructor(handler: MessageHandler, options: SubscribeOptions, onError: (error: unknown) => void) {
    this.#handler = handler;
    this.#onError = onError;
    this.#concurrency = options.concurrency ?? 1;
    this.#pendingMax = options.pendingMax ?? defaultPendingMax;
  }

  push(message: Message): void {
    if (this.#stopped) return;
    if (this.#running >= this.#concurrency && this.#waiting.length >= this.#pendingMax) {
      this.dropped++;
      return;
    }
    this.#waiting.push(message);
    this.#pump();
  }

  /** Waiting messages are forgotten; running handlers go on. */
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
      const message = this.#waiting.shift();
      if (message === undefined) break;
      this.#start(message);
    }
    if (this.#running > 0 || this.#waiting.length > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #start(message: Message): void {
    this.#running++;
    try {
      const ending = this.#handler(message);
      if (ending instanceof Promise) {
        void ending.catch(this.#onError).finally(() => {
          this.#running--;
          this.#pump();
        });
        return;
      }
    } catch (error) {
      this.#onError(error);
    }
    this.#running--;
  }
}
