import {
  type AppendMessage,
  type Bus,
  call,
  type DigestSum,
  digestToMessage,
  emptyDigest,
  ensureCloudStreams,
  entryHash,
  publishEvent,
  replaceEntry,
  type StoredMessage,
  type Streams,
  startService,
} from "@holdfast/kernel";
import {
  between,
  type CollectingLogger,
  collectingLogger,
  MemoryJetStream,
  MemoryNats,
  MemorySecretFiles,
  memoryStreams,
  Scheduler,
  type SeededRandom,
  seededRandom,
} from "@holdfast/kernel/testing";
import {
  type BeatRequest,
  type Contract,
  type Draft,
  type Epoch,
  type EventContract,
  type Keyed,
  MarkCodec,
  mark,
  nodeBeat,
  objectApply,
  objectDelete,
  objectGet,
  objectList,
  type Params,
  type Published,
} from "@holdfast/proto";
import { controller } from "../service.ts";
import { storedSubject } from "../stored-event.ts";

/** The cloud in memory: one bus, its streams, any number of controllers; a test plays the hub and the nodes. */
export class SimulatedCloud {
  readonly scheduler = new Scheduler();
  readonly random: SeededRandom;
  readonly nats: MemoryNats;
  readonly jetStream: MemoryJetStream;
  readonly logger: CollectingLogger = collectingLogger();
  readonly bus: Bus;
  /** Who asks, in the account of users. */
  readonly anna: Bus;
  readonly streams: Streams;
  readonly nodes = new Map<string, SimulatedNode>();
  readonly failures: unknown[] = [];
  #lives = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    const latency = this.random.fork("latency");
    this.nats = new MemoryNats({ clock: this.scheduler, fault: () => [between(latency, 0.05, 0.3)] });
    const publisher = this.nats.connect({ name: "$jetstream" });
    this.jetStream = new MemoryJetStream({
      clock: this.scheduler.clock(),
      latencyMs: () => between(latency, 0.1, 1),
      copyDelayMs: () => between(latency, 0, 50),
      publish: (subject, data, headers) => publisher.publish(subject, data, { headers }),
    });
    this.bus = this.nats.connect({ name: "client" });
    this.anna = this.nats.connect({ name: "anna", user: "anna" });
    this.streams = memoryStreams(this.jetStream, this.bus);
  }

  /** Runs simulated time until the work is done. */
  async done<T>(work: Promise<T>, withinMs = 60_000): Promise<T> {
    let settled = false;
    const outcome = work.finally(() => {
      settled = true;
    });
    outcome.catch(() => {});
    await this.scheduler.runUntil(() => settled, withinMs, "the work");
    return outcome;
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<RunningController> {
    await this.done(ensureCloudStreams(this.streams));
    this.#lives += 1;
    const name = `controller#${this.#lives}`;
    const clock = this.scheduler.clock();
    const world = {
      clock,
      random: this.random.fork(name),
      bootId: "boot",
      machineId: "cloud",
      connect: async () => {
        const bus = this.nats.connect({ name });
        return { bus, streams: memoryStreams(this.jetStream, bus) };
      },
      disk: () => Promise.reject(new Error("a controller has no disk")),
      secretFile: new MemorySecretFiles().open,
    };
    const kill = () => {
      clock.stop();
      this.nats.kill(name);
    };
    const fail = (error: unknown) => {
      this.failures.push(error);
      kill();
    };
    const running = await this.done(
      startService(controller, { world, environment, logger: this.logger.child({ name }), fail }),
      600_000,
    );
    const jumpWall = (byMs: number) => clock.jumpWall(byMs);
    return { name, instance: running.instance, kill, jumpWall, stop: () => this.done(running.stop()) };
  }

  ask<P extends Params, Req, Res>(contract: Contract<P, Req, Res>, params: P, request: Draft<Req>): Promise<Res> {
    return this.done(call(this.anna, contract, params, request, { timeoutMs: 40_000 }));
  }

  async apply(object: ManifestDraft, dryRun = false) {
    const noun = object.kind.toLowerCase();
    const namespace = noun === "node" ? "_" : (object.metadata.namespace ?? "default");
    const reply = await this.ask(objectApply, { namespace, noun }, { object: JSON.stringify(object), dryRun });
    return { ...reply, object: JSON.parse(reply.object) };
  }

  async get(noun: string, name: string, namespace = "default") {
    return JSON.parse((await this.ask(objectGet, { namespace, noun }, { name })).object);
  }

  /** The values of a Secret, asked for. */
  async secret(name: string) {
    const place = { namespace: "default", noun: "secret" };
    return JSON.parse((await this.ask(objectGet, place, { name, showSecrets: true })).object).data;
  }

  async list(noun: string, namespace = "default") {
    const { items } = await this.ask(objectList, { namespace, noun }, {});
    return items.map(({ object }) => JSON.parse(object));
  }

  delete(noun: string, name: string, resourceVersion = "") {
    return this.ask(objectDelete, { namespace: "default", noun }, { name, resourceVersion });
  }

  /** Simulated time, until it is so. */
  async until(what: string, condition: () => boolean, withinMs = 30_000): Promise<void> {
    await this.scheduler.runUntil(condition, withinMs, what);
  }

  /** Asks again and again, in simulated time, until the answer is right. */
  async eventually<T>(
    what: string,
    ask: () => Promise<T>,
    isRight: (answer: T) => boolean,
    withinMs = 30_000,
  ): Promise<T> {
    const endMs = this.scheduler.nowMs + withinMs;
    for (;;) {
      const answer = await ask();
      if (isRight(answer)) return answer;
      if (this.scheduler.nowMs > endMs) throw new Error(`${what}: still ${JSON.stringify(answer)}`);
      await this.scheduler.runFor(100);
    }
  }

  /** The newest message of each subject of a stream. */
  async stored(stream: string, filters?: readonly string[]): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    const collect = async () => {
      const options = { from: "lastPerSubject" as const, ...(filters ? { filters } : {}) };
      for await (const message of this.streams.read(stream, options)) found.push(message);
    };
    await this.done(collect());
    return found;
  }

  node(name: string): SimulatedNode {
    const known = this.nodes.get(name) ?? new SimulatedNode(this, name);
    this.nodes.set(name, known);
    return known;
  }
}

export interface RunningController {
  readonly name: string;
  readonly instance: string;
  kill(): void;
  /** Somebody sets the clock of its machine. */
  jumpWall(byMs: number): void;
  stop(): Promise<void>;
}

export interface ManifestDraft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** A gateway as the controller sees it: heartbeats that a hub passes on, and events that a hub has stored. */
export class SimulatedNode {
  readonly name: string;
  readonly #cloud: SimulatedCloud;
  readonly #hashes = new Map<string, bigint>();
  epoch: Epoch = { counter: 1, random: 7 };
  upSeq = 0;
  digest: DigestSum = emptyDigest;
  #markSeq = 0;

  constructor(cloud: SimulatedCloud, name: string) {
    this.#cloud = cloud;
    this.name = name;
  }

  /** As if its hub had answered a heartbeat. */
  beat(beat: Draft<BeatRequest> = {}, hubAt = 0): void {
    const reply = { incarnation: beat.incarnation, at: hubAt || (beat.position ?? 0) };
    publishEvent(this.#cloud.bus, nodeBeat, { node: this.name }, { beat, reply, hub: "hub-1" });
  }

  /** One event of the node's log, for `say`. An undefined message is a removal. */
  event<P extends Params, M>(
    contract: EventContract<P, M> & Published<P, M> & Keyed<Params>,
    params: P,
    message: Draft<M> | undefined,
  ): NodeEvent {
    const data = message ? contract.message.encode(message) : new Uint8Array();
    const subject = contract.subject.build(params);
    const key = contract.key.build(params);
    return {
      subject,
      key,
      type: contract.name,
      digested: contract.digested,
      ending: message ? contract.ending : "removal",
      data,
    };
  }

  /** Commits events with a mark, as the hub does; `corrupt` claims a digest that is not that of the events. */
  async say(events: readonly NodeEvent[], corrupt = false): Promise<void> {
    const messages: AppendMessage[] = events.map((event) => {
      this.upSeq += 1;
      const headers = new Map([
        ["Hf-Node", this.name],
        ["Hf-Epoch", `${this.epoch.counter}.${this.epoch.random}`],
        ["Hf-Up-Seq", String(this.upSeq)],
        ["Hf-Part", "0"],
        ["Hf-Type", event.type],
        ["Hf-Key", event.key],
        ["Hf-Ending", event.ending],
        ...(event.digested ? [["Hf-Digested", "1"] as const] : []),
        ...(event.atMs === undefined ? [] : [["Hf-At", String(event.atMs)] as const]),
        ...(event.restated === true ? [["Hf-Restated", "1"] as const] : []),
      ]);
      if (event.digested) this.#count(event);
      return { subject: storedSubject(event.subject), data: event.data, headers };
    });
    const digest = digestToMessage(corrupt ? { sum: 1n, count: 1 } : this.digest);
    const data = MarkCodec.encode({ epoch: this.epoch, upSeq: this.upSeq, digest });
    const subject = mark.subject.build({ node: this.name });
    messages.push({ subject, data, expectSeq: this.#markSeq, rollup: true, neverExpires: true });
    // Straight into the server: what troubles the controllers is not the hub's trouble.
    this.#markSeq = this.#cloud.jetStream.append("EVENTS", messages);
  }

  #count({ key, data, ending }: NodeEvent): void {
    const hash = ending === "removal" ? undefined : entryHash(key, 0, data);
    this.digest = replaceEntry(this.digest, this.#hashes.get(key), hash);
    if (hash === undefined) this.#hashes.delete(key);
    else this.#hashes.set(key, hash);
  }
}

export interface NodeEvent {
  readonly subject: string;
  readonly key: string;
  readonly type: string;
  readonly digested: boolean;
  readonly ending: string;
  readonly data: Uint8Array;
  /** Wall time of the gateway; absent = that of the store counts. */
  readonly atMs?: number;
  readonly restated?: boolean;
}
