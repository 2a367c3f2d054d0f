import { type Bus, every, publishEvent } from "@holdfast/kernel";
import { committed, type LoggedEvent, outgoing } from "@holdfast/proto";
import type { LogContext, OpenedLog } from "./opened.ts";
import type { CommittedEvent, LogView, Transaction } from "./state.ts";

/** One message of the tail has at most about this many bytes: below what the bus takes at once. */
const messageBytes = 256 * 1024;

/** Tells the edge bus what has been committed, after it is on disk (docs/protocol.md 2, 3). */
export class Tail {
  readonly #bus: Bus;
  readonly #context: LogContext;
  readonly #stop: () => void;
  #told = 0;

  constructor(bus: Bus, context: LogContext, log: Pick<OpenedLog, "view" | "pressed">) {
    this.#bus = bus;
    this.#context = context;
    this.#told = log.view.head.last;
    const { heartbeatMs } = context.config;
    this.#stop = every(context.clock, heartbeatMs, () => this.heartbeat(log));
    this.heartbeat(log);
  }

  stop(): void {
    this.#stop();
  }

  /** How far the log is, although there is nothing new. */
  heartbeat({ view, pressed }: Pick<OpenedLog, "view" | "pressed">): void {
    const lastSeq = view.head.last;
    publishEvent(this.#bus, committed, {}, { prevSeq: lastSeq, lastSeq, epoch: view.meta.epoch, pressed });
  }

  /** Never throws: what is on disk is on disk, whether or not it can be told. */
  committed(transaction: Transaction, view: LogView, pressed: boolean): void {
    try {
      this.#tell(transaction, view, pressed);
    } catch (error) {
      // The next message must show a gap where this one is missing.
      this.#told = view.head.last;
      this.#context.stats.count("tail_failures");
      this.#context.logger.error({ error: String(error) }, "a commit could not be told; followers find it by the gap");
    }
  }

  #tell(transaction: Transaction, { meta, head }: LogView, pressed: boolean): void {
    const events: LoggedEvent[] = [];
    let bytes = 0;
    const flush = (lastSeq: number) => {
      const message = { prevSeq: this.#told, events: events.splice(0), lastSeq, epoch: meta.epoch, pressed };
      publishEvent(this.#bus, committed, {}, message);
      this.#told = lastSeq;
      bytes = 0;
    };
    for (const { seq, raw } of transaction.events) {
      if (events.length > 0 && bytes + raw.length > messageBytes) flush(seq - 1);
      events.push({ seq, event: raw });
      bytes += raw.length;
    }
    if (events.length > 0) flush(head.last);
    for (const event of transaction.events) this.#publish(event);
    if (transaction.numbered) publishEvent(this.#bus, outgoing, {}, { lastUpSeq: head.upLast });
  }

  /** Under its final subject, with what the body does not say. */
  #publish({ seq, event }: CommittedEvent): void {
    if (event.subject === "" || event.restated) return;
    const headers = new Map<string, string>([
      ["Hf-Node", this.#context.config.node],
      ["Hf-Seq", String(seq)],
      ["Hf-Key", event.key],
      ["Hf-Type", event.type],
      ["Hf-Ending", event.ending],
    ]);
    // As the cloud has them: a header cannot hold every byte that a name or an id may have.
    if (event.actor !== "") headers.set("Hf-Actor", encodeURIComponent(event.actor));
    if (event.cause !== "") headers.set("Hf-Cause", encodeURIComponent(event.cause));
    if (event.stamp) headers.set("Hf-At", String(event.stamp.wallMs));
    this.#bus.publish(event.subject, event.body, { headers });
  }
}
