import { HoldfastError, type StoreOperation } from "@holdfast/kernel";
import { Transaction } from "./state.ts";

/** Work for one synced write. `prepare` either changes state and transaction, or throws and changes nothing. */
export interface Job<T> {
  readonly events: number;
  readonly bytes: number;
  /** Taken even when the queue is full: acknowledgements and what makes room. */
  readonly always?: boolean;
  /** Before everything that waits: acknowledgements (docs/protocol.md 11). */
  readonly first?: boolean;
  prepare(transaction: Transaction): T;
}

export interface CommitHost {
  write(operations: readonly StoreOperation[]): Promise<void>;
  /** On disk now: make it visible, tell of it. */
  committed(transaction: Transaction): void;
  /** A write failed. True = the log was opened again and the work may be prepared once more. */
  recover(error: unknown): Promise<boolean>;
}

interface Waiting {
  readonly events: number;
  readonly bytes: number;
  /** Alone on the log, with its own writes; absent for work that shares a write. */
  readonly alone?: () => Promise<void>;
  prepare(transaction: Transaction): void;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The one writer of the log. Takes all that waits, up to the limits of a group, and writes it at once; the
 * write under way is the window in which the next group gathers (docs/protocol.md 2).
 */
export class Committer {
  readonly #host: CommitHost;
  readonly #limits: { readonly groupEvents: number; readonly groupBytes: number; readonly queueMax: number };
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed: unknown;

  constructor(
    host: CommitHost,
    limits: { readonly groupEvents: number; readonly groupBytes: number; readonly queueMax: number },
  ) {
    this.#host = host;
    this.#limits = limits;
  }

  /** Resolves after the synced write. Errors: what `prepare` throws; `busy`; `unavailable` when closed. */
  submit<T>(job: Job<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      if (this.#queue.length >= this.#limits.queueMax && !job.always) {
        return reject(
          new HoldfastError("busy", `${this.#limits.queueMax} appends wait for the disk; try again later.`),
        );
      }
      let result: T;
      const waiting: Waiting = {
        events: job.events,
        bytes: job.bytes,
        prepare: (transaction) => {
          result = job.prepare(transaction);
        },
        resolve: () => resolve(result),
        reject,
      };
      this.#add(waiting, job.first);
    });
  }

  /** Runs `work` alone; nothing else is written meanwhile. A damaged disk fails it like any write. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      let result: T;
      const alone = async () => {
        result = await work();
      };
      this.#add({ events: 0, bytes: 0, alone, prepare: () => {}, resolve: () => resolve(result), reject });
    });
  }

  /** Nothing more is written. Resolves when the write under way has ended. */
  close(reason: unknown): Promise<void> {
    this.#closed ??= reason;
    for (const waiting of this.#queue.splice(0)) waiting.reject(this.#closed);
    return this.#running ?? Promise.resolve();
  }

  #add(waiting: Waiting, first = false): void {
    if (first) this.#queue.unshift(waiting);
    else this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // One turn of the queue of tasks, so that what arrives together is written together.
    await undefined;
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      const [first] = group;
      try {
        if (first?.alone) await first.alone();
        else await this.#writeGroup(group);
      } catch (error) {
        if (await this.#again(error)) this.#queue.unshift(...group);
        else for (const waiting of group) waiting.reject(this.#closed ?? error);
        continue;
      }
      for (const waiting of group) waiting.resolve();
    }
    // In the same step as the look at the queue: nothing can be added between the two.
    this.#running = undefined;
  }

  async #again(error: unknown): Promise<boolean> {
    if (this.#closed || !isDiskFailure(error)) return false;
    return (await this.#host.recover(error)) && !this.#closed;
  }

  #takeGroup(): Waiting[] {
    const [first] = this.#queue;
    if (first?.alone) return this.#queue.splice(0, 1);
    let events = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      events += waiting.events;
      bytes += waiting.bytes;
      const tooMuch = events > this.#limits.groupEvents || bytes > this.#limits.groupBytes;
      if (waiting.alone || (count > 0 && tooMuch)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Those whose `prepare` throws leave the group; the others are written. */
  async #writeGroup(group: Waiting[]): Promise<void> {
    const transaction = new Transaction();
    let kept = 0;
    for (const waiting of group) {
      try {
        waiting.prepare(transaction);
        group[kept++] = waiting;
      } catch (error) {
        waiting.reject(error);
      }
    }
    group.length = kept;
    const operations = transaction.finish();
    if (operations.length === 0) return;
    await this.#host.write(operations);
    this.#host.committed(transaction);
  }
}

/** The store as such failed, not a request. */
function isDiskFailure(error: unknown): boolean {
  return (
    error instanceof HoldfastError &&
    (error.code === "disk_full" || error.code === "log_damaged" || error.code === "internal")
  );
}
