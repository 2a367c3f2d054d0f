import {
  type AnyService,
  type Bus,
  type Context,
  createStats,
  type LogClient,
  type LogEntry,
  openLog,
  type RunningService,
  startService,
  type World,
} from "@holdfast/kernel";
import {
  between,
  chance,
  collectingLogger,
  MemoryDisk,
  MemoryNats,
  MemorySecretFiles,
  Scheduler,
  type SimulatedClock,
  seededRandom,
} from "@holdfast/kernel/testing";
import { metamanager } from "../service.ts";
import { foldInto } from "./log-fixture.ts";

/** A gateway of which only the bus, the disk and metamanager exist, and modules that use its log. */
export class NodeFixture {
  readonly scheduler = new Scheduler();
  readonly disk = new MemoryDisk();
  readonly logger = collectingLogger();
  readonly nats: MemoryNats;
  readonly failures: unknown[] = [];
  /** Of all messages, answers included. */
  lossShare = 0;
  readonly #environment: Record<string, string>;
  readonly #seed: string;
  #life = 0;
  #modules = 0;
  #clock: SimulatedClock | undefined;
  #running: RunningService | undefined;

  constructor(environment: Record<string, string> = {}, seed = "node") {
    this.#seed = seed;
    this.#environment = { HF_NODE: "gw-1", HF_LOG_FREE_MIN_BYTES: "0", ...environment };
    const network = seededRandom(`${seed} network`);
    const fault = () => (chance(network, this.lossShare) ? [] : [between(network, 0.05, 0.3)]);
    this.nats = new MemoryNats({ clock: this.scheduler.clock(), fault });
  }

  /** Metamanager comes up, and comes back by itself whenever it fails. */
  start(): void {
    this.#life += 1;
    const life = this.#life;
    const clock = this.scheduler.clock();
    this.#clock = clock;
    const disk = this.disk.mount();
    const world: World = {
      clock,
      random: seededRandom(`${this.#seed} ${life}`),
      connect: async () => ({ bus: this.nats.connect({ name: `metamanager ${life}` }), streams: {} as never }),
      disk: async () => disk,
      secretFile: new MemorySecretFiles().open,
      bootId: "boot",
      machineId: "machine",
    };
    const fail = (error: unknown) => {
      if (life !== this.#life) return;
      this.failures.push(error);
      this.kill();
      this.scheduler.after(200, () => this.start());
    };
    startService(metamanager as AnyService, { world, environment: this.#environment, logger: this.logger, fail }).then(
      (running) => {
        if (life === this.#life) this.#running = running;
      },
      fail,
    );
  }

  get up(): boolean {
    return this.#running !== undefined;
  }

  kill(keepUnsynced = false): void {
    this.#clock?.stop();
    this.nats.kill(`metamanager ${this.#life}`);
    this.#life += 1;
    this.#running = undefined;
    this.disk.crash({ keepUnsynced });
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  /** A life of the module `name`. */
  module(name: string, prefixes: readonly string[] = []): ModuleFixture {
    this.#modules += 1;
    return new ModuleFixture(this, name, prefixes, `${name}-${this.#modules}`);
  }
}

/** One module and what it has folded. */
export class ModuleFixture {
  readonly entries: LogEntry[] = [];
  readonly state = new Map<string, string>();
  readonly failures: unknown[] = [];
  resets = 0;
  client: LogClient | undefined;
  readonly bus: Bus;
  /** Its name on the bus, to be cut and restored. */
  readonly connection: string;
  readonly stats = createStats();
  readonly #node: NodeFixture;
  readonly #ending = new AbortController();
  readonly opening: Promise<void>;

  constructor(node: NodeFixture, name: string, prefixes: readonly string[], connection: string) {
    this.#node = node;
    this.connection = connection;
    this.bus = node.nats.connect({ name: connection });
    const context: Context<unknown> = {
      clock: node.scheduler.clock(),
      random: seededRandom(connection),
      connect: () => Promise.reject(new Error("one connection is enough")),
      disk: () => Promise.reject(new Error("a module has no disk")),
      secretFile: new MemorySecretFiles().open,
      bootId: "boot",
      machineId: "machine",
      service: name,
      config: {},
      bus: this.bus,
      streams: {} as never,
      logger: node.logger,
      stats: this.stats,
      instance: connection,
      stopping: this.#ending.signal,
      fail: (error) => this.failures.push(error),
    };
    const onEntry = (entry: LogEntry) => {
      this.entries.push(entry);
      foldInto(this.state, entry.event);
    };
    const onReset = () => {
      this.resets += 1;
      this.entries.length = 0;
      this.state.clear();
    };
    this.opening = openLog(context, { module: name, prefixes, onEntry, onReset }).then((client) => {
      this.client = client;
    });
    this.opening.catch((error) => this.failures.push(error));
  }

  get log(): LogClient {
    if (!this.client) throw new Error("The log is not open yet.");
    return this.client;
  }

  async ready(): Promise<this> {
    await this.#node.scheduler.runUntil(() => this.client !== undefined, 60_000, "the log client is open");
    return this;
  }

  stop(): void {
    this.#ending.abort();
    this.client?.stop();
  }
}
