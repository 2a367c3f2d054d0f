import { type Disk, every, HoldfastError, hasCode } from "@holdfast/kernel";
import type {
  AckedRequest,
  AppendRequest,
  BackupPage,
  BackupRequest,
  GrantReply,
  LogStatus,
  OutboxPage,
  OutboxRequest,
  ReplayPage,
  ReplayRequest,
  ReportRequest,
} from "@holdfast/proto";
import { append, grantIncarnation } from "./append.ts";
import { Backups } from "./backup.ts";
import { checkBudget } from "./budget.ts";
import { Committer } from "./commit.ts";
import { isOverLimit, shrinkOutbox } from "./gap.ts";
import { Maintenance } from "./maintenance.ts";
import { type LogContext, type OpenedLog, smallJob, viewOfState } from "./opened.ts";
import { acked, outboxPage } from "./outbox.ts";
import { openVerified, type Verified } from "./quarantine.ts";
import { reopenWithoutBallast, tidyUp } from "./reopen.ts";
import { Replays } from "./replay.ts";
import { Reporter } from "./report.ts";
import { countStart, forgetStarts } from "./starts.ts";
import type { Answer, LogView, Transaction } from "./state.ts";
import { statusOf } from "./status.ts";
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
  readonly #backups: Backups;
  readonly #maintenance: Maintenance;
  readonly #witnessing: Witnessing;
  readonly #closing: AbortController;
  readonly #stops: (() => void)[] = [];
  readonly #listener: LogListener;
  #shrinking = false;
  #shrinkAgainFrom = 0;

  /** Errors: `log_locked`, `disk_full`, `config_invalid` (the log of another node), `unavailable`. */
  static async open(context: LogContext, disk: Disk, listener: LogListener): Promise<EventLog> {
    const verified = await openVerified(context, disk, await countStart(disk));
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
      exhausted: false,
      bytes: 0,
      noteWitness: () => this.#witnessing.now(),
      closing: this.#closing.signal,
    };
    this.#reporter = new Reporter(this.#log);
    this.#replays = new Replays(this.#log);
    this.#backups = new Backups(this.#log);
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

  backup(request: BackupRequest): Promise<BackupPage> {
    return this.#read(() => this.#backups.page(request));
  }

  async acked(request: AckedRequest): Promise<LogStatus> {
    await acked(this.#log, request);
    return this.status(0);
  }

  async report(request: ReportRequest): Promise<LogStatus> {
    await this.#reporter.begin(request);
    this.#shrinkAgainFrom = 0;
    return this.status(0);
  }

  status(upSeq: number): Promise<LogStatus> {
    return this.#read(() => statusOf(this.#log, upSeq));
  }

  /** Waits for the write under way, notes how far the log reaches and closes it. */
  async close(): Promise<void> {
    this.#halt();
    await this.#log.committer.close(new HoldfastError("unavailable", "The event log is closing."));
    await this.#maintenance.idle;
    await this.#log.noteWitness();
    await this.#backups.close();
    await this.#log.store.close();
    await forgetStarts(this.#log.disk);
  }

  async #begin({ fellBack }: Verified): Promise<void> {
    const { context, state } = this.#log;
    if (fellBack) {
      context.stats.count("base_fallbacks");
      context.logger.error({}, "the newest base of the log was damaged; the one before it took its place");
    }
    await tidyUp(this.#log);
    if (state.meta.machineId !== context.machineId) await this.#otherMachine();
    await this.#reporter.resume();
    await checkBudget(this.#log);
    const { budgetMs, witnessMs, maintenanceMs } = context.config;
    const { clock } = context;
    this.#stops.push(
      clock.after(context.config.settledMs, () => void this.#attempt(() => forgetStarts(this.#log.disk))),
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
    const mayShrink = transaction.numbered && !this.#shrinking && log.state.head.upItems >= this.#shrinkAgainFrom;
    if (mayShrink && isOverLimit(log)) void this.#shrink();
  }

  async #shrink(): Promise<void> {
    this.#shrinking = true;
    try {
      const { committer, context } = this.#log;
      const lost = await committer.exclusively(() => shrinkOutbox(this.#log));
      context.stats.count("gap_events", lost);
      // Nothing but the last events of keys is left: look again when it has grown by a tenth.
      const pause = lost > 0 ? 0 : Math.ceil(context.config.outboxMaxEvents / 10);
      this.#shrinkAgainFrom = this.#log.state.head.upItems + pause;
      if (lost > 0) context.logger.warn({ lost }, "the outbox is over its limit: its oldest range became a gap");
    } catch (error) {
      this.#failUnlessClosing(error);
    } finally {
      this.#shrinking = false;
    }
  }

  /** Any failed write is fatal for the handle; only for want of space it may be opened again. */
  async #recover(error: unknown): Promise<boolean> {
    try {
      if (!hasCode(error, "disk_full") || !(await reopenWithoutBallast(this.#log))) throw error;
    } catch (final) {
      this.#die(final);
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
