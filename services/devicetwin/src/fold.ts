import type { Fold, LogClient, LogEntry } from "@holdfast/kernel";
import { concerned } from "./concerned.ts";
import type { Fact, Place, Recorded } from "./fact.ts";
import { prefixes, readFact, recordedOf } from "./record.ts";
import { evolve, initialState, type TwinState } from "./state.ts";

export interface FoldListener {
  /** After a fact was folded, once the module is live. `places` are the properties that it may concern. */
  onFact(fact: Fact, places: readonly Place[], recorded: Recorded): void;
  /** Everything is forgotten and will be told again. */
  onReset?(): void;
}

/** The state of all twins, folded from the log and from nothing else. */
export class TwinFold implements Fold {
  readonly prefixes = prefixes;
  #state: TwinState = initialState();
  #highestSeq = 0;
  #epoch = 0;
  #log: LogClient | undefined;
  #listeners: readonly FoldListener[] = [];

  get state(): TwinState {
    return this.#state;
  }

  /** From now on listeners hear of what is folded. */
  goLive(log: LogClient, listeners: readonly FoldListener[]): void {
    this.#log = log;
    this.#epoch = log.epoch.counter;
    this.#listeners = listeners;
  }

  onEntry(entry: LogEntry): void {
    this.#highestSeq = Math.max(this.#highestSeq, entry.seq);
    const fact = readFact(entry);
    if (fact === undefined) return;
    const recorded = recordedOf(entry);
    if (this.#listeners.length === 0) {
      evolve(this.#state, fact, recorded);
      return;
    }
    const places = concerned(this.#state, fact);
    evolve(this.#state, fact, recorded);
    for (const listener of this.#listeners) listener.onFact(fact, places, recorded);
  }

  onReset(): void {
    this.#state = initialState();
    for (const listener of this.#listeners) listener.onReset?.();
  }

  /** What was appended must be folded before anything else is decided. */
  expect(seq: number): void {
    this.#highestSeq = Math.max(this.#highestSeq, seq);
  }

  /** False while something that is known to be in the log is not folded (yet or again). */
  get complete(): boolean {
    return this.#log !== undefined && this.#log.throughSeq >= this.#wantedSeq(this.#log);
  }

  async completed(): Promise<void> {
    if (this.#log) await this.#log.folded(this.#wantedSeq(this.#log));
  }

  /** A log that lost its tail does not get as far again; what it has is what there is. */
  #wantedSeq({ epoch }: LogClient): number {
    if (epoch.counter !== this.#epoch) this.#highestSeq = 0;
    this.#epoch = epoch.counter;
    return this.#highestSeq;
  }
}
