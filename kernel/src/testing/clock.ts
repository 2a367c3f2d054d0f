import { HoldfastError } from "@holdfast/proto";
import type { Clock } from "../service/clock.ts";
import { TimerHeap } from "./timer-heap.ts";

/** The time of one simulated process. */
export interface SimulatedClock extends Clock {
  /** The wall clock jumps; monotonic time and timers do not notice. */
  jumpWall(byMs: number): void;
  /** The process is gone: its timers never fire, and it gets no new ones. */
  stop(): void;
}

/** Actions at one instant; more means that the simulated world turns in a circle without time. */
const eventsPerInstantMax = 100_000;

/** The least time that passes until a timer which is not due at once: sums of fractions are not exact. */
const tickMs = 0.001;

/** Events between two turns of Node's own loop. */
const eventsPerTurn = 50;

/**
 * Runs all ticks and microtasks, as Node does between two immediates: a turn of its loop for every event
 * costs a seventh of a simulation. Without it, where Node drops it one day, the loop turns for every event.
 */
const tickCallback: unknown = Reflect.get(process, "_tickCallback");
const runTasks = typeof tickCallback === "function" ? () => void tickCallback.call(process) : undefined;

function hasImmediate(): boolean {
  return process.getActiveResourcesInfo().includes("Immediate");
}

/**
 * One simulated time for many processes. An event is one timer; before the next one, everything that it
 * caused has run: microtasks, `process.nextTick` and `setImmediate`. Work of the thread pool is not awaited.
 * Equal times fire in the order in which they were set.
 */
export class Scheduler {
  readonly #heap = new TimerHeap();
  #nowMs = 0;
  #order = 0;
  #fired = 0;
  #firedNow = 0;
  #running = false;

  /** Simulated ms since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events so far. */
  get fired(): number {
    return this.#fired;
  }

  /** Timers waiting. */
  get waiting(): number {
    return this.#heap.size;
  }

  /** A clock whose monotonic time starts at 0 now. */
  clock(options: { readonly startWallMs?: number } = {}): SimulatedClock {
    const bornMs = this.#nowMs;
    let wallOffsetMs = options.startWallMs ?? Date.UTC(2026, 0, 1);
    let stopped = false;
    const clock: SimulatedClock = {
      wallMs: () => wallOffsetMs + Math.floor(this.#nowMs - bornMs),
      monotonicMs: () => this.#nowMs - bornMs,
      after: (delayMs, action) => (stopped ? () => {} : this.#after(delayMs, action, clock)),
      jumpWall: (byMs) => {
        wallOffsetMs += byMs;
      },
      stop: () => {
        stopped = true;
        this.#heap.cancelAll(clock);
      },
    };
    return clock;
  }

  /** A timer of the world itself: of the network, of a fault. */
  after(delayMs: number, action: () => void): () => void {
    return this.#after(delayMs, action, undefined);
  }

  #after(delayMs: number, action: () => void, owner: object | undefined): () => void {
    if (Number.isNaN(delayMs)) throw new HoldfastError("internal", "A timer needs a number of milliseconds, not NaN.");
    const timer = {
      dueMs: this.#nowMs + (delayMs > 0 ? Math.max(delayMs, tickMs) : 0),
      order: this.#order++,
      action,
      owner,
      over: false,
    };
    this.#heap.push(timer);
    return () => this.#heap.cancel(timer);
  }

  /** Lets everything run that needs no time to pass. */
  async settle(): Promise<void> {
    await this.#run(() => true);
  }

  /** Fires the next timer; false when there is none. */
  async step(): Promise<boolean> {
    const before = this.#fired;
    await this.#run(() => this.#fired > before || this.#heap.peek() === undefined);
    return this.#fired > before;
  }

  /** Fires everything due within `durationMs`; afterwards exactly that time has passed. */
  async runFor(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await this.#run(() => {
      const next = this.#heap.peek();
      return next === undefined || next.dueMs > endMs;
    });
    this.#advance(endMs);
  }

  /** Runs until `condition()`, looked at after every event. Error: `timeout` with `what` in its sentence. */
  async runUntil(condition: () => boolean, withinMs: number, what = "the condition"): Promise<void> {
    const endMs = this.#nowMs + withinMs;
    let met = false;
    await this.#run(() => {
      met = condition();
      const next = this.#heap.peek();
      return met || next === undefined || next.dueMs > endMs;
    });
    if (met) return;
    throw new HoldfastError("timeout", `${what}: not reached within ${withinMs} ms of simulated time`);
  }

  #advance(toMs: number): void {
    if (toMs > this.#nowMs) this.#firedNow = 0;
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  #fire(): void {
    const timer = this.#heap.pop();
    if (!timer) return;
    this.#advance(timer.dueMs);
    this.#fired++;
    this.#firedNow++;
    if (this.#firedNow > eventsPerInstantMax) {
      throw new HoldfastError("internal", `${eventsPerInstantMax} events at ${this.#nowMs} ms: time stands still`);
    }
    timer.action();
  }

  /** Alternates between running all tasks and firing one timer. */
  #run(done: () => boolean): Promise<void> {
    if (this.#running) {
      return Promise.reject(new HoldfastError("internal", "The scheduler runs already: await the earlier run first."));
    }
    this.#running = true;
    return new Promise<void>((resolve, reject) => {
      const turn = () => {
        try {
          // Our own immediate is the one that runs, so any other belongs to the simulated code.
          for (let count = 0; count < eventsPerTurn && !hasImmediate(); count++) {
            if (done()) return resolve();
            this.#fire();
            if (!runTasks) break;
            runTasks();
          }
          setImmediate(turn);
        } catch (error) {
          reject(error);
        }
      };
      setImmediate(turn);
    }).finally(() => {
      this.#running = false;
    });
  }
}
