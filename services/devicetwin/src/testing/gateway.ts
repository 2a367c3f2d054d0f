import {
  type AnyService,
  type Bus,
  type Connection,
  call,
  type Environment,
  HoldfastError,
  type NewEvent,
  newEvent,
  startService,
  type World,
} from "@holdfast/kernel";
import {
  type CollectingLogger,
  collectingLogger,
  MemoryJetStream,
  MemoryNats,
  MemorySecretFiles,
  memoryStreams,
  Scheduler,
  type SeededRandom,
  type SimulatedClock,
  seededRandom,
} from "@holdfast/kernel/testing";
import {
  type Contract,
  type Draft,
  desiredTaken,
  type LogEvent,
  LogEventCodec,
  linkPosition,
  type Params,
  type Resolution,
  ResolutionCodec,
  type Stamp,
  type TwinTarget,
  TwinTargetCodec,
} from "@holdfast/proto";
import { devicetwin } from "../service.ts";
import { deviceJson, modelJson } from "./boiler.ts";
import { MemoryLog, memoryLogService } from "./memory-log.ts";
import { SimulatedPlant, simulatedMapper } from "./simulated-mapper.ts";

const wallStartMs = Date.UTC(2026, 0, 1);

/** A module in a life of its own: killed at any instant, it leaves nothing behind. */
export class TestProcess {
  readonly name: string;
  readonly #gateway: TestGateway;
  readonly #service: AnyService;
  readonly #environment: Environment;
  #clock: SimulatedClock | undefined;
  #life = 0;
  #running: { stop(): Promise<void> } | undefined;
  readonly failures: unknown[] = [];

  constructor(gateway: TestGateway, service: AnyService, environment: Environment) {
    this.name = service.name;
    this.#gateway = gateway;
    this.#service = service;
    this.#environment = environment;
  }

  get running(): boolean {
    return this.#clock !== undefined;
  }

  start(): void {
    if (this.#clock) return;
    const { scheduler, nats, jetStream, logger, random } = this.#gateway;
    this.#life += 1;
    const life = this.#life;
    const clock = scheduler.clock({ startWallMs: wallStartMs + Math.floor(scheduler.nowMs) });
    this.#clock = clock;
    const fail = (error: unknown) => {
      if (life !== this.#life) return;
      this.failures.push(error);
      this.kill();
    };
    const connect = async (): Promise<Connection> => {
      const bus = nats.connect({ name: `${this.name}#${life}`, onError: fail });
      return { bus, streams: memoryStreams(jetStream, bus) };
    };
    const world: World = {
      ...{
        clock,
        random: random.fork(`${this.name} ${life}`),
        connect,
        bootId: this.#gateway.bootId,
        machineId: "machine",
      },
      disk: () => Promise.reject(new Error("there is no disk here")),
      secretFile: new MemorySecretFiles().open,
    };
    startService(this.#service, { world, environment: this.#environment, logger, fail }).then((running) => {
      this.#running = running;
    }, fail);
  }

  /** kill -9: nothing of it is heard again. */
  kill(): void {
    this.#clock?.stop();
    this.#gateway.nats.kill(`${this.name}#${this.#life}`);
    this.#clock = undefined;
    this.#running = undefined;
    this.#life += 1;
  }

  /** Somebody sets the clock of its machine. */
  jumpWall(byMs: number): void {
    this.#clock?.jumpWall(byMs);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.kill();
  }

  restart(): void {
    this.kill();
    this.start();
  }
}

/** A gateway in memory and in simulated time: log, devicetwin, mapper and a plant. */
export class TestGateway {
  readonly node = "gw-1";
  readonly scheduler = new Scheduler();
  readonly nats = new MemoryNats({ clock: this.scheduler });
  readonly jetStream = new MemoryJetStream({ clock: this.scheduler.clock() });
  readonly logger: CollectingLogger = collectingLogger();
  readonly random: SeededRandom;
  readonly log: MemoryLog;
  readonly plant: SimulatedPlant;
  readonly metamanager: TestProcess;
  readonly devicetwin: TestProcess;
  readonly mapper: TestProcess;
  readonly bus: Bus;
  /** Who asks, in an account of its own. */
  readonly bob: Bus;
  /** Another one: the gateway was off and on. */
  bootId = "boot";
  #version = 0;

  constructor(
    options: {
      readonly seed?: number;
      readonly environment?: Environment;
      readonly plant?: SimulatedPlant;
      /** False: the log knows no position, as after damage. */
      readonly synced?: boolean;
    } = {},
  ) {
    this.random = seededRandom(options.seed ?? 1);
    this.log = new MemoryLog(this.node);
    this.plant = options.plant ?? new SimulatedPlant();
    const environment = { HF_NODE: this.node, HF_SIMULATED_REACHABILITY_MS: "500", ...options.environment };
    this.metamanager = new TestProcess(this, memoryLogService(this.log) as AnyService, environment);
    this.devicetwin = new TestProcess(this, devicetwin as AnyService, environment);
    this.mapper = new TestProcess(this, simulatedMapper(this.plant) as AnyService, environment);
    this.bus = this.nats.connect({ name: "test" });
    this.bob = this.nats.connect({ name: "bob", user: "bob" });
    if (options.synced ?? true) this.synced();
  }

  /** The hub has taken all of the cloud's desired state. */
  synced(): void {
    this.hub(newEvent(linkPosition, {}, { incarnation: { counter: 1, random: 7 }, position: 1 }));
  }

  /** Everything is up and has had time to hear of each other. */
  async start(): Promise<this> {
    this.metamanager.start();
    this.devicetwin.start();
    this.mapper.start();
    await this.scheduler.runFor(100);
    return this;
  }

  /** Asks a module; somebody else lets time pass. */
  send<P extends Params, Req, Res>(contract: Contract<P, Req, Res>, params: P, request: Draft<Req>): Promise<Res> {
    return call(this.bob, contract, params, request, { timeoutMs: 10_000 });
  }

  /** Asks a module and lets time pass until it has answered. Errors: what it is refused with. */
  async ask<P extends Params, Req, Res>(contract: Contract<P, Req, Res>, params: P, request: Draft<Req>): Promise<Res> {
    return this.until(this.send(contract, params, request), `an answer of ${contract.name}`);
  }

  /** Lets time pass until `work` has ended. */
  async until<T>(work: Promise<T>, what: string): Promise<T> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await this.scheduler.runUntil(() => ended, 20_000, what);
    return work;
  }

  /** The hub records events. */
  hub(...events: readonly NewEvent[]): void {
    const stamp = { wallMs: wallStartMs + Math.floor(this.scheduler.nowMs), monotonicMs: 0, bootId: "boot" };
    this.log.write(events.map((event) => LogEventCodec.encode({ ...event, module: "hub", incarnation: 1, stamp })));
  }

  /** An earlier life of devicetwin recorded an event, at a time of its own. */
  say(event: NewEvent, stamp: Stamp): void {
    this.log.write([LogEventCodec.encode({ ...event, module: "devicetwin", incarnation: 1, stamp })]);
  }

  /** The cloud's object, value or decision comes down; undefined = it goes. */
  desired(kind: string, name: string, content: string | Uint8Array | undefined, namespace = "default"): void {
    this.#version += 1;
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const incarnation = { counter: 1, random: 7 };
    const taken = bytes && { version: this.#version, content: bytes, incarnation, withheld: false };
    this.hub(newEvent(desiredTaken, { kind, namespace, name }, taken));
  }

  boiler(name = "boiler"): void {
    this.desired("devicemodel", "boiler-model", modelJson());
    this.desired("device", name, deviceJson(name));
  }

  target(name: string, target: Draft<TwinTarget> | undefined): void {
    this.desired("twin", name, target && TwinTargetCodec.encode(target));
  }

  resolution(id: string, resolution: Draft<Resolution> | undefined): void {
    this.desired("resolution", id, resolution && ResolutionCodec.encode(resolution));
  }

  /** Events of this module in the log, oldest first. */
  events(type?: string): readonly LogEvent[] {
    const own = this.log.events.map(({ event }) => event).filter(({ module }) => module === "devicetwin");
    return type === undefined ? own : own.filter((event) => event.type === type);
  }
}

/** The code with which something is refused; "none" when it is not. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}
