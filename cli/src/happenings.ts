/** What an instance tells of itself while it runs. */
export interface Happening {
  readonly atMs: number;
  readonly text: string;
}

const keptMax = 50;

export class Happenings {
  readonly #last: Happening[] = [];
  readonly #listeners = new Set<(happening: Happening) => void>();

  readonly tell = (text: string): void => {
    const happening = { atMs: Date.now(), text };
    this.#last.push(happening);
    if (this.#last.length > keptMax) this.#last.shift();
    for (const listener of this.#listeners) listener(happening);
  };

  last(count: number): readonly Happening[] {
    return this.#last.slice(-count);
  }

  onHappening(listener: (happening: Happening) => void): void {
    this.#listeners.add(listener);
  }
}
