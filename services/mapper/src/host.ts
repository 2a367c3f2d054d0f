import {
  asHoldfastError,
  type Bus,
  type Context,
  convertValue,
  every,
  HoldfastError,
  type LogClient,
  publishEvent,
} from "@holdfast/kernel";
import {
  type Draft,
  type DriverCallReply,
  type DriverCallRequest,
  type DriverReadRequest,
  type DriverWriteReply,
  type DriverWriteRequest,
  deviceReachability,
  type Sample,
  type Value,
} from "@holdfast/proto";
import type { MapperConfig } from "./config.ts";
import type { Point } from "./driver.ts";
import type { FaultyDevice, Inventory, LinePlan, Plan } from "./inventory.ts";
import { LineRunner } from "./line-runner.ts";
import { SampleSlots } from "./sample-slots.ts";

interface Running {
  readonly plan: LinePlan;
  readonly runner: LineRunner;
  readonly points: ReadonlyMap<string, Point>;
}

interface Reach {
  readonly protocol: string;
  readonly state: string;
  readonly reason: string;
}

/** Errors: `read_only`, `invalid_argument`, `wrong_type`, `out_of_range`. */
function writtenTo({ property }: Point, value: Value | undefined): Value {
  if (property.accessMode === "ReadOnly") throw new HoldfastError("read_only", `${property.name} cannot be written.`);
  if (value === undefined) throw new HoldfastError("invalid_argument", "A write needs a value.");
  return convertValue(property, value);
}

/** Runs one line per serial port or endpoint, says what it reads and whom it reaches, and serves writes. */
export class Host {
  readonly #context: Context<MapperConfig>;
  readonly #inventory: Inventory;
  readonly #slots: SampleSlots;
  readonly #log: Pick<LogClient, "node" | "epoch">;
  readonly #lines = new Map<string, Running>();
  readonly #cancels: (() => void)[] = [];
  #faulty: readonly FaultyDevice[] = [];
  #warned = new Set<string>();
  /** Highest incarnation of devicetwin that has written; they are counted anew in each life of the log. */
  #writer = { epoch: "", incarnation: 0 };
  #applying: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    context: Context<MapperConfig>,
    inventory: Inventory,
    sampleBus: Bus,
    log: Pick<LogClient, "node" | "epoch">,
  ) {
    this.#context = context;
    this.#inventory = inventory;
    this.#log = log;
    const { clock, logger, stats, config } = context;
    this.#slots = new SampleSlots(sampleBus, { clock, logger, stats, flushMs: config.flushMs });
    this.#cancels.push(every(clock, config.reachabilityMs, () => this.#tellAll()));
  }

  /** Brings the lines to what the inventory says now; only changed ones are closed. Calls run one after another. */
  apply(): Promise<void> {
    this.#applying = this.#applying.then(() => (this.#stopped ? undefined : this.#apply(this.#inventory.plan())));
    return this.#applying;
  }

  /** Errors: `not_found`, `read_only`, `stale_incarnation`, `wrong_type`, `out_of_range`, `busy`, `unavailable`. */
  async write(protocol: string, request: DriverWriteRequest): Promise<Draft<DriverWriteReply>> {
    const check = () => this.#checkWriter(request.incarnation);
    check();
    const { running, point } = this.#find(protocol, request);
    return running.runner.write(point, writtenTo(point, request.value), check);
  }

  /**
   * Carries out a method, once. Errors: as `write`, and `expired`: it could not be begun in time. In doubt whether an
   * earlier life had it carried out, nothing is done unless the driver declares that it does no harm.
   */
  async call(protocol: string, request: DriverCallRequest): Promise<Draft<DriverCallReply>> {
    const { clock } = this.#context;
    const arrivedMs = clock.monotonicMs();
    const { namespace, device: name, method, timeoutMs, beginWithinMs } = request;
    const check = () => {
      this.#checkWriter(request.incarnation);
      if (beginWithinMs === 0 || clock.monotonicMs() - arrivedMs <= beginWithinMs) return;
      throw new HoldfastError("expired", `It could not be begun within ${beginWithinMs} ms; nothing was done.`);
    };
    check();
    const device = `${namespace}/${name}`;
    const given = request.arguments.map(({ property, value }) => {
      const { point } = this.#find(protocol, { namespace, device: name, property });
      return { point, value: writtenTo(point, value) };
    });
    const { plan, runner } = this.#findDevice(protocol, device);
    if (request.again && !plan.idempotent.has(`${device}/${method}`)) {
      const detail = "It may have been carried out before; the driver does not declare that it may be repeated.";
      return { outcome: "unknown", error: "restart", detail };
    }
    const endMs = timeoutMs === 0 ? Number.POSITIVE_INFINITY : arrivedMs + timeoutMs;
    return runner.call({ device, method, arguments: given, endMs }, check);
  }

  /** Errors: `not_found`, `busy`, `unavailable`. */
  async read(protocol: string, request: DriverReadRequest): Promise<Draft<Sample>> {
    const { running, point } = this.#find(protocol, request);
    return running.runner.read(point);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    await this.#applying;
    await Promise.all([...this.#lines.values()].map(({ runner }) => runner.stop()));
    this.#slots.stop();
  }

  async #apply({ lines, faulty, warnings }: Plan): Promise<void> {
    const { logger, stats } = this.#context;
    const ended = [...this.#lines].filter(([key, { plan }]) => lines.get(key)?.signature !== plan.signature);
    // A serial port cannot be opened twice: first all that goes, then what comes.
    await Promise.all(
      ended.map(async ([key, { runner }]) => {
        await runner.stop();
        this.#lines.delete(key);
        logger.info({ line: key }, "line closed");
      }),
    );
    for (const [key, plan] of lines) if (!this.#lines.has(key)) this.#start(key, plan);
    this.#faulty = faulty;
    const newWarnings = new Set([...warnings, ...faulty.map(({ name, reason }) => `${name}: ${reason}`)]);
    for (const warning of newWarnings)
      if (!this.#warned.has(warning)) logger.warn({ warning }, "a device is declared doubtfully");
    this.#warned = newWarnings;
    for (const device of faulty) this.#tellFaulty(device);
    stats.gauge("lines", this.#lines.size);
    stats.gauge(
      "points",
      [...this.#lines.values()].reduce((sum, { points }) => sum + points.size, 0),
    );
    stats.gauge("devices_faulty", faulty.length);
  }

  #start(key: string, plan: LinePlan): void {
    const { clock, random, stats, config, logger, fail } = this.#context;
    const { driver, line, points } = plan;
    const context = { clock, random, stats, limits: config, logger: logger.child({ line: key }) };
    const runner = new LineRunner(driver, line, points, context, {
      onSample: (point, sample) => this.#publish(point, sample),
      onState: (device, state, reason) => {
        logger.info({ device, state, reason }, "device");
        this.#tell(device, { protocol: driver.protocol, state, reason });
      },
    });
    runner.ended.catch(fail);
    this.#lines.set(key, { plan, runner, points: new Map(points.map((point) => [point.id, point])) });
    logger.info({ line: key, points: points.length }, "line started");
  }

  #checkWriter(incarnation: number): void {
    const { counter, random } = this.#log.epoch;
    const epoch = `${counter}.${random}`;
    if (epoch !== this.#writer.epoch) this.#writer = { epoch, incarnation };
    if (incarnation < this.#writer.incarnation) {
      const newer = `A newer life of devicetwin (${this.#writer.incarnation}) writes to devices`;
      throw new HoldfastError("stale_incarnation", `${newer}; ${incarnation} is over.`);
    }
    this.#writer = { epoch, incarnation };
  }

  #find(
    protocol: string,
    { namespace, device, property }: { readonly namespace: string; readonly device: string; readonly property: string },
  ): { readonly running: Running; readonly point: Point } {
    const id = `${namespace}/${device}/${property}`;
    for (const running of this.#lines.values()) {
      const point = running.plan.driver.protocol === protocol ? running.points.get(id) : undefined;
      if (point !== undefined) return { running, point };
    }
    const faulty = this.#faulty.find(({ namespace: space, name }) => space === namespace && name === device);
    const reason = faulty === undefined ? "no such property of a device on this gateway" : faulty.reason;
    throw new HoldfastError("not_found", `${id}: ${reason}.`);
  }

  /** The line of a device. Error: `not_found`. */
  #findDevice(protocol: string, device: string): Running {
    for (const running of this.#lines.values()) {
      const isOurs = running.plan.driver.protocol === protocol;
      if (isOurs && running.plan.points.some((point) => point.device === device)) return running;
    }
    throw new HoldfastError("not_found", `${device}: no such device on this gateway.`);
  }

  #publish({ device: id, property }: Pick<Point, "device" | "property">, sample: Draft<Sample>): void {
    const [namespace = "", device = ""] = id.split("/");
    this.#slots.put({ node: this.#log.node, namespace, device, property: property.name }, sample);
  }

  #tellAll(): void {
    const { stats } = this.#context;
    let reached = 0;
    let missing = this.#faulty.length;
    for (const { plan, runner } of this.#lines.values()) {
      for (const { device, state, reason } of runner.states()) {
        if (state === "online" || state === "degraded") reached++;
        else missing++;
        this.#tell(device, { protocol: plan.driver.protocol, state, reason });
      }
    }
    for (const device of this.#faulty) this.#tellFaulty(device);
    stats.gauge("devices_online", reached);
    stats.gauge("devices_offline", missing);
    stats.gauge("samples_waiting", this.#slots.size);
  }

  #tellFaulty({ protocol, namespace, name, properties, reason }: FaultyDevice): void {
    this.#tell(`${namespace}/${name}`, { protocol, state: "offline", reason: `config: ${reason}` });
    const sourceTimeMs = this.#context.clock.wallMs();
    for (const property of properties) {
      const place = { node: this.#log.node, namespace, device: name, property };
      this.#slots.put(place, { quality: "bad", error: "config", detail: reason, sourceTimeMs });
    }
  }

  #tell(id: string, { protocol, state, reason }: Reach): void {
    const [namespace = "", device = ""] = id.split("/");
    try {
      publishEvent(this.#context.bus, deviceReachability, { protocol }, { namespace, device, state, reason });
    } catch (error) {
      this.#context.logger.warn({ device: id, reason: asHoldfastError(error).message }, "reachability cannot be told");
    }
  }
}
