/** Whoever asks one device for something takes turns, first come, first served: sets that are written, and calls. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is this one's turn; the turn lasts until the answer is called. */
  async enter(key: string): Promise<() => void> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    await before;
    return () => {
      if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    };
  }
}
