import {
  asHoldfastError,
  type Context,
  HoldfastError,
  type LogClient,
  type NewEvent,
  sleep,
  untilAborted,
} from "@holdfast/kernel";
import { staysHere } from "./binding.ts";
import { type Fact, type Place, placeKey, type TwinFact } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import { eventOf } from "./record.ts";
import { settle } from "./settle.ts";
import { findDevice, type TwinState } from "./state.ts";

/** Events of one append; as many as the log commits at once. */
const turnEventsMax = 256;
/** Bytes of bodies after which an append is full. */
const turnBytesMax = 262_144;
/** Decisions that wait for their turn; more are refused with `busy`. */
const waitingMax = 2_048;
/** Pause after the log refused an append. */
const refusedPauseMs = 1_000;

/** What came of a decision: facts to record, and what to say when they are on disk. */
export interface Decision<T> {
  readonly facts: readonly TwinFact[];
  readonly reply: T;
}

/** Gives the reports that are due. */
export interface ReportSource {
  /** `wake` is to be called when a report becomes due later. */
  listen(wake: () => void): void;
  /** The next report that is due at a place not in `taken`; undefined = none. */
  next(state: TwinState, taken: ReadonlySet<string>): { readonly key: string; readonly fact: TwinFact } | undefined;
  /** The reports of this turn are in the log, or are not and have to be given again. */
  ended(recorded: boolean): void;
}

interface Job {
  readonly lane: string;
  /** Decides; the result says what to do once the facts are recorded. */
  readonly run: (state: TwinState) => { readonly facts: readonly TwinFact[]; readonly done: () => void };
  readonly fail: (error: unknown) => void;
}

interface Turn {
  readonly events: NewEvent[];
  readonly jobs: { readonly done: () => void; readonly fail: (error: unknown) => void }[];
  readonly settled: Place[];
  readonly taken: Set<string>;
  bytes: number;
}

/**
 * The only author of this module's events. One append at a time; it takes everything that was decided while the one
 * before ran, at most one decision per lane, and each on a state that has all earlier ones (docs/protocol.md 2).
 */
export class Recorder implements FoldListener {
  readonly #context: Context<unknown>;
  readonly #log: LogClient;
  readonly #fold: TwinFold;
  readonly #reports: ReportSource;
  #jobs: Job[] = [];
  #dirty = new Map<string, Place>();
  #running = false;
  #order = 0;

  constructor(context: Context<unknown>, log: LogClient, fold: TwinFold, reports: ReportSource) {
    this.#context = context;
    this.#log = log;
    this.#fold = fold;
    this.#reports = reports;
    reports.listen(() => this.wake());
  }

  onFact(_fact: Fact, places: readonly Place[]): void {
    for (const place of places) this.settle(place);
  }

  /** Looks whether something must be recorded of this property. */
  settle(place: Place): void {
    this.#dirty.set(placeKey(place), place);
    this.wake();
  }

  /**
   * Decides in turn; resolves when the facts are on disk and folded. `decide` may throw to refuse. Decisions of one
   * lane never meet in one append. Errors: `busy`, `unavailable` (stopped), those of `decide` and of the log.
   */
  record<T>(lane: string, decide: (state: TwinState) => Decision<T>): Promise<T> {
    if (this.#context.stopping.aborted)
      return Promise.reject(new HoldfastError("unavailable", "The module is stopping."));
    if (this.#jobs.length >= waitingMax) {
      return Promise.reject(
        new HoldfastError("busy", `${waitingMax} changes wait for the log already; try again later.`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      const run = (state: TwinState) => {
        const { facts, reply } = decide(state);
        return { facts, done: () => resolve(reply) };
      };
      this.#jobs.push({ lane, run, fail: reject });
      this.wake();
    });
  }

  /** The next place among the proposals, also for several decided in one turn. */
  nextOrder(folded: number): number {
    this.#order = Math.max(this.#order, folded) + 1;
    return this.#order;
  }

  /** Something may be due. */
  wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#turns().catch((error) => this.#context.fail(error));
  }

  async #turns(): Promise<void> {
    try {
      // Lets everything that arrived together be decided together.
      await undefined;
      while (!this.#context.stopping.aborted) {
        if (!this.#fold.complete) await this.#untilStopping(this.#fold.completed());
        if (this.#context.stopping.aborted) break;
        const turn = this.#collect();
        if (turn.events.length > 0) await this.#commit(turn);
        else if (turn.jobs.length === 0) break;
        else for (const { done } of turn.jobs) done();
      }
    } finally {
      this.#running = false;
    }
    if (this.#context.stopping.aborted) this.#refuseAll();
  }

  #collect(): Turn {
    const turn: Turn = { events: [], jobs: [], settled: [], taken: new Set(), bytes: 0 };
    const isFull = () => turn.events.length >= turnEventsMax || turn.bytes >= turnBytesMax;
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) {
      const waits = isFull() || turn.taken.has(job.lane);
      if (waits || !this.#decide(turn, job)) this.#jobs.push(job);
    }
    for (const [key, place] of this.#dirty) {
      if (isFull()) break;
      if (turn.taken.has(key)) continue;
      this.#dirty.delete(key);
      const facts = settle(this.#fold.state, place);
      if (facts.length === 0 || !this.#tryAdd(turn, facts)) continue;
      turn.taken.add(key);
      turn.settled.push(place);
    }
    while (!isFull()) {
      const report = this.#reports.next(this.#fold.state, turn.taken);
      if (!report) break;
      turn.taken.add(report.key);
      this.#tryAdd(turn, [report.fact]);
    }
    return turn;
  }

  /** False when it has to wait for a turn of its own: another decision of this turn is about the same property. */
  #decide(turn: Turn, job: Job): boolean {
    try {
      const { facts, done } = job.run(this.#fold.state);
      const places = facts.flatMap((fact) =>
        "place" in fact && "property" in fact.place ? [placeKey(fact.place)] : [],
      );
      if (places.some((place) => turn.taken.has(place))) return false;
      this.#add(turn, facts);
      for (const key of [job.lane, ...places]) turn.taken.add(key);
      turn.jobs.push({ done, fail: job.fail });
    } catch (error) {
      job.fail(error);
    }
    return true;
  }

  #add(turn: Turn, facts: readonly TwinFact[]): void {
    // Made all together first: what cannot be built leaves no half of a decision behind.
    const events = facts.map((fact) => eventOf(this.#log.node, located(this.#fold.state, fact)));
    for (const event of events) turn.bytes += event.body.length + event.key.length + event.subject.length;
    turn.events.push(...events);
  }

  /** False for what can never be written: it must not stand in the way of everything else. */
  #tryAdd(turn: Turn, facts: readonly TwinFact[]): boolean {
    try {
      this.#add(turn, facts);
      return true;
    } catch (error) {
      this.#context.stats.count("facts_unwritable");
      this.#context.logger.error(
        { kinds: facts.map(({ kind }) => kind), error: String(error) },
        "could not be recorded",
      );
      return false;
    }
  }

  async #commit(turn: Turn): Promise<void> {
    try {
      const { lastSeq } = await this.#log.append(turn.events);
      this.#fold.expect(lastSeq);
      this.#context.stats.count("events_recorded", turn.events.length);
      this.#context.stats.count("appends");
      // On disk is on disk: who stops meanwhile still gets the answer.
      await this.#untilStopping(this.#log.folded(lastSeq));
      this.#reports.ended(true);
      for (const { done } of turn.jobs) done();
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      this.#context.stats.count("appends_refused");
      for (const { fail } of turn.jobs) fail(error);
      for (const place of turn.settled) this.#dirty.set(placeKey(place), place);
      this.#reports.ended(false);
      if (this.#context.stopping.aborted) return;
      this.#context.logger.warn({ code: error.code, reason: error.message }, "the log refused twin events");
      await sleep(this.#context.clock, refusedPauseMs, this.#context.stopping);
    }
  }

  #untilStopping(work: Promise<void>): Promise<void> {
    // The log's client may hear of the stop first, and what waits there fails.
    const done = new Promise<void>((resolve) => void work.then(resolve, () => {}));
    return untilAborted(this.#context.stopping, done);
  }

  #refuseAll(): void {
    const error = new HoldfastError("unavailable", "The module is stopping.");
    for (const { fail } of this.#jobs.splice(0)) fail(error);
  }
}

/** Says of a report whether it stays here; the end of one goes where the report had gone. */
function located(state: TwinState, fact: TwinFact): TwinFact {
  if (fact.kind !== "reported") return fact;
  const { namespace, device: name, property } = fact.place;
  const device = findDevice(state, namespace, name);
  const was = device?.properties.get(property)?.local ?? false;
  if (fact.message === undefined) return { ...fact, local: was };
  return { ...fact, local: (device && staysHere(state, device, property)) ?? was };
}
