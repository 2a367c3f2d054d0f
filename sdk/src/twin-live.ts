import { type Bus, type Message, systemClock } from "@holdfast/kernel";
import { twinReported } from "@holdfast/proto";
import type { TwinFilter } from "./twin-watch.ts";

/** Live events that wait for a slow reader; when there are more, the watch reads them from history instead. */
export const waitingMax = 10_000;
/** The live events of some twins, and whether any of them may have been lost. */
export class LiveTwins {
  readonly #forget: () => void;
  readonly #subscription: ReturnType<Bus["subscribe"]>;
  #waiting: Message[] = [];
  #broken = false;
  #dropped = 0;
  #wake: () => void = () => {};

  constructor(bus: Bus, filter: TwinFilter) {
    this.#subscription = bus.subscribe(subjectFilter(filter), (message) => this.#take(message));
    // At most once: whatever was under way when a connection ended or began may be lost.
    this.#forget = bus.onStatus(() => this.#break());
  }

  /** From now on everything that arrives is kept again. */
  mend(): void {
    this.#broken = false;
    this.#dropped = this.#subscription.dropped;
  }

  /** Ends when something may have been lost, or from time to time to make sure. */
  async *messages(checkMs: number, stopped: AbortSignal): AsyncGenerator<Message> {
    const untilMs = systemClock.monotonicMs() + checkMs;
    while (!this.#broken && this.#subscription.dropped === this.#dropped && !stopped.aborted) {
      const leftMs = untilMs - systemClock.monotonicMs();
      if (leftMs <= 0) return;
      const message = this.#waiting.shift();
      if (message) {
        yield message;
        continue;
      }
      await this.#arrival(leftMs, stopped);
    }
  }

  stop(): void {
    this.#forget();
    this.#subscription.stop();
  }

  #take(message: Message): void {
    if (this.#broken) return;
    if (this.#waiting.length >= waitingMax) this.#break();
    else this.#waiting.push(message);
    this.#wake();
  }

  #break(): void {
    this.#broken = true;
    this.#waiting = [];
    this.#wake();
  }

  #arrival(leftMs: number, stopped: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        cancel();
        stopped.removeEventListener("abort", finish);
        this.#wake = () => {};
        resolve();
      };
      const cancel = systemClock.after(leftMs, finish);
      stopped.addEventListener("abort", finish, { once: true });
      this.#wake = finish;
    });
  }
}

/** The contract's filter for one kind of event, widened to all kinds of the same twins. */
function subjectFilter({ node, namespace = "default", device }: TwinFilter): string {
  const params = {
    ...(node === undefined ? {} : { node }),
    ...(namespace === "*" ? {} : { namespace }),
    ...(device === undefined ? {} : { device }),
  };
  return `${twinReported.subject.filter(params).split(".").slice(0, 5).join(".")}.>`;
}
