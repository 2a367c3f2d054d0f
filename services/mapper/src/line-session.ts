import { type Random, sleep, withDeadline } from "@holdfast/kernel";
import { backoff, type HealthLimits } from "./device-health.ts";
import { type Batch, type Driver, type DriverContext, DriverError, type Line, type Session } from "./driver.ts";

/** How long a driver may take to close; then it is left behind. */
const closeMs = 2000;

/**
 * The one session of a line: opened when it is needed, with back-off; closed, left quiet and opened again after
 * any error that leaves doubt; abandoned when the driver hangs.
 */
export class LineSession<V, L extends Line, B extends Batch<V>> {
  readonly #driver: Driver<V, L, B>;
  readonly #line: L;
  readonly #context: DriverContext & { readonly random: Random; readonly limits: HealthLimits };
  readonly #stopping: AbortSignal;
  #session: Session<V, B> | undefined;
  #openFailures = 0;
  #notBeforeMs = -Infinity;
  #openError: DriverError | undefined;

  constructor(
    driver: Driver<V, L, B>,
    line: L,
    context: DriverContext & { readonly random: Random; readonly limits: HealthLimits },
    stopping: AbortSignal,
  ) {
    this.#driver = driver;
    this.#line = line;
    this.#context = context;
    this.#stopping = stopping;
  }

  /** The line did not open; it is tried again at this monotonic time. */
  get downUntilMs(): number | undefined {
    return this.#openError === undefined ? undefined : this.#notBeforeMs;
  }

  /**
   * One call on an open session. Throws DriverError; `openFailed` tells that the line itself is away. A call
   * that hangs ends as `timeout`, and its session with it.
   */
  async use<T>(what: string, call: (session: Session<V, B>, signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#session?.worn) await this.close();
    const session = await this.#open();
    try {
      return await this.#bounded(what, (signal) => call(session, signal));
    } catch (error) {
      const failure = this.#asDriverError(what, error);
      if (failure.reopen) await this.close();
      throw failure;
    }
  }

  /** Afterwards the line is left alone for its quiet time. */
  async close(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    const { clock, stats } = this.#context;
    try {
      await withDeadline(clock, closeMs, `Closing ${this.#line.key}`, session.close());
    } catch (error) {
      stats.count("sessions_abandoned");
      this.#context.logger.warn(
        { line: this.#line.key, reason: String(error) },
        "the driver does not close its session",
      );
    }
    stats.count("sessions_closed");
    this.#notBeforeMs = clock.monotonicMs() + this.#line.quietMs;
  }

  async #open(): Promise<Session<V, B>> {
    if (this.#session !== undefined) return this.#session;
    const { clock, random, limits, stats } = this.#context;
    const restMs = this.#notBeforeMs - clock.monotonicMs();
    if (restMs > 0 && this.#openError !== undefined) {
      throw new LineDownError(`${this.#openError.message}; next attempt in ${Math.ceil(restMs)} ms`);
    }
    if (restMs > 0) await sleep(clock, restMs, this.#stopping);
    if (this.#stopping.aborted) throw new LineDownError("the mapper stops");
    try {
      this.#session = await this.#bounded(`Opening ${this.#line.key}`, (signal) => this.#openWith(signal));
    } catch (error) {
      this.#openError = this.#asDriverError("opening", error);
      const pauseMs = backoff(random, this.#openFailures++, limits.backoffMs, limits.backoffMaxMs);
      this.#notBeforeMs = clock.monotonicMs() + pauseMs;
      stats.count("sessions_failed");
      throw new LineDownError(this.#openError.message);
    }
    stats.count("sessions_opened");
    this.#openFailures = 0;
    this.#openError = undefined;
    return this.#session;
  }

  async #openWith(signal: AbortSignal): Promise<Session<V, B>> {
    const session = await this.#driver.open(this.#line, this.#context, signal);
    if (!signal.aborted) return session;
    // Too late: nobody waits for it any more.
    await session.close();
    throw new DriverError("link", "the session came too late", { sent: false });
  }

  async #bounded<T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const onStop = () => abort.abort();
    this.#stopping.addEventListener("abort", onStop);
    const { callMs } = this.#line;
    const { clock, stats } = this.#context;
    let hangs = false;
    const cancel = clock.after(callMs, () => {
      hangs = true;
      abort.abort();
    });
    const given = new Promise<never>((_, reject) => {
      abort.signal.addEventListener("abort", () => {
        const reason = hangs ? `${what}: the driver hangs for more than ${callMs} ms` : `${what}: given up`;
        reject(new DriverError("timeout", reason, { reopen: true }));
      });
    });
    try {
      if (this.#stopping.aborted) abort.abort();
      const work = call(abort.signal);
      work.catch(() => {});
      return await Promise.race([work, given]);
    } finally {
      if (hangs) stats.count("calls_hung");
      cancel();
      this.#stopping.removeEventListener("abort", onStop);
    }
  }

  #asDriverError(what: string, error: unknown): DriverError {
    if (error instanceof DriverError) return error;
    // A bug of the driver: nothing is known about its state any more.
    this.#context.stats.count("driver_faults");
    this.#context.logger.error({ line: this.#line.key, what, reason: String(error) }, "the driver failed");
    const message = error instanceof Error ? error.message : String(error);
    return new DriverError("protocol", message, { reopen: true, cause: error });
  }
}

/** The line is not there; nothing was sent. */
export class LineDownError extends DriverError {
  constructor(detail: string) {
    super("link", detail, { sent: false });
  }
}
