import type { LogEntry } from "@holdfast/kernel";

/** What a cloud forgot that was put back: the node sends it again if it is still in the epoch that the cloud knows. */
interface Forgotten {
  readonly ids: ReadonlySet<number>;
  readonly epochLeft: string | undefined;
}

/** What the checkers know apart from the services: who was promised what, and what was ever deleted. */
export class Ledger {
  /** Authors write nothing new: the world comes to rest. */
  quiet = false;
  readonly #ids = new Map<string, number>();
  readonly #acknowledged = new Map<string, Map<number, number>>();
  readonly #nowMs: () => number;
  /** Objects that somebody deleted on purpose, as node/kind/namespace/name. */
  readonly #deleted = new Set<string>();
  /** Objects that a cloud ever forgot without anybody having deleted them: the guard decides about them. */
  readonly #forgottenEver = new Set<string>();
  #forgottenNow = new Set<string>();
  /** Objects that the cloud names. */
  #named: ReadonlySet<string> = new Set();
  /** Removals that a node committed without a reason. */
  readonly unjustified: string[] = [];
  /** A node may withhold what the cloud no longer names: the cloud, or the node's position in it, was lost. */
  restored = false;
  /** Ids of sets that a disaster took from everywhere: of these nobody can be told again. */
  readonly lostSets = new Set<string>();
  /** Values ("device/property") and devices that a cloud forgot when it was put back to before them. */
  readonly forgottenValues = new Set<string>();
  /**
   * Nodes whose log was put back to before a gap. What follows a gap has another chain with it than without, so the
   * cloud may not know such an event again: a stated limit (docs/decisions/0010).
   */
  readonly forgotGaps = new Set<string>();
  readonly #lost = new Map<string, Set<number>>();
  readonly #forgotten = new Map<string, Forgotten[]>();

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

  /** A medium lost what it had promised: of all that was acknowledged only this is still somewhere. */
  onlyWhatRemains(node: string, remains: ReadonlySet<number>): void {
    const lost = this.#lost.get(node) ?? new Set<number>();
    this.#lost.set(node, lost);
    for (const id of this.#acknowledged.get(node)?.keys() ?? []) if (!remains.has(id)) lost.add(id);
  }

  /** A disaster hit what knew these sets; the rest of the world still knows those. */
  setsLeft(before: Iterable<string>, left: ReadonlySet<string>): void {
    for (const id of before) if (!left.has(id)) this.lostSets.add(id);
  }

  /** The cloud forgot these facts, and knows the node in this epoch now. */
  cloudForgot(node: string, ids: ReadonlySet<number>, epochLeft: string | undefined): void {
    this.#forgotten.set(node, [...(this.#forgotten.get(node) ?? []), { ids, epochLeft }]);
  }

  /** Simulated time at which the log acknowledged this fact, for the trace of a failure. */
  acknowledgedAtMs(node: string, id: number): number {
    return this.#acknowledged.get(node)?.get(id) ?? 0;
  }

  /**
   * Ids that must be in the cloud of a node that ends in this epoch: what was acknowledged in an epoch that the
   * cloud forgot and the node has left cannot be sent again, a stated limit.
   */
  promised(node: string, epoch?: string): number[] {
    const lost = this.#lost.get(node) ?? new Set();
    const gone = (this.#forgotten.get(node) ?? []).filter(({ epochLeft }) => epochLeft !== epoch);
    const ids = [...(this.#acknowledged.get(node)?.keys() ?? [])];
    return ids.filter((id) => !lost.has(id) && !gone.some(({ ids }) => ids.has(id)));
  }

  /** A cloud that was put back names these objects, as node/kind/namespace/name, and no others. */
  cloudNamesOnly(keys: ReadonlySet<string>): void {
    this.restored = true;
    this.#forgottenNow = new Set([...this.#named].filter((key) => !keys.has(key)));
    for (const key of this.#forgottenNow) this.#forgottenEver.add(key);
    this.#named = keys;
  }

  /** The cloud names this object, now or again. */
  named(key: string): void {
    this.#forgottenNow.delete(key);
    this.#named = new Set([...this.#named, key]);
  }

  /** Somebody deleted it on purpose. */
  removed(key: string): void {
    this.#deleted.add(key);
    this.#named = new Set([...this.#named].filter((one) => one !== key));
  }

  /** A node committed a change of desired state; `held` = keys of the objects that it had before. */
  taken(node: string, { event }: LogEntry, held: ReadonlySet<string>): void {
    if (event.ending !== "removal") return;
    const key = `${node}/${event.key.slice("desired/".length)}`;
    if (this.#deleted.has(key)) return;
    // What a changed cloud no longer names may go, unless it is much at once (docs/protocol.md 7).
    const goes = [...held].filter((one) => this.#forgottenNow.has(`${node}/${one.slice("desired/".length)}`)).length;
    if (this.#forgottenEver.has(key) && goes <= guardedShare * held.size) return;
    this.unjustified.push(key);
  }
}

/** The share of a node's objects that a changed cloud may remove at once. */
const guardedShare = 0.2;
