import { type Context, every, HoldfastError, handler, publishEvent, type Service } from "@holdfast/kernel";
import {
  type AppendRequest,
  committed,
  type Epoch,
  type GrantReply,
  type LogEvent,
  LogEventCodec,
  type LoggedEvent,
  logAppend,
  logGetStatus,
  logGrant,
  logReplay,
  type ReplayPage,
  type ReplayRequest,
} from "@holdfast/proto";

const epoch: Epoch = { counter: 1, random: 42 };
const statusDefaults = {
  ...{ firstUpSeq: 0, lastUpSeq: 0, ackedUpSeq: 0, chain: undefined, predecessor: undefined, digest: undefined },
  ...{ bytes: 0, outboxEvents: 0, gapEvents: 0, quarantines: 0, machineId: "", fresh: false },
};

interface Module {
  incarnation: number;
  /** Answers of this incarnation by n. */
  answers: Map<number, { readonly firstSeq: number; readonly lastSeq: number }>;
}

/** A node's event log in an array: outlives the processes that use it, and does what a test tells it. */
export class MemoryLog {
  readonly node: string;
  /** Kept events by sequence; compacted ones are only in `base`. */
  events: { readonly seq: number; readonly bytes: Uint8Array; readonly event: LogEvent }[] = [];
  base: { readonly seq: number; readonly bytes: Uint8Array; readonly event: LogEvent }[] = [];
  /** Everything that was ever committed, whatever became of it. */
  readonly history: { readonly seq: number; readonly event: LogEvent }[] = [];
  lastSeq = 0;
  pressed = false;
  /** Appends that were committed. */
  appends = 0;
  /** How long a commit takes. */
  commitMs = 1;
  pageEvents = 1_000;
  #floorAtMs = 0;
  readonly #modules = new Map<string, Module>();
  #listeners: ((events: readonly LoggedEvent[], prevSeq: number) => void)[] = [];

  constructor(node: string) {
    this.node = node;
  }

  get firstSeq(): number {
    return this.events[0]?.seq ?? this.lastSeq + 1;
  }

  onCommit(listener: (events: readonly LoggedEvent[], prevSeq: number) => void): void {
    this.#listeners = [listener];
  }

  grant(module: string): GrantReply {
    const incarnation = (this.#modules.get(module)?.incarnation ?? 0) + 1;
    this.#modules.set(module, { incarnation, answers: new Map() });
    return { incarnation, epoch, lastSeq: this.lastSeq, node: this.node };
  }

  append({ module, incarnation, n, events }: AppendRequest): { readonly firstSeq: number; readonly lastSeq: number } {
    const known = this.#modules.get(module);
    if (!known || known.incarnation !== incarnation) throw new HoldfastError("stale_incarnation", "A newer life runs.");
    const before = known.answers.get(n);
    if (before) return before;
    if (n > known.answers.size + 1) throw new HoldfastError("unavailable", "Numbers are missing.");
    const answer = this.write(events);
    known.answers.set(n, answer);
    return answer;
  }

  /** Commits events as they are. */
  write(events: readonly Uint8Array[]): { readonly firstSeq: number; readonly lastSeq: number } {
    const prevSeq = this.lastSeq;
    const added = events.map((bytes, index) => ({
      seq: prevSeq + 1 + index,
      bytes,
      event: LogEventCodec.decode(bytes),
    }));
    this.events.push(...added);
    this.history.push(...added);
    this.lastSeq += added.length;
    this.appends += 1;
    for (const listener of this.#listeners)
      listener(
        added.map(({ seq, bytes }) => ({ seq, event: bytes })),
        prevSeq,
      );
    return { firstSeq: prevSeq + 1, lastSeq: this.lastSeq };
  }

  /** Reduces everything up to `seq` to the last state per key. */
  compact(seq = this.lastSeq): void {
    const last = new Map(this.base.map((entry) => [entry.event.key, entry]));
    for (const entry of this.events.filter((each) => each.seq <= seq)) {
      if (entry.event.ending === "state") last.set(entry.event.key, entry);
      else last.delete(entry.event.key);
    }
    this.base = [...last.values()].sort((a, b) => (a.event.key < b.event.key ? -1 : 1));
    this.#floorAtMs = this.events.findLast((each) => each.seq <= seq)?.event.stamp?.wallMs ?? this.#floorAtMs;
    this.events = this.events.filter((each) => each.seq > seq);
  }

  page({ afterSeq, cursor, prefixes, fromFloor }: ReplayRequest): ReplayPage {
    const { pageEvents } = this;
    // What is compacted here is forgotten at once, so the base is the state before the history too.
    const inHistory = !fromFloor && afterSeq > 0 && afterSeq >= this.firstSeq - 1 && afterSeq <= this.lastSeq;
    const fromBase = cursor === "" ? !inHistory : cursor.startsWith("base");
    const all = [...(fromBase ? this.base : []), ...this.events.filter(({ seq }) => fromBase || seq > afterSeq)];
    const start = cursor === "" ? 0 : Number(cursor.split(":")[1]);
    const slice = all.slice(start, start + pageEvents);
    const more = start + pageEvents < all.length;
    const wanted = slice.filter(
      ({ event }) => prefixes.length === 0 || prefixes.some((prefix) => event.key.startsWith(prefix)),
    );
    return {
      events: wanted.map(({ seq, bytes }) => ({ seq, event: bytes })),
      throughSeq: more ? Math.max(afterSeq, ...slice.map(({ seq }) => seq)) : this.lastSeq,
      cursor: `${fromBase ? "base" : "log"}:${start + pageEvents}`,
      more,
      fromBase: fromBase && start === 0,
      epoch,
      floorSeq: fromFloor && start === 0 ? this.firstSeq - 1 : 0,
      floorAtMs: fromFloor && start === 0 ? this.#floorAtMs : 0,
    };
  }
}

/** Serves a MemoryLog as metamanager serves its own. */
export function memoryLogService(log: MemoryLog): Service<Readonly<Record<never, never>>, Context<unknown>> {
  return {
    name: "metamanager",
    description: "A log in memory.",
    config: {},
    async start(context) {
      const tell = (events: readonly LoggedEvent[], prevSeq: number) => {
        const { lastSeq, pressed } = log;
        publishEvent(context.bus, committed, {}, { prevSeq, events, lastSeq, epoch, pressed });
        for (const { event: bytes } of events) {
          const { subject, body } = LogEventCodec.decode(bytes);
          if (subject !== "") context.bus.publish(subject, body);
        }
      };
      log.onCommit(tell);
      every(context.clock, 1_000, () => tell([], log.lastSeq));
      return context;
    },
    handlers: [
      handler(logGrant, (_, { module }) => log.grant(module)),
      handler(
        logAppend,
        async (context: Context<unknown>, request) => {
          await new Promise<void>((resolve) => context.clock.after(log.commitMs, resolve));
          return log.append(request);
        },
        { concurrency: 1 },
      ),
      handler(logReplay, (_, request) => log.page(request)),
      handler(logGetStatus, () => {
        const { node, firstSeq, lastSeq, pressed } = log;
        return { ...statusDefaults, epoch, node, firstSeq, lastSeq, pressed };
      }),
    ],
  };
}
