import {
  type Context,
  every,
  type Fields,
  field,
  HoldfastError,
  handler,
  publishEvent,
  type Service,
  sleep,
} from "@holdfast/kernel";
import {
  type DriverWriteReply,
  type DriverWriteRequest,
  deviceReachability,
  driverCall,
  driverRead,
  driverWrite,
  type Quality,
  type Sample,
  sample,
  type Value,
} from "@holdfast/proto";
import type { DeviceFaults } from "./device-faults.ts";
import { type ArrivedCall, carryOut } from "./simulated-call.ts";

/** A write as it arrived at the device. */
export interface ArrivedWrite {
  readonly property: string;
  readonly id: string;
  readonly value: Value;
  readonly incarnation: number;
  readonly taken: boolean;
}

/** A simulated device: its registers live on when mapper and devicetwin die. */
export class SimulatedDevice {
  readonly namespace: string;
  readonly name: string;
  readonly registers = new Map<string, Value>();
  readonly writes: ArrivedWrite[] = [];
  readonly calls: ArrivedCall[] = [];
  /** Methods that may be carried out again. */
  readonly idempotent = new Set<string>();
  /** How long it takes to say that a method was carried out. */
  callMs = 0;
  readonly faults: DeviceFaults = {
    ...{ silent: false, unknownWrites: 0, lostWrites: 0, refusedWrites: 0, clamp: undefined, unreadable: new Set() },
    ...{ noReadBack: false, delayMs: 1 },
  };
  /** What the mapper says of it. */
  state = "online";
  /** Requests at once, and the most there ever were: a device has one writer. */
  busy = 0;
  busyMax = 0;
  /** Requests so far. */
  reads = 0;

  constructor(namespace: string, name: string, registers: Readonly<Record<string, Value>> = {}) {
    this.namespace = namespace;
    this.name = name;
    for (const [property, value] of Object.entries(registers)) this.registers.set(property, value);
  }

  read(property: string, wallMs: number): Sample {
    const { silent, unreadable } = this.faults;
    const bad = (error: string): Sample => ({
      ...{ value: undefined, quality: "bad" as Quality, error, detail: "", sourceTimeMs: wallMs, dropped: 0 },
    });
    if (silent) return bad("timeout");
    if (unreadable.has(property)) return bad("rejected");
    const value = this.registers.get(property);
    if (value === undefined) return bad("config");
    return { value, quality: "good", error: "", detail: "", sourceTimeMs: wallMs, dropped: 0 };
  }

  /** undefined = nobody will ever know. */
  write({ property, id, value, incarnation }: DriverWriteRequest, wallMs: number): DriverWriteReply {
    const { faults } = this;
    const unknown: DriverWriteReply = {
      outcome: "unknown",
      error: "timeout",
      detail: "no answer",
      readBack: undefined,
    };
    if (value === undefined) return { outcome: "rejected", error: "config", detail: "no value", readBack: undefined };
    const arrived = (taken: boolean) => this.writes.push({ property, id, value, incarnation, taken });
    if (faults.silent || faults.lostWrites > 0) {
      if (!faults.silent) faults.lostWrites -= 1;
      arrived(false);
      return unknown;
    }
    if (faults.refusedWrites > 0) {
      faults.refusedWrites -= 1;
      arrived(false);
      return { outcome: "rejected", error: "rejected", detail: "illegal data value", readBack: undefined };
    }
    arrived(true);
    this.registers.set(property, faults.clamp?.(property, value) ?? value);
    if (faults.unknownWrites > 0) {
      faults.unknownWrites -= 1;
      return unknown;
    }
    const readBack = faults.noReadBack ? undefined : this.read(property, wallMs).value;
    return { outcome: "ok", error: "", detail: "", readBack };
  }
}

/** The devices of one protocol on one gateway. */
export class SimulatedPlant {
  readonly protocol: string;
  readonly devices = new Map<string, SimulatedDevice>();
  /** Requests of older lives of devicetwin are refused. */
  incarnation = 0;

  constructor(protocol = "simulated", ...devices: readonly SimulatedDevice[]) {
    this.protocol = protocol;
    for (const device of devices) this.add(device);
  }

  add(device: SimulatedDevice): SimulatedDevice {
    this.devices.set(`${device.namespace}/${device.name}`, device);
    return device;
  }

  /** Error: `stale_incarnation`. */
  checkWriter(incarnation: number): void {
    if (incarnation < this.incarnation)
      throw new HoldfastError("stale_incarnation", "A newer life of devicetwin has written already.");
    this.incarnation = incarnation;
  }

  /** Error: `not_found`. */
  device(namespace: string, name: string): SimulatedDevice {
    const device = this.devices.get(`${namespace}/${name}`);
    if (device) return device;
    throw new HoldfastError("not_found", `The simulated mapper has no device "${namespace}/${name}".`);
  }
}

interface SimulatedMapperConfig {
  readonly node: string;
  readonly busUrl: string;
  readonly sampleMs: number;
  readonly reachabilityMs: number;
}

const config: Fields<SimulatedMapperConfig> = {
  node: field.string({ env: "HF_NODE", doc: "Name of this gateway." }),
  busUrl: field.string({
    env: "HF_BUS_URL",
    fallback: "nats://127.0.0.1:4222",
    doc: "The NATS server of the samples.",
  }),
  sampleMs: field.durationMs({
    env: "HF_SIMULATED_SAMPLE_MS",
    fallback: 1_000,
    doc: "Time between samples; 0 = none.",
  }),
  reachabilityMs: field.durationMs({
    env: "HF_SIMULATED_REACHABILITY_MS",
    fallback: 3_000,
    doc: "Time between two words about reachability.",
  }),
};

interface Mapper {
  readonly context: Context<SimulatedMapperConfig>;
  readonly lines: WeakMap<SimulatedDevice, Promise<unknown>>;
}

/** A mapper whose devices are those of the plant: for the simulator and for tests. */
export function simulatedMapper(plant: SimulatedPlant): Service<SimulatedMapperConfig, Mapper> {
  const only = () => ({ protocol: plant.protocol });
  return {
    name: "mapper",
    description: "A mapper of simulated devices.",
    config,
    async start(context) {
      const { sampleMs, reachabilityMs, busUrl } = context.config;
      const { bus } = await context.connect({ url: busUrl, name: "mapper samples" });
      const sampleAll = () => {
        for (const device of plant.devices.values()) {
          for (const property of device.registers.keys()) publishSample(context, bus, device, property);
        }
      };
      const tellAll = () => {
        for (const device of plant.devices.values()) publishReachability(context, plant, device);
      };
      if (sampleMs > 0) every(context.clock, sampleMs, sampleAll);
      every(context.clock, reachabilityMs, tellAll);
      for (const device of plant.devices.values()) device.busy = 0;
      tellAll();
      return { context, lines: new WeakMap() };
    },
    handlers: [
      handler(
        driverWrite,
        (mapper: Mapper, request) => {
          const device = plant.device(request.namespace, request.device);
          return occupy(mapper, device, () => {
            plant.checkWriter(request.incarnation);
            return device.write(request, mapper.context.clock.wallMs());
          });
        },
        { only },
      ),
      handler(
        driverCall,
        async (mapper: Mapper, request) => {
          const { clock } = mapper.context;
          const device = plant.device(request.namespace, request.device);
          const endMs = clock.monotonicMs() + request.beginWithinMs;
          const reply = await occupy(mapper, device, () => {
            plant.checkWriter(request.incarnation);
            if (clock.monotonicMs() > endMs) throw new HoldfastError("expired", "It was not begun in time.");
            return carryOut(device, request);
          });
          await sleep(clock, device.callMs);
          return reply;
        },
        { only },
      ),
      handler(
        driverRead,
        (mapper: Mapper, { namespace, device: name, property }) => {
          const device = plant.device(namespace, name);
          device.reads += 1;
          return occupy(mapper, device, () => device.read(property, mapper.context.clock.wallMs()));
        },
        { only },
      ),
    ],
  };
}

/** A line: what comes first is done first. */
async function occupy<T>({ context: { clock }, lines }: Mapper, device: SimulatedDevice, work: () => T): Promise<T> {
  device.busy += 1;
  device.busyMax = Math.max(device.busyMax, device.busy);
  const turn = async (): Promise<T> => {
    await sleep(clock, device.faults.delayMs / 2);
    const result = work();
    await sleep(clock, device.faults.delayMs / 2);
    return result;
  };
  const before = lines.get(device) ?? Promise.resolve();
  const mine = before.then(turn, turn);
  lines.set(device, mine);
  return mine.finally(() => {
    device.busy -= 1;
  });
}

/** Publishes what a device says of one property now. */
function publishSample(
  { config: { node }, clock }: Pick<Context<{ readonly node: string }>, "config" | "clock">,
  bus: Context<unknown>["bus"],
  device: SimulatedDevice,
  property: string,
): void {
  const { namespace, name } = device;
  publishEvent(bus, sample, { node, namespace, device: name, property }, device.read(property, clock.wallMs()));
}

function publishReachability({ bus }: Context<unknown>, { protocol }: SimulatedPlant, device: SimulatedDevice): void {
  const { namespace, name, state } = device;
  publishEvent(bus, deviceReachability, { protocol }, { namespace, device: name, state, reason: "" });
}
