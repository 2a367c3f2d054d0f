import { filterMatches } from "../bus/subject-filter.ts";
import type { FollowOptions, StoredMessage, StreamConfig, StreamInfo } from "../streams/streams.ts";

export interface Stored extends StoredMessage {
  readonly neverExpires: boolean;
  /** Of a copy: where it comes from. */
  readonly origin?: string;
}

/** A change that a loss of power may undo. */
interface Change {
  readonly atMs: number;
  readonly lastSeqBefore: number;
  readonly added?: Stored;
  readonly removed?: Stored;
}

/** What a backup of one stream holds. */
export interface StreamSnapshot {
  readonly config: StreamConfig;
  readonly created: number;
  readonly lastSeq: number;
  readonly messages: ReadonlyMap<number, Stored>;
  readonly copied: ReadonlyMap<string, number>;
}

/** The server syncs at least this often, whatever its configuration. */
export const unsyncedMaxMs = 120_000;

/** One stream of a JetStream server in memory: what is stored, by sequence and by subject. */
export class MemoryStream {
  #config: StreamConfig;
  #taken: (subject: string) => boolean;
  /** Identity of this life of the stream. */
  readonly created: number;
  lastSeq = 0;
  /** How far this stream has copied each of its sources. */
  readonly copied = new Map<string, number>();
  readonly #messages = new Map<number, Stored>();
  readonly #bySubject = new Map<string, number[]>();
  readonly #removedListeners = new Set<(seq: number) => void>();
  #changes: Change[] = [];
  /** Everything below stays for ever. */
  #expiryFrom = 1;

  constructor(config: StreamConfig, created: number) {
    this.#config = config;
    this.#taken = matcher(config.subjects);
    this.created = created;
  }

  get config(): StreamConfig {
    return this.#config;
  }
  set config(config: StreamConfig) {
    this.#config = config;
    this.#taken = matcher(config.subjects);
  }

  static restore(snapshot: StreamSnapshot): MemoryStream {
    const stream = new MemoryStream(snapshot.config, snapshot.created);
    for (const stored of snapshot.messages.values()) stream.#insert(stored);
    stream.lastSeq = snapshot.lastSeq;
    for (const [source, seq] of snapshot.copied) stream.copied.set(source, seq);
    return stream;
  }

  snapshot(): StreamSnapshot {
    const { config, created, lastSeq } = this;
    return { config, created, lastSeq, messages: new Map(this.#messages), copied: new Map(this.copied) };
  }

  get info(): StreamInfo {
    const [first] = this.#messages.keys();
    return {
      firstSeq: first ?? (this.lastSeq && this.lastSeq + 1),
      lastSeq: this.lastSeq,
      messages: this.#messages.size,
    };
  }

  takes(subject: string): boolean {
    return this.config.subjects !== undefined && this.#taken(subject);
  }

  get(seq: number): Stored | undefined {
    return this.#messages.get(seq);
  }

  last(subject: string): Stored | undefined {
    return this.#messages.get(this.#bySubject.get(subject)?.at(-1) ?? 0);
  }

  /** Sequences in order, as a consumer that begins now would get them. */
  select({ from, filters }: FollowOptions): number[] {
    if (from === "new") return [];
    const wanted = matcher(filters);
    if (from === "lastPerSubject") {
      const newest = [...this.#bySubject].flatMap(([subject, seqs]) => (wanted(subject) ? seqs.slice(-1) : []));
      return newest.sort((a, b) => a - b);
    }
    const begins = ({ seq, storedAtMs }: Stored) => {
      if (from === "first") return true;
      return "seq" in from ? seq >= from.seq : storedAtMs >= from.sinceMs;
    };
    return [...this.#messages.values()].filter((one) => begins(one) && wanted(one.subject)).map(({ seq }) => seq);
  }

  /** Stores at the next sequence; `rollup` and `maxPerSubject` take effect. */
  add(message: Omit<Stored, "seq">, atMs: number, rollup = false): Stored {
    const stored = { ...message, seq: this.lastSeq + 1 };
    if (rollup) for (const seq of [...(this.#bySubject.get(stored.subject) ?? [])]) this.remove(seq, atMs);
    this.#note({ atMs, lastSeqBefore: this.lastSeq, added: stored });
    this.lastSeq = stored.seq;
    this.#insert(stored);
    const seqs = this.#bySubject.get(stored.subject) ?? [];
    const excess = seqs.length - (this.config.maxPerSubject ?? seqs.length);
    for (const seq of seqs.slice(0, Math.max(0, excess))) this.remove(seq, atMs);
    return stored;
  }

  remove(seq: number, atMs: number): boolean {
    const stored = this.#messages.get(seq);
    if (!stored) return false;
    this.#note({ atMs, lastSeqBefore: this.lastSeq, removed: stored });
    this.#delete(stored);
    for (const listener of this.#removedListeners) listener(seq);
    return true;
  }

  /** Called before anything is looked at: what is too old goes. */
  expire(wallMs: number, atMs: number): void {
    const { maxAgeMs } = this.config;
    if (maxAgeMs === undefined) return;
    for (; this.#expiryFrom <= this.lastSeq; this.#expiryFrom++) {
      const stored = this.#messages.get(this.#expiryFrom);
      if (!stored || stored.neverExpires) continue;
      if (stored.storedAtMs + maxAgeMs > wallMs) return;
      this.remove(stored.seq, atMs);
    }
  }

  onRemoved(listener: (seq: number) => void): () => void {
    this.#removedListeners.add(listener);
    return () => this.#removedListeners.delete(listener);
  }

  /** As after a loss of power: what changed after `sinceMs` did not happen. */
  loseTail(sinceMs: number): void {
    const messages = new Map(this.#messages);
    for (let change = this.#changes.at(-1); change && change.atMs > sinceMs; change = this.#changes.at(-1)) {
      this.#changes.pop();
      this.lastSeq = change.lastSeqBefore;
      if (change.added) messages.delete(change.added.seq);
      if (change.removed) messages.set(change.removed.seq, change.removed);
    }
    this.#messages.clear();
    this.#bySubject.clear();
    this.#expiryFrom = 1;
    for (const stored of [...messages.values()].sort((a, b) => a.seq - b.seq)) this.#insert(stored);
    // As the server finds it out after a start: from the newest copy that is there.
    this.copied.clear();
    for (const { origin, originSeq } of this.#messages.values()) {
      if (origin !== undefined && originSeq !== undefined) this.copied.set(origin, originSeq);
    }
  }

  #insert(stored: Stored): void {
    this.#messages.set(stored.seq, stored);
    const seqs = this.#bySubject.get(stored.subject);
    if (seqs) seqs.push(stored.seq);
    else this.#bySubject.set(stored.subject, [stored.seq]);
  }

  #delete(stored: Stored): void {
    this.#messages.delete(stored.seq);
    const seqs = this.#bySubject.get(stored.subject) ?? [];
    seqs.splice(seqs.indexOf(stored.seq), 1);
    if (seqs.length === 0) this.#bySubject.delete(stored.subject);
  }

  #note(change: Change): void {
    this.#changes.push(change);
    const [oldest] = this.#changes;
    if (this.#changes.length < 10_000 || !oldest || oldest.atMs > change.atMs - 2 * unsyncedMaxMs) return;
    this.#changes = this.#changes.filter(({ atMs }) => atMs > change.atMs - unsyncedMaxMs);
  }
}

/** Whether a subject passes; remembers its answers. */
export function matcher(filters: readonly string[] | undefined): (subject: string) => boolean {
  if (!filters) return () => true;
  const known = new Map<string, boolean>();
  return (subject) => {
    let answer = known.get(subject);
    if (answer === undefined) {
      answer = filters.some((filter) => filterMatches(filter, subject));
      known.set(subject, answer);
    }
    return answer;
  };
}
