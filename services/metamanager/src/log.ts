import { type Disk, digestToMessage, every, HoldfastError, hasCode } from "@holdfast/kernel";
import {
  type AckedRequest,
  type AppendRequest,
  type GrantReply,
  type LogStatus,
  MarkCodec,
  type OutboxPage,
  type OutboxRequest,
  type ReplayPage,
  type ReplayRequest,
  type ReportRequest,
} from "@holdfast/proto";
import { append, grantIncarnation } from "./append.ts";
import { checkBudget } from "./budget.ts";
import { Committer } from "./commit.ts";
import { isOverLimit, shrinkOutbox } from "./gap.ts";
import { Maintenance } from "./maintenance.ts";
import { clearStrayBases } from "./open.ts";
import { type LogContext, type OpenedLog, smallJob, viewOfState } from "./opened.ts";
import { acked, chainAt, outboxPage } from "./outbox.ts";
import { pointerKey } from "./pointer.ts";
import { ballastName, openVerified, type Verified } from "./quarantine.ts";
import { eventKey } from "./record.ts";
import { Replays } from "./replay.ts";
import { finishCarry, Reporter } from "./report.ts";
import type { Answer, LogView, Transaction } from "./state.ts";
import { Witnessing } from "./witnessing.ts";

/** Told of what the log does. */
export interface LogListener {
  /** Events are on disk; called in their order, before their author is answered. */
  committed(transaction: Transaction, view: LogView, pressed: boolean): void;
  /** `pressed` changed. */
  pressed(): void;
}

/** A node's event log: all that metamanager serves, without the bus. */
export class EventLog {
  readonly #log: OpenedLog;
  readonly #reporter: Reporter;
  readonly #replays: Replays;
  readonly #maintenance: Maintenance;
  readonly #witnessing: Witnessing;
  readonly #closing: AbortController;
  readonly #stops: (() => void)[] = [];
  readonly #listener: LogListener;
  #shrinking = false;

  /** Errors: `log_locked`, `disk_full`, `config_invalid` (the log of another node), `unavailable`. */
  static async open(context: LogContext, disk: Disk, listener: LogListener): Promise<EventLog> {
    const verified = await openVerified(context, disk);
    const { node } = verified.state.meta;
    if (node !== context.config.node) {
      await verified.store.close();
      const words = `This log belongs to the gateway ${node}, HF_NODE says ${context.config.node}`;
      throw new HoldfastError("config_invalid", `${words}: change HF_NODE, or HF_LOG_DIR for a log of its own.`);
    }
    const log = new EventLog(context, disk, verified, listener);
    await log.#begin(verified);
    return log;
  }

  private constructor(context: LogContext, disk: Disk, verified: Verified, listener: LogListener) {
    this.#listener = listener;
    this.#closing = new AbortController();
    const host = {
      write: (operations: Parameters<OpenedLog["store"]["write"]>[0]) => this.#log.store.write(operations),
      committed: (transaction: Transaction) => this.#committed(transaction),
      recover: (error: unknown) => this.#recover(error),
    };
    this.#log = {
      context,
      disk,
      committer: new Committer(host, context.config),
      store: verified.store,
      state: verified.state,
      view: viewOfState(verified.state),
      outbox: { handedOut: 0, rewriting: false, rewrites: 0 },
      oldGenerations: new Set(),
      openings: 1,
      pressed: false,
      full: false,
      bytes: 0,
      noteWitness: () => this.#witnessing.now(),
      closing: this.#closing.signal,
    };
    this.#reporter = new Reporter(this.#log);
    this.#replays = new Replays(this.#log);
    this.#maintenance = new Maintenance(this.#log, this.#replays);
    this.#witnessing = new Witnessing(this.#log);
  }

  get view(): LogView {
    return this.#log.view;
  }

  get pressed(): boolean {
    return this.#log.pressed;
  }

  /** Resolves when the state report under way has its end; for tests. */
  get reported(): Promise<void> {
    return this.#reporter.running;
  }

  append(request: AppendRequest): Promise<Answer> {
    return append(this.#log, request);
  }

  async grant(module: string): Promise<GrantReply> {
    const incarnation = await grantIncarnation(this.#log, module);
    const { meta, head } = this.#log.view;
    return { incarnation, epoch: meta.epoch, lastSeq: head.last, node: meta.node };
  }

  replay(request: ReplayRequest): Promise<ReplayPage> {
    return this.#read(() => this.#replays.page(request));
  }

  outbox(request: OutboxRequest): Promise<OutboxPage> {
    return this.#read(() => outboxPage(this.#log, request));
  }

  async acked(request: AckedRequest): Promise<LogStatus> {
    await acked(this.#log, request);
    return this.status(0);
  }

  async report(request: ReportRequest): Promise<LogStatus> {
    await this.#reporter.begin(request);
    return this.status(0);
  }

  async status(upSeq: number): Promise<LogStatus> {
    const { view, context, bytes, pressed } = this.#log;
    const chain = await this.#read(() => chainAt(this.#log, upSeq));
    const { meta, head } = view;
    const { epoch, node, acked: ackedUpSeq, gapEvents, quarantines, machineId, fresh } = meta;
    const predecessor = meta.predecessor === "" ? undefined : MarkCodec.decode(Buffer.from(meta.predecessor, "base64"));
    return {
      epoch,
      node,
      firstSeq: meta.first,
      lastSeq: head.last,
      firstUpSeq: meta.upFirst,
      lastUpSeq: head.upLast,
      ackedUpSeq,
      chain,
      predecessor,
      digest: digestToMessage(head.digest),
      bytes,
      outboxEvents: head.upItems - head.ackedItems,
      gapEvents,
      quarantines,
      pressed,
      machineId: context.machineId || machineId,
      fresh,
    };
  }

  /** Waits for the write under way, notes how far the log reaches and closes it. */
  async close(): Promise<void> {
    this.#halt();
    await this.#log.committer.close(new HoldfastError("unavailable", "The event log is closing."));
    await this.#maintenance.idle;
    await this.#log.noteWitness();
    await this.#log.store.close();
  }

  async #begin({ fellBack }: Verified): Promise<void> {
    const { context, state } = this.#log;
    if (fellBack) {
      context.stats.count("base_fallbacks");
      context.logger.error({}, "the newest base of the log was damaged; the one before it took its place");
    }
    await this.#tidy();
    if (state.meta.machineId !== context.machineId) await this.#otherMachine();
    await this.#reporter.resume();
    await checkBudget(this.#log);
    const { budgetMs, witnessMs, maintenanceMs } = context.config;
    const { clock } = context;
    this.#stops.push(
      every(clock, witnessMs, () => this.#attempt(() => this.#witnessing.now())),
      every(clock, maintenanceMs, () => this.#attempt(() => this.#maintenance.turn())),
      every(clock, budgetMs, () =>
        this.#attempt(async () => {
          if (await checkBudget(this.#log)) this.#listener.pressed();
        }),
      ),
    );
    const { epoch, quarantines } = state.meta;
    context.logger.info(
      {
        epoch: epoch.counter,
        first: state.meta.first,
        last: state.head.last,
        entities: state.entities.size,
        quarantines,
      },
      "the event log is open",
    );
  }

  /** Removes what a crash left behind, and ends what it interrupted. Before anything else is written. */
  async #tidy(): Promise<void> {
    const { store, state } = this.#log;
    await clearStrayBases(store, state.meta);
    await store.clear(eventKey(0), eventKey(state.meta.first));
    await finishCarry(this.#log);
    await store.clear(pointerKey(0, 0), pointerKey(state.meta.epoch.counter, 0));
    if (state.meta.upFirst > 1) {
      const { counter } = state.meta.epoch;
      await store.clear(pointerKey(counter, 0), pointerKey(counter, state.meta.upFirst - 1));
    }
  }

  /** A copied disk: nothing is sent under this identity before the cloud has been asked (docs/protocol.md 5). */
  async #otherMachine(): Promise<void> {
    const { committer, context, state } = this.#log;
    context.logger.warn({}, "the log was made on another machine: it begins a new epoch");
    await committer.submit(
      smallJob((transaction) => transaction.changeMeta(state, { machineId: context.machineId, fresh: true })),
    );
  }

  #committed(transaction: Transaction): void {
    const log = this.#log;
    log.view = viewOfState(log.state);
    const { stats } = log.context;
    stats.count("commits");
    if (transaction.events.length > 0) {
      stats.count("events", transaction.events.length);
      stats.gauge("group_events", transaction.events.length);
    }
    const { head } = log.view;
    stats.gauge("outbox_events", head.upItems - head.ackedItems);
    this.#listener.committed(transaction, log.view, log.pressed);
    if (transaction.numbered && !this.#shrinking && isOverLimit(log)) void this.#shrink();
  }

  async #shrink(): Promise<void> {
    this.#shrinking = true;
    try {
      const lost = await this.#log.committer.exclusively(() => shrinkOutbox(this.#log));
      this.#log.context.stats.count("gap_events", lost);
      if (lost > 0)
        this.#log.context.logger.warn({ lost }, "the outbox is over its limit: its oldest range became a gap");
    } catch (error) {
      this.#failUnlessClosing(error);
    } finally {
      this.#shrinking = false;
    }
  }

  /**
   * Any failed write is fatal for the handle. On a full disk the ballast is given back and the log opened and
   * verified again, once; whatever else it was, the process ends (docs/protocol.md 11).
   */
  async #recover(error: unknown): Promise<boolean> {
    const log = this.#log;
    const { context, disk } = log;
    if (!hasCode(error, "disk_full") || !(await disk.list()).includes(ballastName)) {
      this.#die(error);
      return false;
    }
    context.logger.error(
      { problem: error.message },
      "the disk is full: giving back the ballast and opening the log again",
    );
    context.stats.count("reopened_full");
    try {
      await log.store.close();
      await disk.remove(ballastName);
      const verified = await openVerified(context, disk);
      log.store = verified.store;
      log.state = verified.state;
      log.view = viewOfState(verified.state);
      log.openings += 1;
      log.pressed = true;
      log.full = true;
      await this.#tidy();
    } catch (again) {
      this.#die(again);
      return false;
    }
    this.#listener.pressed();
    void this.#attempt(() => this.#reporter.resume());
    return true;
  }

  /** Reading showed damage: the next start verifies everything and decides. */
  async #read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, "log_damaged")) this.#failUnlessClosing(error);
      throw error;
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failUnlessClosing(error);
    }
  }

  #failUnlessClosing(error: unknown): void {
    // A full disk is dealt with where events are written; notes beside the log can wait.
    if (this.#closing.signal.aborted || hasCode(error, "disk_full")) return;
    this.#die(error);
  }

  #die(error: unknown): void {
    this.#halt();
    void this.#log.committer.close(new HoldfastError("unavailable", "The event log has failed; it is started again."));
    this.#log.context.fail(error);
  }

  #halt(): void {
    this.#closing.abort();
    this.#reporter.stop();
    for (const stop of this.#stops.splice(0)) stop();
  }
}
