import { digestToMessage, HoldfastError } from "@holdfast/kernel";
import { BornCodec, LogEventCodec, type Mark, MarkCodec, type ReportRequest } from "@holdfast/proto";
import { type Located, readEntities, readScattered } from "./events.ts";
import { numberItem } from "./number.ts";
import { type OpenedLog, smallJob, viewOfState } from "./opened.ts";
import { chainAt, logSeqsOf } from "./outbox.ts";
import { decodePointer, gapEventsOf, type Pointer, pointerKey } from "./pointer.ts";
import { isRestated, restatedBytes } from "./record.ts";
import { addEvent, type Carry, type LogState, Transaction, upEntities } from "./state.ts";

/** Pointers carried over in one write, and entities stated again in one. */
const carryStep = 512;
const restateStep = 128;

/** The state report that is being numbered. A newer one takes its place. */
export class Reporter {
  readonly #log: OpenedLog;
  #turn = 0;
  /** Resolves when the report under way has numbered its end, or was replaced. */
  running: Promise<void> = Promise.resolve();

  constructor(log: OpenedLog) {
    this.#log = log;
  }

  /**
   * Begins a new epoch that follows the cloud's mark, or the report of this one anew; the outbox has its begin
   * and what is carried over when this resolves, the state and the end follow (docs/protocol.md 5).
   */
  async begin(request: ReportRequest): Promise<void> {
    if (!request.sameEpoch && isRepeat(this.#log, request.predecessor)) return;
    await this.#run(() => (request.sameEpoch ? beginAgain(this.#log) : beginEpoch(this.#log, request.predecessor)));
    this.#log.context.stats.count(request.sameEpoch ? "reports_again" : "epochs");
  }

  /**
   * After the log was opened: a report without its end begins again in the same epoch. Of a copied disk it does
   * not: there the cloud is asked first, and the epoch that it leads to begins with a report of its own.
   */
  async resume(): Promise<void> {
    const { begin, fresh } = this.#log.state.meta;
    if (begin === 0 || fresh) return;
    await this.#run(() => beginAgain(this.#log));
    this.#log.context.stats.count("reports_again");
  }

  stop(): void {
    this.#turn += 1;
  }

  async #run(begin: () => Promise<void>): Promise<void> {
    const { committer } = this.#log;
    const outline = await committer.exclusively(async () => {
      // What is still to be numbered of an earlier report would otherwise come after this begin.
      const turn = ++this.#turn;
      await begin();
      // Here everything is on disk; a moment later the next events may be under way to it.
      const { meta, head } = this.#log.state;
      return { turn, begin: meta.begin, beganAt: head.last, keys: upEntities(this.#log.state) };
    });
    const { openings } = this.#log;
    const { turn } = outline;
    const isCurrent = () => turn === this.#turn && openings === this.#log.openings && !this.#log.closing.aborted;
    this.running = restateAll(this.#log, outline, isCurrent).catch((error) => {
      if (isCurrent()) this.#log.context.fail(error);
    });
  }
}

/** What a report names, and where it begins in outbox and log. */
interface Outline {
  readonly begin: number;
  readonly beganAt: number;
  readonly keys: readonly string[];
}

/** The answer to the same request was lost: nothing has been acknowledged of the epoch that it made. */
function isRepeat({ view }: OpenedLog, predecessor: Mark | undefined): boolean {
  const { meta } = view;
  const same = meta.predecessor === (predecessor ? Buffer.from(MarkCodec.encode(predecessor)).toString("base64") : "");
  return !meta.fresh && meta.acked === 0 && meta.upFirst === 1 && same;
}

/** Writes what has been prepared and makes it visible. Only while running alone on the log. */
async function write(log: OpenedLog, transaction: Transaction): Promise<void> {
  await log.store.write(transaction.finish());
  log.view = viewOfState(log.state);
}

async function beginAgain(log: OpenedLog): Promise<void> {
  const { state } = log;
  if (state.meta.fresh) throw new HoldfastError("invalid_argument", "same_epoch: this epoch has not begun; say hello.");
  await finishCarry(log);
  const transaction = new Transaction();
  numberBegin(state, transaction);
  await write(log, transaction);
}

function numberBegin(state: LogState, transaction: Transaction): void {
  const { epoch, predecessor } = state.meta;
  const mark = predecessor === "" ? undefined : MarkCodec.decode(Buffer.from(predecessor, "base64"));
  const begin = mark ? { epoch, predecessor: mark } : { epoch };
  const { upSeq } = numberItem(state, transaction, { kind: "begin", logSeq: state.head.last, inline: { begin } });
  transaction.changeMeta(state, { begin: upSeq });
}

/** No node began so many epochs; keys of the outbox have room for four bytes. */
const epochCounterMax = 2 ** 31;

async function beginEpoch(log: OpenedLog, predecessor: Mark | undefined): Promise<void> {
  const before = Math.max(log.state.meta.epoch.counter, predecessor?.epoch?.counter ?? 0);
  if (before >= epochCounterMax) {
    const words = `predecessor: no log has had ${before} epochs; the cloud's mark of this node is damaged`;
    throw new HoldfastError("invalid_argument", `${words}: remove it from EVENTS.`);
  }
  await finishCarry(log);
  const { state, context } = log;
  const { meta, head } = state;
  const known = await knownToCloud(log, predecessor);
  const lost = Math.max(0, meta.upFirst - 1 - known);
  const carry: Carry = {
    ...meta.epoch,
    next: Math.max(known + 1, meta.upFirst),
    through: head.upLast,
  };
  const epoch = { counter: before + 1, random: context.random.u32() };
  const transaction = new Transaction();
  transaction.changeMeta(state, {
    epoch,
    fresh: false,
    predecessor: predecessor ? Buffer.from(MarkCodec.encode(predecessor)).toString("base64") : "",
    acked: 0,
    upFirst: 1,
    carry,
    gapEvents: meta.gapEvents + lost,
  });
  state.head = { ...head, upLast: 0, upChain: 0, upItems: 0, upBytes: 0, ackedItems: 0, ackedBytes: 0 };
  log.outbox.handedOut = 0;
  numberBegin(state, transaction);
  if (lost > 0) numberGap(state, transaction, lost);
  await write(log, transaction);
  await carryOver(log, carry);
}

/** The last upSeq of this epoch that the cloud surely has. */
async function knownToCloud(log: OpenedLog, mark: Mark | undefined): Promise<number> {
  const { meta } = log.view;
  const { epoch } = meta;
  if (!mark) return 0;
  if (mark.epoch?.counter === epoch.counter && mark.epoch.random === epoch.random) {
    if (mark.upSeq >= meta.acked) return meta.acked;
    const chain = await chainAt(log, mark.upSeq);
    // Beyond what can be compared: it took this much of the epoch, whatever became of the rest.
    return chain === undefined || chain === mark.chain ? mark.upSeq : meta.acked;
  }
  // An older epoch: the cloud lost all of this one. A newer one: this log was put back, and its own word counts.
  return (mark.epoch?.counter ?? 0) < epoch.counter ? 0 : meta.acked;
}

/** A crash came while the epoch changed: the rest is numbered before anything new is. */
export async function finishCarry(log: OpenedLog): Promise<void> {
  if (log.state.meta.carry) await carryOver(log, log.state.meta.carry);
}

/**
 * Numbers what the cloud does not have again, in the new epoch, each with where it was born. Ends when all of
 * it is on disk: a newer event must not be numbered before an older one.
 */
async function carryOver(log: OpenedLog, carry: Carry): Promise<void> {
  const { state, store } = log;
  const to = pointerKey(carry.counter, carry.through + 1);
  let { next } = carry;
  for (;;) {
    const page = await store.scan({ gte: pointerKey(carry.counter, next), lt: to, limit: carryStep });
    const pointers = page.map(([key, value]) => decodePointer(key, value));
    const last = pointers.at(-1);
    if (!last) break;
    const events = await readScattered(store, state.meta, logSeqsOf(pointers));
    const transaction = new Transaction();
    for (const pointer of pointers) {
      const record = events.get(pointer.logSeq);
      if (pointer.kind === "gap") numberGap(state, transaction, gapEventsOf(pointer));
      if (pointer.kind !== "event" || !record || isRestated(record.flags)) continue;
      const born = bornOf(carry, pointer);
      numberItem(state, transaction, { kind: "event", logSeq: pointer.logSeq, raw: record.raw, born });
    }
    next = last.upSeq + 1;
    transaction.changeMeta(state, { carry: { ...carry, next } });
    await write(log, transaction);
  }
  const done = new Transaction();
  done.changeMeta(state, { carry: null });
  await write(log, done);
  await store.clear(pointerKey(0, 0), pointerKey(state.meta.epoch.counter, 0));
}

function bornOf(carry: Carry, pointer: Pointer): Uint8Array {
  if (pointer.born.length > 0) return pointer.born;
  const epoch = { counter: carry.counter, random: carry.random };
  return BornCodec.encode({ epoch, upSeq: pointer.upSeq, chain: pointer.chain });
}

/** What an epoch lost is told once in the next one. */
export function numberGap(state: LogState, transaction: Transaction, events: number): void {
  const from = state.head.upLast + 1;
  numberItem(state, transaction, { kind: "gap", logSeq: state.head.last, inline: { gap: { from, events } } });
}

/** Numbers the current value of every entity that goes up, in small steps between other commits, then the end. */
async function restateAll(log: OpenedLog, { begin, beganAt, keys }: Outline, isCurrent: () => boolean): Promise<void> {
  for (let from = 0; from < keys.length; from += restateStep) {
    await restate(log, keys.slice(from, from + restateStep), beganAt, isCurrent);
    if (!isCurrent()) return;
  }
  await log.committer.submit(
    smallJob((transaction) => {
      const { state } = log;
      if (!isCurrent()) return;
      const end = { digest: digestToMessage(state.head.digest), beginUpSeq: begin };
      numberItem(state, transaction, { kind: "end", logSeq: state.head.last, inline: { end } });
      transaction.changeMeta(state, { begin: 0 });
    }),
  );
}

async function restate(log: OpenedLog, keys: readonly string[], beganAt: number, isCurrent: () => boolean) {
  const located: Located[] = [];
  for (const key of keys) {
    const entity = log.state.entities.get(key);
    if (entity && entity.seq <= beganAt) located.push({ key, entity });
  }
  if (located.length === 0 || !isCurrent()) return;
  const raws = await readEntities(log.store, log.state.meta, located);
  const found = located.map(({ key, entity }, index) => {
    return { key, seq: entity.seq, raw: restatedBytes(raws[index] ?? new Uint8Array(), entity.flags) };
  });
  const bytes = found.reduce((sum, { raw }) => sum + raw.length, 0);
  await log.committer.submit({
    events: found.length,
    bytes,
    always: true,
    prepare: (transaction) => {
      if (!isCurrent()) return;
      for (const { key, seq, raw } of found) {
        // Changed since: that event came after the begin and names the key.
        if (log.state.entities.get(key)?.seq !== seq) continue;
        addEvent(log.state, transaction, raw, LogEventCodec.decode(raw));
        numberItem(log.state, transaction, { kind: "event", logSeq: log.state.head.last, raw });
      }
    },
  });
}
