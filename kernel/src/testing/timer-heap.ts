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
    this.#up(this.#timers.length - 1);
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
    if (!last || this.#timers.length === 0) return;
    this.#timers[0] = last;
    this.#down(0);
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#timers[a];
    const second = this.#timers[b];
    return first !== undefined && second !== undefined && before(first, second);
  }

  #swapIfBefore(a: number, b: number): boolean {
    const first = this.#timers[a];
    const second = this.#timers[b];
    if (first === undefined || second === undefined || !before(first, second)) return false;
    this.#timers[a] = second;
    this.#timers[b] = first;
    return true;
  }
}
