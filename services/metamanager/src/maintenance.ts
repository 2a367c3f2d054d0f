import { dropOldBases, needsNewBase, writeBase } from "./base.ts";
import { giveBack } from "./budget.ts";
import { beginFloor, floorOf } from "./floor.ts";
import { trimHistory } from "./history.ts";
import type { OpenedLog } from "./opened.ts";
import { recount } from "./recount.ts";
import type { Replays } from "./replay.ts";

/** Forgotten events that make it worthwhile to compact the files. */
const giveBackEvents = 50_000;

/** What is done in the background, one thing after the other, in small steps between commits. */
export class Maintenance {
  readonly #log: OpenedLog;
  readonly #replays: Replays;
  #forgottenTo: number;
  #lastSeq = 0;
  #recountAtMs: number;
  #turn: Promise<void> | undefined;

  constructor(log: OpenedLog, replays: Replays) {
    this.#log = log;
    this.#replays = replays;
    this.#forgottenTo = log.view.meta.first;
    // Opening the log has just counted all of it.
    this.#recountAtMs = log.context.clock.monotonicMs() + log.context.config.recountMs;
  }

  /** Resolves when nothing is under way. */
  get idle(): Promise<void> {
    return this.#turn ?? Promise.resolve();
  }

  turn(): Promise<void> {
    const { openings } = this.#log;
    const isCurrent = () => openings === this.#log.openings && !this.#log.closing.aborted;
    this.#turn ??= this.#work(isCurrent)
      .catch((error) => {
        // Its store was closed under it: the next turn begins anew.
        if (isCurrent()) throw error;
      })
      .finally(() => {
        this.#turn = undefined;
      });
    return this.#turn;
  }

  async #work(isCurrent: () => boolean): Promise<void> {
    const log = this.#log;
    const { clock, config } = log.context;
    if (clock.monotonicMs() >= this.#recountAtMs) {
      this.#recountAtMs = clock.monotonicMs() + config.recountMs;
      await recount(log, isCurrent);
    }
    if (!floorOf(log.view.meta)) await beginFloor(log, isCurrent);
    if (needsNewBase(log)) await writeBase(log, isCurrent);
    await dropOldBases(log, (generation) => this.#replays.isPinned(generation), isCurrent);
    while (isCurrent()) if (!(await trimHistory(log, () => this.#replays.floor(), isCurrent))) break;
    if (!isCurrent()) return;
    const { meta, head } = log.view;
    const isIdle = head.last === this.#lastSeq;
    this.#lastSeq = head.last;
    if ((isIdle || log.pressed) && meta.first - this.#forgottenTo >= giveBackEvents) {
      this.#forgottenTo = meta.first;
      await giveBack(log);
    }
  }
}
