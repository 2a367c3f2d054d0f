import { HoldfastError, type Random } from "@holdfast/kernel";
import type { Draft, DriverCallReply, DriverWriteReply, Sample, Value } from "@holdfast/proto";
import { DeviceHealth, type DeviceState, type HealthLimits } from "./device-health.ts";
import {
  asDriverError,
  type Batch,
  type Driver,
  type DriverContext,
  DriverError,
  type Line,
  type Point,
} from "./driver.ts";
import { carryOut, type LineCall } from "./line-call.ts";
import { LineDownError, LineSession } from "./line-session.ts";
import { badSample, sampleOf } from "./reading.ts";
import { type Poll, pollsOf, Schedule } from "./schedule.ts";

export interface LineLimits extends HealthLimits {
  readonly waitingMax: number;
  readonly waitingMs: number;
}

export interface LineContext extends DriverContext {
  readonly random: Random;
  readonly limits: LineLimits;
}

/** What a line tells its host. */
export interface LineListener {
  onSample(point: Point, sample: Draft<Sample>): void;
  onState(device: string, state: DeviceState, reason: string): void;
}

/** Something asked for; goes ahead of the cyclic reads. */
interface Demand {
  readonly enqueuedMs: number;
  readonly perform: () => Promise<void>;
  readonly refuse: (error: HoldfastError) => void;
}

/**
 * One serial line or endpoint: one session, one call at a time. Reads what is due, writes ahead of reads, and
 * keeps devices that do not answer from holding the line for the others.
 */
export class LineRunner<V = unknown, L extends Line = Line, B extends Batch<V> = Batch<V>> {
  readonly #driver: Driver<V, L, B>;
  readonly #points: readonly Point<V>[];
  readonly #context: LineContext;
  readonly #listener: LineListener;
  readonly #session: LineSession<V, L, B>;
  readonly #schedule: Schedule<B>;
  readonly #health = new Map<string, DeviceHealth>();
  readonly #demands: Demand[] = [];
  readonly #stopping = new AbortController();
  /** Resolves when the session is closed after `stop`; rejects only for a bug. */
  readonly ended: Promise<void>;
  #wake: () => void = () => {};

  constructor(
    driver: Driver<V, L, B>,
    line: L,
    points: readonly Point<V>[],
    context: LineContext,
    listener: LineListener,
  ) {
    this.#driver = driver;
    this.#points = points;
    this.#context = context;
    this.#listener = listener;
    const { limits, random, clock } = context;
    this.#session = new LineSession(driver, line, context, this.#stopping.signal);
    for (const { device } of points) {
      if (!this.#health.has(device)) this.#health.set(device, new DeviceHealth(limits, random));
    }
    const polls = pollsOf(points, (some) => driver.plan(some), clock.monotonicMs());
    this.#schedule = new Schedule(polls, (device) => this.#healthOf(device), limits, random);
    this.ended = this.#run();
  }

  /** The devices on this line that were tried, as they stand. */
  states(): readonly { readonly device: string; readonly state: DeviceState; readonly reason: string }[] {
    return [...this.#health].flatMap(([device, { state, reason }]) => (state ? [{ device, state, reason }] : []));
  }

  /**
   * Writes ahead of all reads, then reads back. `check` throws when the write has meanwhile become wrong.
   * Errors: `busy` (too many wait, or waited too long), those of `check`.
   */
  write(point: Point<V>, value: Value, check: () => void): Promise<Draft<DriverWriteReply>> {
    return this.#demand(async () => {
      check();
      return this.#write(point, value);
    });
  }

  /** Carries out a method ahead of all reads, once, then reads what it changed. `check` and errors: as `write`. */
  async call(call: LineCall<V>, check: () => void): Promise<Draft<DriverCallReply>> {
    const reply = await this.#demand(async () => {
      check();
      return this.#carryOut(call);
    });
    for (const { point } of call.arguments) void Promise.try(() => this.read(point)).catch(() => {});
    return reply;
  }

  /** Reads one property now. Errors: `busy`. */
  read(point: Point<V>): Promise<Draft<Sample>> {
    return this.#demand(() => this.#readOne(point));
  }

  /** Resolves when the session is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.ended;
  }

  #demand<T>(work: () => Promise<T>): Promise<T> {
    const { limits, clock } = this.#context;
    if (this.#stopping.signal.aborted) throw new HoldfastError("unavailable", "The line is being closed; try again.");
    if (this.#demands.length >= limits.waitingMax) {
      throw new HoldfastError("busy", `${limits.waitingMax} requests wait for this line already; try again later.`);
    }
    return new Promise((resolve, reject) => {
      const perform = () => work().then(resolve, reject);
      this.#demands.push({ enqueuedMs: clock.monotonicMs(), perform, refuse: reject });
      this.#wake();
    });
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const demand = this.#demands.shift();
      if (demand !== undefined) {
        await this.#serve(demand);
        continue;
      }
      const next = this.#schedule.next(this.#nowMs());
      if (next !== undefined && "poll" in next) await this.#poll(next.poll);
      else await this.#idle(next?.atMs);
    }
    for (const { refuse } of this.#demands.splice(0)) refuse(new HoldfastError("unavailable", "The line was closed."));
    await this.#session.close();
  }

  async #serve({ enqueuedMs, perform, refuse }: Demand): Promise<void> {
    const { waitingMs } = this.#context.limits;
    if (this.#nowMs() - enqueuedMs <= waitingMs) return perform();
    // Whoever asked has given up by now, and may have asked for something newer.
    refuse(new HoldfastError("busy", `The line was occupied for more than ${waitingMs} ms; nothing was done.`));
  }

  #idle(untilMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const cancel =
        untilMs === undefined
          ? () => {}
          : this.#context.clock.after(Math.max(0, untilMs - this.#nowMs()), () => this.#wake());
      this.#wake = () => {
        cancel();
        this.#wake = () => {};
        resolve();
      };
    });
  }

  async #poll(poll: Poll<B>): Promise<void> {
    const { stats, clock } = this.#context;
    const { points } = poll.batch;
    try {
      const readings = await this.#session.use(`Reading ${poll.device}`, (session, signal) =>
        session.read(poll.batch, signal),
      );
      if (readings.length !== points.length) throw new DriverError("protocol", "the driver lost readings");
      stats.count("reads_ok");
      stats.count("points_read", points.length);
      const missed = this.#schedule.succeeded(poll, this.#nowMs());
      if (missed > 0) stats.count("reads_missed", missed);
      this.#answered(poll.device);
      const wallMs = clock.wallMs();
      for (const [index, reading] of readings.entries()) {
        const point = points[index];
        if (point !== undefined) this.#listener.onSample(point, sampleOf({ ...reading, point }, wallMs));
      }
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return;
      const error = asDriverError(thrown);
      stats.count("reads_failed");
      this.#schedule.failed(poll, this.#nowMs(), `${error.kind}: ${error.message}`);
      if (error.answered) {
        this.#answered(poll.device);
        this.#tellBad(points, error);
      } else this.#failed(poll.device, points, error);
    }
  }

  async #write(point: Point<V>, value: Value): Promise<Draft<DriverWriteReply>> {
    const refusal = this.#downReply(point.device);
    if (refusal !== undefined) return refusal;
    const { stats } = this.#context;
    let reply: Draft<DriverWriteReply> = { outcome: "ok" };
    try {
      await this.#session.use(`Writing ${point.id}`, (session, signal) => session.write(point, value, signal));
      this.#answered(point.device);
    } catch (thrown) {
      const error = asDriverError(thrown);
      if (error.answered) this.#answered(point.device);
      else this.#failed(point.device, [point], error);
      // "busy" tells the asker that nothing was done and that later may help.
      const kind = error.kind !== "rejected" && error.kind !== "config" && !error.mayHaveHappened ? "busy" : error.kind;
      reply = { outcome: error.mayHaveHappened ? "unknown" : "rejected", error: kind, detail: error.message };
    }
    stats.count(`writes_${reply.outcome}`);
    if (reply.outcome === "rejected") return reply;
    const after = await this.#readOne(point);
    return after.value === undefined ? reply : { ...reply, readBack: after.value };
  }

  async #carryOut(call: LineCall<V>): Promise<Draft<DriverCallReply>> {
    const down = this.#downReply(call.device);
    if (down) return { ...down, outcome: "failed" };
    const { reply, error } = await carryOut(this.#session, call, () => this.#nowMs());
    if (error === undefined || (error.sent && error.answered)) this.#answered(call.device);
    else if (error.sent || error instanceof LineDownError) this.#failed(call.device, [], error);
    this.#context.stats.count(`calls_${reply.outcome}`);
    return reply;
  }

  async #readOne(point: Point<V>): Promise<Draft<Sample>> {
    const { clock } = this.#context;
    const [batch] = this.#driver.plan([point]);
    if (batch === undefined) return { quality: "bad", error: "config", detail: "the driver does not read this" };
    try {
      const [reading] = await this.#session.use(`Reading ${point.id}`, (session, signal) =>
        session.read(batch, signal),
      );
      this.#answered(point.device);
      const sample = sampleOf(reading === undefined ? { point } : { ...reading, point }, clock.wallMs());
      this.#listener.onSample(point, sample);
      return sample;
    } catch (thrown) {
      const error = asDriverError(thrown);
      if (error.answered) {
        this.#answered(point.device);
        this.#tellBad([point], error);
      } else this.#failed(point.device, [point], error);
      return badSample(error, clock.wallMs());
    }
  }

  /** A device that does not answer would hold the line for nothing: the asker is told to come back. */
  #downReply(device: string): Draft<DriverWriteReply> | undefined {
    const health = this.#healthOf(device);
    const restMs = health.notBeforeMs - this.#nowMs();
    if (!health.isDown || restMs <= 0) return undefined;
    const detail = `${device} is ${health.state} (${health.reason}); next attempt in ${Math.ceil(restMs)} ms`;
    return { outcome: "rejected", error: "busy", detail };
  }

  #answered(device: string): void {
    const health = this.#healthOf(device);
    if (health.isDown) this.#schedule.revived(device, this.#nowMs());
    if (!health.answered(this.#schedule.troubleOf(device)) || health.state === undefined) return;
    this.#listener.onState(device, health.state, health.reason);
  }

  #failed(device: string, points: readonly Point<V>[], error: DriverError): void {
    if (error instanceof LineDownError) {
      this.#lineDown(error);
      return;
    }
    const health = this.#healthOf(device);
    const changed = health.failed(this.#nowMs(), error);
    this.#tellBad(health.isDown ? this.#points.filter((point) => point.device === device) : points, error);
    if (changed && health.state !== undefined) this.#listener.onState(device, health.state, health.reason);
  }

  #lineDown(error: DriverError): void {
    const untilMs = this.#session.downUntilMs ?? this.#nowMs();
    for (const [device, health] of this.#health) {
      if (health.lineDown(untilMs, error)) this.#listener.onState(device, "offline", health.reason);
    }
    this.#tellBad(this.#points, error);
  }

  #tellBad(points: readonly Point<V>[], error: DriverError): void {
    const wallMs = this.#context.clock.wallMs();
    for (const point of points) this.#listener.onSample(point, badSample(error, wallMs));
  }

  #healthOf(device: string): DeviceHealth {
    const health = this.#health.get(device);
    if (health === undefined) throw new HoldfastError("internal", `${device} is not on this line.`);
    return health;
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}
