import type { LogEntry } from "@holdfast/kernel";

/** What the checkers know apart from the services: who was promised what, and what was ever deleted. */
export class Ledger {
  /** Authors write nothing new: the world comes to rest. */
  quiet = false;
  readonly #ids = new Map<string, number>();
  readonly #acknowledged = new Map<string, Map<number, number>>();
  readonly #nowMs: () => number;
  /** Keys of desired objects that somebody deleted on purpose. */
  readonly deleted = new Set<string>();
  /** Removals that a node committed without anybody having deleted the object. */
  readonly unjustified: string[] = [];
  /** A restored cloud may forget what it never was told to delete. */
  restored = false;
  readonly #forgiven = new Map<string, [fromMs: number, toMs: number][]>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  nextId(node: string): string {
    const number = (this.#ids.get(node) ?? 0) + 1;
    this.#ids.set(node, number);
    return String(number);
  }

  acknowledged(node: string, ids: readonly string[]): void {
    const known = this.#acknowledged.get(node) ?? new Map<number, number>();
    this.#acknowledged.set(node, known);
    for (const id of ids) known.set(Number(id), this.#nowMs());
  }

  /** A disk lost what it had acknowledged in this time: only the cloud may still have it. */
  forgive(node: string, fromMs: number): void {
    this.#forgiven.set(node, [...(this.#forgiven.get(node) ?? []), [fromMs, this.#nowMs()]]);
  }

  /** Simulated time at which the log acknowledged this fact, for the trace of a failure. */
  acknowledgedAtMs(node: string, id: number): number {
    return this.#acknowledged.get(node)?.get(id) ?? 0;
  }

  /** Ids that must be in the cloud. */
  promised(node: string): number[] {
    const forgiven = this.#forgiven.get(node) ?? [];
    return [...(this.#acknowledged.get(node) ?? [])]
      .filter(([, atMs]) => !forgiven.some(([fromMs, toMs]) => atMs >= fromMs && atMs <= toMs))
      .map(([id]) => id);
  }

  taken(node: string, { event }: LogEntry): void {
    if (event.ending !== "removal" || this.restored) return;
    const key = event.key.slice("desired/".length);
    if (!this.deleted.has(`${node}/${key}`)) this.unjustified.push(`${node}/${key}`);
  }

  forgotten(_node: string): void {}
}
