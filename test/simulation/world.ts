import {
  type AnyService,
  type Connection,
  type Environment,
  type Logger,
  randomId,
  type Service,
  type Store,
  type Streams,
  startService,
  type World,
} from "@holdfast/kernel";
import {
  between,
  type CollectingLogger,
  chance,
  collectingLogger,
  type Fault,
  MemoryDisk,
  MemoryJetStream,
  MemoryNats,
  MemorySecretFiles,
  memoryStreams,
  Scheduler,
  type SeededRandom,
  type SimulatedClock,
  seededRandom,
} from "@holdfast/kernel/testing";

/** How unreliable the network between cloud and gateways is. */
export interface Weather {
  readonly lossShare: number;
  readonly duplicateShare: number;
  readonly delayMaxMs: number;
}
export const calm: Weather = { lossShare: 0, duplicateShare: 0, delayMaxMs: 0.5 };

/** A bug planted in what the modules stand on, to prove that the checkers find it. */
export interface Sabotage {
  readonly streams?: (streams: Streams) => Streams;
  readonly store?: (store: Store) => Store;
}

/** The cloud's NATS and streams, and one NATS and one disk per gateway; all processes live in one Node process. */
export class SimulatedWorld {
  readonly scheduler = new Scheduler();
  readonly random: SeededRandom;
  readonly seed: number;
  readonly logger: CollectingLogger = collectingLogger();
  readonly cloud: MemoryNats;
  readonly jetStream: MemoryJetStream;
  readonly gateways = new Map<string, Gateway>();
  readonly processes: SimulatedProcess[] = [];
  weather: Weather = calm;
  /** What happened, for a failure's trace and for the test of determinism. */
  readonly trace: string[] = [];

  readonly sabotage: Sabotage;

  constructor(seed: number, sabotage: Sabotage = {}) {
    this.seed = seed;
    this.sabotage = sabotage;
    this.random = seededRandom(seed);
    const network = this.random.fork("network");
    const fault: Fault = (from, to) => this.#delays(network, from, to);
    const clock = this.scheduler.clock();
    this.cloud = new MemoryNats({ clock: this.scheduler, fault });
    const latency = this.random.fork("latency");
    const publisher = this.cloud.connect({ name: "$jetstream" });
    this.jetStream = new MemoryJetStream({
      clock,
      latencyMs: () => between(latency, 0.1, 1),
      copyDelayMs: () => between(latency, 0, 50),
      isHeard: (subject) => this.cloud.isHeard(subject),
      publish: (subject, data, headers) => publisher.publish(subject, data, { headers }),
    });
  }

  #delays(random: SeededRandom, from: string, to: string): readonly number[] {
    // Only what crosses the link suffers; inside the cloud and inside a gateway messages just take a moment.
    const crosses = from.includes("/link") !== to.includes("/link");
    if (!crosses) return [between(random, 0.05, 0.3)];
    const { lossShare, duplicateShare, delayMaxMs } = this.weather;
    if (chance(random, lossShare)) return [];
    const delayMs = between(random, 0.2, 0.5 + delayMaxMs);
    return chance(random, duplicateShare) ? [delayMs, delayMs + between(random, 0, delayMaxMs)] : [delayMs];
  }

  gateway(name: string): Gateway {
    let gateway = this.gateways.get(name);
    if (!gateway) {
      const random = this.random.fork(`bus of ${name}`);
      const nats = new MemoryNats({ clock: this.scheduler, fault: () => [between(random, 0.02, 0.2)] });
      gateway = { name, nats, disk: new MemoryDisk(), boot: 1 };
      this.gateways.set(name, gateway);
    }
    return gateway;
  }

  note(what: string): void {
    this.trace.push(`${this.scheduler.nowMs.toFixed(1)} ${what}`);
  }

  /** Adds a process; it is started again after `fail` and after `kill`, as its supervisor would. */
  add<C, S>(name: string, service: Service<C, S>, environment: Environment, gateway?: Gateway): SimulatedProcess {
    const process = new SimulatedProcess(this, name, service as AnyService, environment, gateway);
    this.processes.push(process);
    return process;
  }

  /** The gateway's wire to the cloud. */
  cutLink(gateway: string): void {
    this.note(`cut ${gateway}`);
    this.cloud.cut(linkName(gateway));
  }
  healLink(gateway: string): void {
    this.note(`heal ${gateway}`);
    this.cloud.restore(linkName(gateway));
  }
}

export interface Gateway {
  readonly name: string;
  readonly nats: MemoryNats;
  readonly disk: MemoryDisk;
  boot: number;
}

/** Connections of a gateway to the cloud have this name, so that they can be cut together. */
function linkName(gateway: string): string {
  return `${gateway}/link`;
}

/** A module in a life of its own: killed at any instant, it leaves nothing behind but its disk. */
export class SimulatedProcess {
  readonly name: string;
  readonly #world: SimulatedWorld;
  readonly #service: AnyService;
  readonly #environment: Environment;
  readonly #gateway: Gateway | undefined;
  #life = 0;
  #clock: SimulatedClock | undefined;
  #names: { readonly nats: MemoryNats; readonly name: string }[] = [];
  #ending: AbortController | undefined;
  #restart: (() => void) | undefined;
  held = false;

  constructor(
    world: SimulatedWorld,
    name: string,
    service: AnyService,
    environment: Environment,
    gateway: Gateway | undefined,
  ) {
    this.#world = world;
    this.name = name;
    this.#service = service;
    this.#environment = environment;
    this.#gateway = gateway;
  }

  get running(): boolean {
    return this.#clock !== undefined;
  }

  start(): void {
    if (this.running || this.held) return;
    this.#life += 1;
    const life = this.#life;
    const clock = this.#world.scheduler.clock();
    this.#clock = clock;
    this.#ending = new AbortController();
    const fail = (error: unknown) => {
      if (life !== this.#life) return;
      this.#world.note(`${this.name} fails: ${error instanceof Error ? error.message : error}`);
      this.kill();
    };
    const logger: Logger = this.#world.logger.child({ process: this.name });
    const world = this.#worldOf(clock);
    const environment = { HF_BUS_URL: this.#gateway ? "edge" : "cloud", ...this.#environment };
    startService(this.#service, { world, environment, logger, fail, stopping: this.#ending.signal }).catch(fail);
  }

  /** kill -9: no drain, no goodbye. Comes back after a moment unless it is held. */
  kill(backAfterMs = 100): void {
    if (!this.running) return;
    this.#life += 1;
    this.#clock?.stop();
    this.#clock = undefined;
    for (const { nats, name } of this.#names) nats.kill(name);
    this.#names = [];
    if (this.#service.name === "metamanager") this.#gateway?.disk.crash();
    this.#restart?.();
    this.#restart = this.#world.scheduler.after(backAfterMs, () => this.start());
  }

  #worldOf(clock: SimulatedClock): World {
    const { random: seeds } = this.#world;
    const random = seeds.fork(`${this.name} life ${this.#life}`);
    const disk = this.#gateway?.disk.mount();
    return {
      clock,
      random,
      bootId: `boot ${this.#gateway?.boot ?? 0}`,
      machineId: this.#gateway?.name ?? "cloud",
      connect: async ({ url, inboxPrefix }) => this.#connect(url, inboxPrefix),
      disk: async () => {
        if (!disk) throw new Error(`${this.name} has no disk`);
        const { store = (it: Store) => it } = this.#world.sabotage;
        return { ...disk, openStore: async (path, options) => store(await disk.openStore(path, options)) };
      },
      secretFile: new MemorySecretFiles().open,
    };
  }

  #connect(url: string, inboxPrefix: string | undefined): Connection {
    const toEdge = url === "edge" && this.#gateway;
    const nats = toEdge ? toEdge.nats : this.#world.cloud;
    const name = this.#gateway && !toEdge ? linkName(this.#gateway.name) : `${this.name}#${this.#life}`;
    this.#names.push({ nats, name });
    const onError = (error: unknown) => this.#world.note(`${this.name} handler: ${error}`);
    const bus = nats.connect({ name, onError, ...(inboxPrefix ? { inboxPrefix } : {}) });
    const { streams = (it: Streams) => it } = this.#world.sabotage;
    return { bus, streams: streams(memoryStreams(this.#world.jetStream, bus, { onError })) };
  }

  /** Identity of this life, for tests. */
  get life(): string {
    return randomId(seededRandom(`${this.name}${this.#life}`));
  }
}
