import { createStats, encodeEvent, type NewEvent, newEvent, readConfig, systemClock } from "@holdfast/kernel";
import { collectingLogger, MemoryDisk, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import {
  type AppendReply,
  type LogEvent,
  LogEventCodec,
  type LogStatus,
  type Mark,
  podChanged,
  twinProposed,
  twinReported,
  type UpItem,
  UpItemCodec,
} from "@holdfast/proto";
import { type MetamanagerConfig, metamanagerConfig } from "../config.ts";
import { EventLog } from "../log.ts";
import type { LogContext } from "../opened.ts";

/** Small enough that a handful of events reaches every limit. */
const smallLimits: Partial<MetamanagerConfig> = {
  ballastBytes: 1000,
  freeMinBytes: 0,
  pageEvents: 5,
  frameEvents: 4,
};

export interface Folded {
  readonly events: readonly { readonly seq: number; readonly event: LogEvent }[];
  /** Key -> body, as text. */
  readonly state: ReadonlyMap<string, string>;
  readonly fromBase: boolean;
}

/** A module that appends straight to a log, without a bus. */
export class LogAuthor {
  readonly #log: EventLog;
  #incarnation = 0;
  #n = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  async grant(): Promise<void> {
    this.#incarnation = (await this.#log.grant("tester")).incarnation;
    this.#n = 0;
  }

  append(...events: NewEvent[]): Promise<AppendReply> {
    const author = { module: "tester", incarnation: this.#incarnation };
    const world = { clock: systemClock, bootId: "boot" };
    this.#n += 1;
    return this.#log.append({
      ...author,
      n: this.#n,
      events: events.map((event) => encodeEvent(world, author, event)),
    });
  }
}

/** A log on a disk in memory that can be crashed and opened again, and a module that appends to it. */
export class LogFixture {
  readonly disk = new MemoryDisk();
  readonly scheduler = new Scheduler();
  readonly logger = collectingLogger();
  readonly failures: unknown[] = [];
  readonly published: { seq: number; key: string }[] = [];
  readonly config: MetamanagerConfig;
  stats = createStats();
  machineId = "machine-1";
  incarnation = 0;
  n = 0;
  #log: EventLog | undefined;
  #clock = this.scheduler.clock();
  readonly #random = seededRandom(7);

  constructor(limits: Partial<MetamanagerConfig> = {}) {
    const defaults = readConfig(metamanagerConfig, { HF_NODE: "gw-1" });
    this.config = { ...defaults, ...smallLimits, ...limits };
  }

  get log(): EventLog {
    if (!this.#log) throw new Error("The log is not open.");
    return this.#log;
  }

  async open(): Promise<EventLog> {
    this.#clock = this.scheduler.clock();
    const context: LogContext = {
      clock: this.#clock,
      random: this.#random,
      logger: this.logger,
      stats: this.stats,
      config: this.config,
      machineId: this.machineId,
      fail: (error) => this.failures.push(error),
    };
    this.#log = await EventLog.open(context, this.disk.mount(), {
      committed: ({ events }) => {
        for (const { seq, event } of events) this.published.push({ seq, key: event.key });
      },
      pressed: () => {},
    });
    return this.#log;
  }

  async close(): Promise<void> {
    await this.log.close();
    this.#clock.stop();
  }

  crash(options: { readonly keepUnsynced?: boolean } = {}): void {
    this.#clock.stop();
    this.disk.crash(options);
    this.#log = undefined;
  }

  async crashAndOpen(options: { readonly keepUnsynced?: boolean } = {}): Promise<EventLog> {
    this.crash(options);
    return this.open();
  }

  async grant(): Promise<void> {
    this.incarnation = (await this.log.grant("tester")).incarnation;
    this.n = 0;
  }

  append(...events: NewEvent[]): Promise<AppendReply> {
    this.n += 1;
    return this.repeat(this.n, ...events);
  }

  async repeat(n: number, ...events: NewEvent[]): Promise<AppendReply> {
    const author = { module: "tester", incarnation: this.incarnation };
    const world = { clock: this.#clock, bootId: "boot" };
    return this.log.append({ ...author, n, events: events.map((event) => encodeEvent(world, author, event)) });
  }

  /** Everything from `afterSeq` on, page by page. */
  async replay(afterSeq = 0, prefixes: readonly string[] = [], fromFloor = false): Promise<Folded> {
    const events: { seq: number; event: LogEvent }[] = [];
    const state = new Map<string, string>();
    let cursor = "";
    let fromBase = false;
    for (;;) {
      const page = await this.log.replay({ afterSeq, cursor, prefixes, fromFloor });
      fromBase ||= page.fromBase;
      for (const { seq, event: raw } of page.events) {
        const event = LogEventCodec.decode(raw);
        events.push({ seq, event });
        foldInto(state, event);
      }
      if (!page.more) return { events, state, fromBase };
      cursor = page.cursor;
    }
  }

  status(chainAt = 0): Promise<LogStatus> {
    return this.log.status(chainAt);
  }

  /** Begins an epoch as the hub does after hello, and waits for its end. */
  async report(predecessor?: Mark): Promise<LogStatus> {
    await this.log.report(predecessor ? { predecessor, sameEpoch: false } : { sameEpoch: false });
    await this.log.reported;
    return this.status();
  }

  /** The outbox after `upSeq`, as pages. */
  async pages(afterUpSeq = 0): Promise<{ items: UpItem[]; bytes: Uint8Array[]; chain: number; lastUpSeq: number }[]> {
    const pages: { items: UpItem[]; bytes: Uint8Array[]; chain: number; lastUpSeq: number }[] = [];
    const { epoch } = await this.status();
    let after = afterUpSeq;
    for (;;) {
      const page = await this.log.outbox({ epoch, afterUpSeq: after });
      if (page.items.length === 0) return pages;
      const { items, chain, lastUpSeq } = page;
      pages.push({ items: items.map((item) => UpItemCodec.decode(item)), bytes: [...items], chain, lastUpSeq });
      after = lastUpSeq;
    }
  }

  async acked(upSeq: number, rewind = false): Promise<LogStatus> {
    const { epoch } = await this.status();
    return this.log.acked({ epoch, upSeq, rewind });
  }
}

export function foldInto(state: Map<string, string>, event: LogEvent): void {
  if (event.ending === "removal") state.delete(event.key);
  else if (event.ending === "state") state.set(event.key, Buffer.from(event.body).toString("hex"));
}

const place = { node: "gw-1", namespace: "default", device: "boiler" };

export function reported(property: string, value: number): NewEvent {
  return newEvent(twinReported, { ...place, property }, { value: { kind: "double", double: value }, quality: "good" });
}

export function pod(name: string, message: string | undefined): NewEvent {
  const params = { node: "gw-1", namespace: "default", name, what: "started" };
  return newEvent(podChanged, params, message === undefined ? undefined : { message, status: "{}" });
}

export function proposal(id: string): NewEvent {
  return newEvent(twinProposed, { ...place, id }, { property: "setpoint", order: 1 });
}

/** State that stays on the gateway. */
export function desired(name: string, text: string | undefined): NewEvent {
  const key = `desired/pod/default/${name}`;
  const body = new Uint8Array(Buffer.from(text ?? ""));
  const ending = text === undefined ? "removal" : "state";
  return { key, type: "DesiredTaken", ending, subject: "", up: false, digested: false, body, actor: "", cause: "" };
}

export function transient(device: string): NewEvent {
  const body = new Uint8Array();
  const subject = `hf.twin.gw-1.default.${device}.online`;
  const key = `online/default/${device}`;
  return {
    key,
    type: "DeviceOnline",
    ending: "transient",
    subject,
    up: true,
    digested: false,
    body,
    actor: "",
    cause: "",
  };
}
