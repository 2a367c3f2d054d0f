import {
  createStats,
  type JsonObject,
  type LogClient,
  type LogEntry,
  type Logger,
  type NewEvent,
  newEvent,
  SecretBox,
  sleep,
} from "@holdfast/kernel";
import { Scheduler, type SimulatedClock, seededRandom } from "@holdfast/kernel/testing";
import { desiredTaken, linkPosition, podChanged } from "@holdfast/proto";
import { listObjects, type Noun, podHappenings } from "../object-view.ts";
import type { PodStatus } from "../pod-status.ts";
import { PodTable, podKey } from "../pod-table.ts";
import { Reconciler } from "../reconciler.ts";
import type { Runtime } from "../runtime.ts";
import { type SimulatedContainer, SimulatedMachine } from "./machine-memory.ts";
import { openMemoryRuntime } from "./runtime-memory.ts";

export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};

const node = "gw-1";
const backoff = { baseMs: 10_000, maxMs: 300_000, resetMs: 600_000 };

interface Life {
  readonly clock: SimulatedClock;
  readonly table: PodTable;
  readonly stopping: AbortController;
  reconciler?: Reconciler;
  foldedSeq: number;
}

/** A gateway with a log, a machine and a life of edged that can be killed at any moment. All of it simulated. */
export class Gateway {
  readonly scheduler = new Scheduler();
  readonly machine: SimulatedMachine;
  readonly entries: LogEntry[] = [];
  readonly stats = createStats();
  /** Set: appends wait until it is called. */
  holdAppends = false;
  failed: unknown;
  /** For Secrets; of the next life. */
  key = Buffer.alloc(32, 1);
  #life: Life | undefined;
  #newest: Life | undefined;
  #incarnation = 0;

  constructor(options: { readonly isolation?: boolean } = {}) {
    this.machine = new SimulatedMachine(this.scheduler.clock(), options);
    this.commit([newEvent(linkPosition, {}, { position: 1 })]);
  }

  /** Starts edged; the one before it must have been killed. */
  async boot(): Promise<void> {
    this.#incarnation += 1;
    const clock = this.scheduler.clock();
    const table = new PodTable(this.#secrets());
    for (const entry of this.entries) table.apply(entry);
    const stopping = new AbortController();
    const life: Life = { clock, table, stopping, foldedSeq: this.entries.length };
    const runtime: Runtime = openMemoryRuntime(this.machine);
    await runtime.claim(String(this.#incarnation));
    const fail = (error: unknown) => {
      if (this.#life === life) this.failed = error;
    };
    const world = { clock, logger: silent, stats: this.stats, fail, stopping: stopping.signal };
    this.#life = life;
    this.#newest = life;
    life.reconciler = new Reconciler(world, this.#logFor(life), table, runtime, {
      pollMs: 1000,
      backoff,
      secrets: this.#secrets(),
    });
    life.reconciler.start();
    await this.scheduler.settle();
  }

  /** SIGKILL: nothing of edged runs any more, containers do. */
  kill(): void {
    this.#life?.clock.stop();
    this.#life?.stopping.abort();
    this.#life = undefined;
  }

  async runFor(durationMs: number): Promise<void> {
    await this.scheduler.runFor(durationMs);
    await this.scheduler.settle();
  }

  /** The cloud wants an object. */
  async desire(object: JsonObject): Promise<void> {
    const { kind, name } = identityOf(object);
    await this.desireText(kind, name, JSON.stringify(object));
  }

  /** Whatever stands under the key of an object, well-formed or not. */
  async desireText(kind: string, name: string, text: string): Promise<void> {
    const content = new TextEncoder().encode(text);
    const params = { kind, namespace: "default", name };
    // As the hub takes it.
    const body =
      kind === "secret" ? { sealed: this.#secrets().seal(desiredTaken.key.build(params), content) } : { content };
    this.commit([newEvent(desiredTaken, params, { version: 1, ...body })]);
    await this.runFor(1);
  }

  /** What edged shows to others. */
  list(noun: Noun): JsonObject[] {
    return listObjects(this.#table(), noun, "_", "");
  }

  /** What `describe` tells of a pod. */
  happenings(name: string): string[] {
    return podHappenings(this.#table(), "default", name).map(({ what, message }) => `${what}: ${message}`);
  }

  #table(): PodTable {
    const table = new PodTable();
    for (const entry of this.entries) table.apply(entry);
    return table;
  }

  async remove(kind: string, name: string): Promise<void> {
    this.commit([newEvent(desiredTaken, { kind, namespace: "default", name }, undefined)]);
    await this.runFor(1);
  }

  /** The log was lost and begins anew, empty. */
  loseLog(): void {
    this.entries.length = 0;
  }

  status(name: string): PodStatus {
    const status = this.#table().pods.get(podKey("default", name))?.told?.status;
    if (!status) throw new Error(`nothing was told of ${name}`);
    return status;
  }

  /** What happened to a pod: "started: main started". */
  happened(name: string): string[] {
    return this.entries.flatMap(({ event }) => {
      const at = podChanged.subject.parse(event.subject);
      if (event.type !== podChanged.name || at?.name !== name) return [];
      const { message } = podChanged.message.decode(event.body);
      return [message === "" ? at.what : `${at.what}: ${message}`];
    });
  }

  container(name: string, podUid = "uid-1"): SimulatedContainer {
    const lives = [...this.machine.containers.values()].filter(
      ({ request }) => request.container === name && request.podUid === podUid,
    );
    const newest = lives.sort((a, b) => b.request.attempt - a.request.attempt)[0];
    if (!newest) throw new Error(`there is no container ${name}`);
    return newest;
  }

  #secrets(): SecretBox {
    return new SecretBox(this.key, seededRandom("gateway"));
  }

  #logFor(life: Life): LogClient {
    return {
      node,
      incarnation: this.#incarnation,
      epoch: { counter: 1, random: 1 },
      throughSeq: this.entries.length,
      pressed: false,
      append: async (events) => {
        if (this.machine.latencyMs > 0) await sleep(this.machine.clock, this.machine.latencyMs);
        // The log takes what a killed edged had sent, until the next one has come to life.
        if (this.holdAppends || this.#newest !== life) return new Promise(() => {});
        return this.commit(events);
      },
      folded: async (seq) => {
        while (life.foldedSeq < seq) await sleep(this.machine.clock, 1);
      },
      stop: () => {},
    };
  }

  /** Appends to the log as another module does. */
  commit(events: readonly NewEvent[]): { firstSeq: number; lastSeq: number } {
    const firstSeq = this.entries.length + 1;
    for (const event of events) {
      const entry = { seq: this.entries.length + 1, event: { ...event, module: "", incarnation: 0, restated: false } };
      this.entries.push(entry);
    }
    const life = this.#life;
    const told = this.entries.slice(firstSeq - 1);
    if (life && this.machine.latencyMs === 0) fold(life, told);
    else if (life) this.machine.clock.after(5 * this.machine.latencyMs, () => fold(life, told));
    return { firstSeq, lastSeq: this.entries.length };
  }
}

/** What the tail of the log tells a life of edged. */
function fold(life: Life, entries: readonly LogEntry[]): void {
  for (const entry of entries) {
    life.table.apply(entry);
    life.foldedSeq = Math.max(life.foldedSeq, entry.seq);
  }
  life.reconciler?.wake();
}

function identityOf(object: JsonObject): { kind: string; name: string } {
  const { kind, metadata } = object;
  const name = typeof metadata === "object" && metadata && "name" in metadata ? String(metadata.name) : "";
  return { kind: String(kind).toLowerCase(), name };
}

/** A pod of one container. */
export function podOf(container: JsonObject = {}, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "hello", namespace: "default", uid: "uid-1", ...metadata },
    spec: { containers: [{ name: "main", image: "host", command: ["app"], ...container }], ...spec },
  };
}

export function configMapOf(data: JsonObject, name = "settings"): JsonObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
}

export function secretOf(data: Readonly<Record<string, string>>, name = "door"): JsonObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  const metadata = { name, namespace: "default" };
  return { apiVersion: "v1", kind: "Secret", metadata, data: Object.fromEntries(encoded) };
}
