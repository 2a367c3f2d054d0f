import { type AnyService, type Connection, type Environment, startService } from "@holdfast/kernel";
import { type MemoryNats, memoryStreams, type SimulatedClock } from "@holdfast/kernel/testing";
import { clockOn, type Gateway, linkName, type Machine } from "./machine.ts";
import type { SimulatedWorld } from "./world.ts";

/** A module in a life of its own: killed at any instant, it leaves nothing behind but its disk. */
export class SimulatedProcess {
  readonly name: string;
  readonly machine: Machine;
  readonly #world: SimulatedWorld;
  readonly #service: AnyService;
  readonly #environment: Environment;
  readonly #gateway: Gateway | undefined;
  #life = 0;
  #clock: SimulatedClock | undefined;
  #names: { readonly nats: MemoryNats; readonly name: string }[] = [];
  #ending: AbortController | undefined;
  #restart: (() => void) | undefined;

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
    this.machine = gateway ?? world.cloudMachine;
  }

  get running(): boolean {
    return this.#clock !== undefined;
  }

  start(): void {
    if (this.running) return;
    this.#life += 1;
    const life = this.#life;
    const clock = clockOn(this.#world.scheduler, this.machine);
    this.#clock = clock;
    this.#ending = new AbortController();
    const fail = (error: unknown) => {
      if (life !== this.#life) return;
      this.#world.note(`${this.name} fails: ${error instanceof Error ? error.message : error}`);
      this.kill();
    };
    const logger = this.#world.logger.child({ process: this.name });
    const world = this.#worldOf(clock);
    const environment = { HF_BUS_URL: this.#gateway ? "edge" : "cloud", ...this.#environment };
    startService(this.#service, { world, environment, logger, fail, stopping: this.#ending.signal }).catch(fail);
  }

  /** kill -9: no drain, no goodbye. Its supervisor starts it again after a moment. */
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

  /** What a server does with a slow consumer: it ends the connection, which comes back. */
  dropConnections(): void {
    for (const { nats, name } of this.#names) {
      nats.cut(name);
      this.#world.scheduler.after(20, () => nats.restore(name));
    }
  }

  jumpWall(byMs: number): void {
    this.#clock?.jumpWall(byMs);
  }

  #worldOf(clock: SimulatedClock) {
    const { machine } = this;
    const disk = this.#gateway?.disk.mount();
    return {
      clock,
      random: this.#world.random.fork(`${this.name} life ${this.#life}`),
      bootId: `boot ${machine.boot}`,
      machineId: machine.name,
      connect: async ({ url, inboxPrefix }: { readonly url: string; readonly inboxPrefix?: string }) =>
        this.#connect(url, inboxPrefix),
      disk: async () => {
        if (!disk) throw new Error(`${this.name} has no disk`);
        return disk;
      },
      secretFile: machine.secrets.open,
    };
  }

  #connect(url: string, inboxPrefix: string | undefined): Connection {
    const toEdge = url === "edge" && this.#gateway;
    const nats = toEdge ? toEdge.nats : this.#world.cloud;
    const name = this.#gateway && !toEdge ? linkName(this.#gateway.name) : `${this.name}#${this.#life}`;
    // The link is cut and healed by its own faults.
    if (!this.#names.some((one) => one.name === name)) this.#names.push({ nats, name });
    const onError = (error: unknown) => this.#world.note(`${this.name} handler: ${error}`);
    const { rights } = this.#world;
    // A cloned machine has a name of its own, and the node's.
    const node = this.#gateway && (this.#environment.HF_NODE ?? this.#gateway.name);
    const isLink = node !== undefined && !toEdge;
    const guard = isLink ? rights.ofLink(node) : rights.ofModule(this.#service.name, node);
    const bus = nats.connect({ name, onError, ...(inboxPrefix ? { inboxPrefix } : {}), ...(guard ? { guard } : {}) });
    return { bus, streams: memoryStreams(this.#world.jetStream, bus, { onError }) };
  }
}
