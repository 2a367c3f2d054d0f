export interface Timer {
  readonly dueMs: number;
  /** Insertion order: decides between equal times. */
  readonly order: number;
  readonly action: () => void;
  /** Whose it is; timers of one owner can be cancelled together. */
  readonly owner: object | undefined;
  /** Fired or cancelled. */
  over: boolean;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** A binary heap; cancelled timers stay until they reach the top or make up half of it. */
export class TimerHeap {
  #timers: Timer[] = [];
  #cancelled = 0;

  /** Timers waiting and not cancelled. */
  get size(): number {
    return this.#timers.length - this.#cancelled;
  }

  push(timer: Timer): void {
    this.#timers.push(timer);
    this.#up(timer);
  }

  peek(): Timer | undefined {
    while (this.#timers[0]?.over) {
      this.#removeTop();
      this.#cancelled--;
    }
    return this.#timers[0];
  }

  pop(): Timer | undefined {
    const top = this.peek();
    if (!top) return undefined;
    this.#removeTop();
    top.over = true;
    return top;
  }

  cancelAll(owner: object): void {
    for (const timer of this.#timers.filter((each) => each.owner === owner)) this.cancel(timer);
  }

  cancel(timer: Timer): void {
    if (timer.over) return;
    timer.over = true;
    this.#cancelled++;
    if (this.#cancelled > 1000 && this.#cancelled * 2 > this.#timers.length) this.#rebuild();
  }

  #rebuild(): void {
    // A sorted array is a heap.
    this.#timers = this.#timers.filter((timer) => !timer.over).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #removeTop(): void {
    const last = this.#timers.pop();
    if (last && this.#timers.length > 0) this.#down(last);
  }

  /** Where the new last one belongs: those above it that are later move down. */
  #up(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = timers[parentIndex];
      if (parent === undefined || !before(timer, parent)) break;
      timers[index] = parent;
      index = parentIndex;
    }
    timers[index] = timer;
  }

  /** Where one that takes the place of the top belongs: those below it that are earlier move up. */
  #down(timer: Timer): void {
    const timers = this.#timers;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = timers[childIndex];
      const right = timers[childIndex + 1];
      if (child !== undefined && right !== undefined && before(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (child === undefined || !before(child, timer)) break;
      timers[index] = child;
      index = childIndex;
    }
    timers[index] = timer;
  }
}
