import type { AnyService, Environment, Message, Service } from "@holdfast/kernel";
import {
  between,
  chance,
  type Fault,
  MemoryDisk,
  MemoryJetStream,
  MemoryNats,
  Scheduler,
  type SeededRandom,
  seededRandom,
} from "@holdfast/kernel/testing";
import { type Gateway, linkName, type Machine, newMachine } from "./machine.ts";
import { SimulatedProcess } from "./process.ts";
import { Rights } from "./rights.ts";
import { type TimedLogger, timedLogger } from "./timed-logger.ts";

export type { Gateway } from "./machine.ts";

/** How unreliable the network between cloud and gateways is. */
export interface Weather {
  readonly lossShare: number;
  readonly duplicateShare: number;
  readonly delayMaxMs: number;
}
export const calm: Weather = { lossShare: 0, duplicateShare: 0, delayMaxMs: 0.5 };

/** Which way nothing gets through although both ends believe that they are connected. */
type Direction = "up" | "down";

/** The cloud's NATS and streams, and one NATS and one disk per gateway; all processes live in one Node process. */
export class SimulatedWorld {
  readonly scheduler = new Scheduler();
  readonly random: SeededRandom;
  readonly seed: number;
  readonly logger: TimedLogger = timedLogger(() => this.scheduler.nowMs);
  readonly cloud: MemoryNats;
  readonly jetStream: MemoryJetStream;
  readonly cloudMachine: Machine = newMachine("cloud");
  readonly gateways = new Map<string, Gateway>();
  readonly processes: SimulatedProcess[] = [];
  /** What the servers let each module and each node do. */
  readonly rights = new Rights();
  weather: Weather = calm;
  /** By connection: its direction that is cut. */
  readonly oneWay = new Map<string, Direction>();
  /** Processes to which messages take this long at most. */
  readonly slowConsumers = new Map<string, number>();
  /** Sees everything that a gateway sends to the cloud. */
  onUplink: (message: Message) => void = () => {};
  /** What happened, for a failure's trace and for the test of determinism. */
  readonly trace: string[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.random = seededRandom(seed);
    const network = this.random.fork("network");
    const fault: Fault = (from, to, message) => {
      if (from.endsWith("/link")) this.onUplink(message);
      return this.#delays(network, from, to);
    };
    this.cloud = new MemoryNats({ clock: this.scheduler, fault });
    const latency = this.random.fork("latency");
    const publisher = this.cloud.connect({ name: "$jetstream" });
    this.jetStream = new MemoryJetStream({
      clock: this.scheduler.clock(),
      latencyMs: () => between(latency, 0.1, 1),
      copyDelayMs: () => between(latency, 0, 50),
      isHeard: (subject) => this.cloud.isHeard(subject),
      publish: (subject, data, headers) => publisher.publish(subject, data, { headers }),
    });
  }

  #delays(random: SeededRandom, from: string, to: string): readonly number[] {
    // Only what crosses the link suffers; inside the cloud and inside a gateway messages just take a moment.
    const crosses = from.endsWith("/link") !== to.endsWith("/link");
    if (!crosses) return [between(random, 0.05, 0.3) + this.#slowness(random, to)];
    if (this.oneWay.get(from) === "up" || this.oneWay.get(to) === "down") return [];
    const { lossShare, duplicateShare, delayMaxMs } = this.weather;
    if (chance(random, lossShare)) return [];
    const delayMs = between(random, 0.2, 0.5 + delayMaxMs) + this.#slowness(random, to);
    return chance(random, duplicateShare) ? [delayMs, delayMs + between(random, 0, delayMaxMs)] : [delayMs];
  }

  #slowness(random: SeededRandom, to: string): number {
    if (this.slowConsumers.size === 0) return 0;
    const maxMs = this.slowConsumers.get(to.slice(0, to.indexOf("#"))) ?? 0;
    return maxMs === 0 ? 0 : between(random, 0, maxMs);
  }

  gateway(name: string): Gateway {
    let gateway = this.gateways.get(name);
    if (!gateway) {
      const random = this.random.fork(`bus of ${name}`);
      const fault: Fault = (_, to) => [between(random, 0.02, 0.2) + this.#slowness(random, to)];
      const nats = new MemoryNats({ clock: this.scheduler, fault });
      gateway = { ...newMachine(name), nats, disk: new MemoryDisk() };
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

  /** Processes of one machine. */
  on({ name }: Machine): SimulatedProcess[] {
    return this.processes.filter(({ machine }) => machine.name === name);
  }

  /** The gateway's wire to the cloud. */
  cutLink(gateway: string): void {
    this.note(`cut ${gateway}`);
    this.cloud.cut(linkName(gateway));
  }
  healLink(gateway: string): void {
    this.note(`heal ${gateway}`);
    this.oneWay.delete(linkName(gateway));
    this.cloud.restore(linkName(gateway));
  }

  /** Nothing is wrong any more: what faults that last did is undone. */
  heal(): void {
    this.weather = calm;
    this.slowConsumers.clear();
    this.jetStream.fault = () => undefined;
    this.cloud.start();
    for (const { name, disk } of this.gateways.values()) {
      disk.faults.delay = () => undefined;
      disk.capacityBytes = 2 ** 40;
      this.healLink(name);
    }
  }
}
