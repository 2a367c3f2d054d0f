import type { OpenedLog } from "./opened.ts";
import { type Witness, witnessOf, writeWitness } from "./witness.ts";

/** Writes the witness, one at a time, when there is something new to vouch for. */
export class Witnessing {
  readonly #log: OpenedLog;
  #written: Witness | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(log: OpenedLog) {
    this.#log = log;
  }

  /** Resolves when the witness says how far the log reached at this moment, or further. */
  now(): Promise<void> {
    const turn = this.#writing.then(() => this.#write());
    this.#writing = turn.catch(() => {});
    return turn;
  }

  async #write(): Promise<void> {
    const witness = witnessOf(this.#log.view);
    const { seq, granted, epoch, life } = this.#written ?? {};
    const same = seq === witness.seq && granted === witness.granted && epoch?.counter === witness.epoch.counter;
    if (same && life === witness.life) return;
    await writeWitness(this.#log.disk, witness);
    this.#written = witness;
  }
}
