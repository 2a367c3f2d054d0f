import {
  type Bus,
  type Claim,
  type Clock,
  call,
  checkTwinAt,
  HoldfastError,
  type LogClient,
  type LogEntry,
  Moment,
  rfc3339Seconds,
} from "@holdfast/kernel";
import {
  type Epoch,
  LogEventCodec,
  logReplay,
  type ReplayPage,
  type Twin,
  type TwinAtReply,
  type TwinAtRequest,
} from "@holdfast/proto";
import type { Fact } from "./fact.ts";
import { epochText, parsePosition, printPosition } from "./position.ts";
import { devicePrefixes, readFact, recordedOf } from "./record.ts";
import { evolve, findDevice, initialState } from "./state.ts";
import { twinOf } from "./view.ts";

/** Pages of the log that one question may read: more than a million events that were looked at. */
const pagesMax = 512;
/** How often one question begins again when the log forgets under it. */
const restartsMax = 2;

export interface AtSource {
  readonly bus: Bus;
  readonly log: Pick<LogClient, "node">;
  readonly clock: Pick<Clock, "wallMs" | "monotonicMs">;
  /** Of one page, and of all of it. */
  readonly timeoutMs: number;
  readonly atTimeoutMs: number;
}

/**
 * The twin as it stood, folded from the log as the live one is: everything up to the chosen event, and nothing after
 * it (docs/protocol.md 13). What was transient before the history began, as a device's reach, is not known. Errors:
 * `not_found` (no such device here then), `out_of_range` (before what the log keeps, or another life of it),
 * `invalid_argument`, `timeout`, `unavailable`, those of the log.
 */
export async function twinAt(source: AtSource, namespace: string, request: TwinAtRequest): Promise<TwinAtReply> {
  const { device, atMs, position } = request;
  checkTwinAt(request);
  const { node } = source.log;
  const wanted = position === "" ? undefined : parsePosition(node, position);
  const endMs = source.clock.monotonicMs() + source.atTimeoutMs;
  for (let restarts = 0; restarts <= restartsMax; restarts += 1) {
    const fold = new FoldUntil(source, { namespace, device }, wanted ? { seq: wanted.seq } : { atMs });
    if (!(await readInto(source, fold, endMs))) continue;
    if (wanted && fold.epoch && epochText(fold.epoch) !== wanted.epoch) {
      throw new HoldfastError("out_of_range", `position: ${position} is of an earlier life of the log; give a time.`);
    }
    return fold.reply();
  }
  throw new HoldfastError("unavailable", "The log forgot its oldest events while they were read; ask again.");
}

/** False when the log moved on under the reader, who must begin again. Errors: `timeout`, those of the log. */
async function readInto({ bus, clock, timeoutMs }: AtSource, fold: FoldUntil, endMs: number): Promise<boolean> {
  let cursor = "";
  for (let pages = 0; pages < pagesMax && clock.monotonicMs() < endMs; pages += 1) {
    const asked = { cursor, fromFloor: true, prefixes: devicePrefixes(fold.place) };
    const page = await call(bus, logReplay, {}, asked, { timeoutMs });
    if (page.fromBase && cursor !== "") return false;
    fold.takePage(page);
    if (!page.more || fold.isComplete) return true;
    cursor = page.cursor;
  }
  throw new HoldfastError("timeout", "The history of this gateway is too long to be read in the time for one answer.");
}

type Until = { readonly atMs: number; readonly seq?: undefined } | { readonly seq: number; readonly atMs?: undefined };

/** The state of one device, and where in the order of the log the moment lies. */
class FoldUntil {
  readonly place: { readonly namespace: string; readonly device: string };
  readonly #source: AtSource;
  readonly #until: Until;
  readonly #moment: Moment;
  readonly #state = initialState();
  /** Everything up to here is folded. */
  #seq = 0;
  #floor = { seq: 0, atMs: 0 };
  /** What stood before the first event that may lie after the moment. */
  #answer: { readonly twin: Twin | undefined; readonly seq: number } | undefined;
  epoch: Epoch | undefined;
  isComplete = false;

  constructor(source: AtSource, place: FoldUntil["place"], until: Until) {
    this.#source = source;
    this.place = place;
    this.#until = until;
    // Up to a sequence every time is early enough: the last one that counts is told.
    this.#moment = new Moment(until.atMs ?? Number.MAX_SAFE_INTEGER);
  }

  takePage({ events, throughSeq, epoch, fromBase, floorSeq, floorAtMs }: ReplayPage): void {
    this.epoch = epoch;
    if (fromBase) {
      this.#floor = { seq: floorSeq, atMs: floorAtMs };
      if (floorSeq > 0) this.#claim({ wallMs: floorAtMs, life: "" });
    }
    for (const { seq, event } of events) {
      if (seq > (this.#until.seq ?? seq)) break;
      this.#take({ seq, event: LogEventCodec.decode(event) });
    }
    this.#seq = Math.max(this.#seq, Math.min(throughSeq, this.#until.seq ?? throughSeq));
    this.isComplete = throughSeq >= (this.#until.seq ?? Number.POSITIVE_INFINITY);
  }

  #take(entry: LogEntry): void {
    const fact = factOf(entry);
    if (!fact || !concerns(fact, this.place)) return;
    const { seq, event } = entry;
    if (seq > this.#floor.seq) this.#seq = Math.max(this.#seq, this.#floor.seq);
    const { stamp, module, incarnation } = event;
    // What was stated again has the time of long ago.
    if (seq > this.#floor.seq && stamp && !event.restated) {
      const life = `${stamp.bootId}/${module}/${incarnation}`;
      const local = !event.up || event.subject === "";
      this.#claim({ wallMs: stamp.wallMs, monotonicMs: stamp.monotonicMs, life, local });
    }
    evolve(this.#state, fact, recordedOf(entry));
    this.#seq = Math.max(this.#seq, seq);
  }

  #claim(claim: Claim): void {
    const wasOver = this.#moment.isOver;
    this.#moment.take({ ...claim, knownByMs: this.#source.clock.wallMs() });
    if (!this.#moment.isOver) this.#answer = undefined;
    else if (!wasOver) this.#answer = { twin: this.#twin(), seq: this.#seq };
  }

  #twin(): Twin | undefined {
    const device = findDevice(this.#state, this.place.namespace, this.place.device);
    return device?.object && twinOf(this.#state, device, this.#source.log.node);
  }

  /** Errors: `not_found`, `out_of_range`, `invalid_argument` (a position that has not come yet). */
  reply(): TwinAtReply {
    const { node } = this.#source.log;
    const { atMs, seq: wanted } = this.#until;
    const { twin, seq } = this.#answer ?? { twin: this.#twin(), seq: this.#seq };
    if (wanted !== undefined && wanted > this.#seq) {
      throw new HoldfastError("invalid_argument", `position: the log has no event ${wanted} yet.`);
    }
    if (seq < this.#floor.seq || (wanted ?? seq) < this.#floor.seq) throw beforeHistory(this.#floor.atMs);
    const { atMs: claimedMs, doubt } = this.#moment.verdict();
    if (!twin) {
      const when = atMs === undefined ? `after event ${wanted}` : `at ${rfc3339Seconds(atMs)}`;
      const what = `Device "${this.place.namespace}/${this.place.device}" was not on this gateway ${when}`;
      throw new HoldfastError("not_found", `${what}.`);
    }
    const trusted = wanted !== undefined || doubt === "none";
    const position = printPosition(node, this.epoch ?? { counter: 0, random: 0 }, seq);
    return { twin, position, atMs: claimedMs, trusted, doubt: trusted ? "none" : doubt };
  }
}

function beforeHistory(oldestMs: number): HoldfastError {
  const oldest = rfc3339Seconds(oldestMs + 999);
  return new HoldfastError("out_of_range", `The log of this gateway reaches back to ${oldest}; ask for a later time.`);
}

/** An event that cannot be read is left out, as the live twin leaves it out. */
function factOf(entry: LogEntry): Fact | undefined {
  try {
    return readFact(entry);
  } catch {
    return undefined;
  }
}

function concerns(fact: Fact, { namespace, device }: FoldUntil["place"]): boolean {
  switch (fact.kind) {
    case "device":
      return fact.namespace === namespace && fact.name === device;
    case "model":
      return fact.namespace === namespace;
    case "online":
    case "offline":
      return fact.namespace === namespace && fact.device === device;
    case "resolution":
    case "incarnation":
      return false;
    default:
      return fact.place.namespace === namespace && fact.place.device === device;
  }
}
