import { type Clock, type Context, HoldfastError, isJsonObject } from "@holdfast/kernel";
import type { GetReply, ListRequest, ObjectItem, WatchEvent, WatchReply, WatchRequest } from "@holdfast/proto";
import { deviceKey, type Fact, type Place, type Recorded } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import type { ObjectEntry, TwinState } from "./state.ts";
import { matches } from "./view.ts";

export type Noun = "device" | "devicemodel";

/** Changes that a watcher may be behind; beyond, it has to list again. */
const changesMax = 1_000;
const watchersMax = 256;
/** Longest that a watch waits for a change. */
const waitMaxMs = 60_000;

interface Change {
  readonly seq: number;
  readonly noun: Noun;
  readonly entry: ObjectEntry;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
}

/** The Devices and DeviceModels of this gateway, as the cloud declared them. */
export class Objects implements FoldListener {
  readonly #clock: Clock;
  readonly #fold: TwinFold;
  readonly #throughSeq: () => number;
  readonly #stopping: AbortSignal;
  /** Tells what is new from what is changed. */
  #known: Record<Noun, Map<string, ObjectEntry>>;
  readonly #waiting = new Set<() => void>();
  #changes: Change[] = [];
  /** Changes up to here are no longer known one by one. */
  #floorSeq: number;
  /** The log is being told again from its base: what changed meanwhile nobody can say. */
  #stale = false;

  constructor(context: Pick<Context<unknown>, "clock" | "stopping">, fold: TwinFold, throughSeq: () => number) {
    this.#clock = context.clock;
    this.#stopping = context.stopping;
    this.#fold = fold;
    this.#throughSeq = throughSeq;
    this.#floorSeq = throughSeq();
    this.#known = knownIn(fold.state);
  }

  onReset(): void {
    this.#stale = true;
    this.#changes = [];
    for (const wake of [...this.#waiting]) wake();
  }

  onFact(fact: Fact, _places: readonly Place[], recorded: Recorded): void {
    if (this.#stale || (fact.kind !== "device" && fact.kind !== "model")) return;
    const noun = fact.kind === "device" ? "device" : "devicemodel";
    const key = deviceKey(fact.namespace, fact.name);
    const now = entryOf(this.#fold.state, noun, key);
    const before = this.#known[noun].get(key);
    if (now === undefined) this.#known[noun].delete(key);
    else this.#known[noun].set(key, now);
    const entry = now ?? before;
    if (entry === undefined || recorded.seq <= this.#floorSeq) return;
    const type = now === undefined ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED";
    this.#changes.push({ seq: recorded.seq, noun, entry, type });
    const overflow = this.#changes.splice(0, Math.max(0, this.#changes.length - changesMax));
    this.#floorSeq = overflow.at(-1)?.seq ?? this.#floorSeq;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Error: `not_here`. */
  get(noun: Noun, namespace: string, name: string): GetReply {
    const entry = entryOf(this.#fold.state, noun, deviceKey(namespace, name));
    if (entry) return { object: entry.json };
    throw new HoldfastError("not_here", `${noun} "${namespace}/${name}" is not on this gateway; ask the cloud.`);
  }

  list(noun: Noun, namespace: string, { labelSelector }: ListRequest): { items: ObjectItem[]; seq: number } {
    const selected = selector(labelSelector);
    const all = [...entriesOf(this.#fold.state, noun).values()].filter(
      (entry) => matches(namespace, entry.namespace) && selected(entry),
    );
    return { items: all.map(({ json }) => ({ object: json })), seq: this.#throughSeq() };
  }

  /** Errors: `expired` (list again), `busy`. */
  async watch(
    noun: Noun,
    namespace: string,
    request: WatchRequest,
    afterSeq: number,
  ): Promise<Omit<WatchReply, "position"> & { seq: number }> {
    this.#refresh();
    if (this.#stale || afterSeq < this.#floorSeq) {
      throw expired();
    }
    const selected = selector(request.labelSelector);
    const since = (): WatchEvent[] =>
      this.#changes
        .filter(
          ({ seq, noun: of, entry }) =>
            seq > afterSeq && of === noun && matches(namespace, entry.namespace) && selected(entry),
        )
        .map(({ type, entry }) => ({ type, object: entry.json }));
    const endMs = this.#clock.monotonicMs() + Math.min(request.waitMs, waitMaxMs);
    for (;;) {
      const events = since();
      const leftMs = endMs - this.#clock.monotonicMs();
      const isOver = leftMs <= 0 || this.#stopping.aborted;
      if (events.length > 0 || isOver) return { events, seq: Math.max(afterSeq, this.#throughSeq()) };
      await this.#change(leftMs);
      if (afterSeq < this.#floorSeq || this.#stale) throw expired();
    }
  }

  #refresh(): void {
    if (!this.#stale || !this.#fold.complete) return;
    this.#stale = false;
    this.#known = knownIn(this.#fold.state);
    this.#floorSeq = this.#throughSeq();
  }

  /** Lets all watchers answer. */
  stop(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #change(withinMs: number): Promise<void> {
    if (this.#waiting.size >= watchersMax) {
      throw new HoldfastError("busy", `${watchersMax} watches wait already; try again later.`);
    }
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const cancel = this.#clock.after(withinMs, wake);
      this.#waiting.add(wake);
    });
  }
}

function expired(): HoldfastError {
  return new HoldfastError(
    "expired",
    "position: changes since then are no longer known; list again and go on from there.",
  );
}

function knownIn(state: TwinState): Record<Noun, Map<string, ObjectEntry>> {
  return { device: entriesOf(state, "device"), devicemodel: entriesOf(state, "devicemodel") };
}

function entryOf({ devices, models }: TwinState, noun: Noun, key: string): ObjectEntry | undefined {
  return noun === "device" ? devices.get(key)?.object : models.get(key);
}

function entriesOf(state: TwinState, noun: Noun): Map<string, ObjectEntry> {
  const keys = [...(noun === "device" ? state.devices : state.models).keys()];
  const entries = keys.map((key) => [key, entryOf(state, noun, key)] as const);
  return new Map(entries.filter((entry): entry is [string, ObjectEntry] => entry[1] !== undefined));
}

/** `key=value, key=value`: all must match. Error: `invalid_argument`. */
function selector(text: string): (entry: ObjectEntry) => boolean {
  const wanted = text.split(",").flatMap((part) => {
    if (part.trim() === "") return [];
    const [key = "", value, ...rest] = part.split("=").map((side) => side.trim());
    if (key === "" || value === undefined || rest.length > 0) {
      throw new HoldfastError("invalid_argument", `labelSelector: "${part.trim()}" is not key=value.`);
    }
    return [{ key, value }];
  });
  if (wanted.length === 0) return () => true;
  return ({ json }) => {
    const labels = labelsIn(json);
    return wanted.every(({ key, value }) => Object.hasOwn(labels, key) && labels[key] === value);
  };
}

function labelsIn(json: string): Readonly<Record<string, unknown>> {
  try {
    const object: unknown = JSON.parse(json);
    const metadata = isJsonObject(object) ? object.metadata : undefined;
    const labels = isJsonObject(metadata) ? metadata.labels : undefined;
    return isJsonObject(labels) ? labels : {};
  } catch {
    return {};
  }
}
