import { HoldfastError, hasCode, sameValue } from "@holdfast/kernel";
import { below, chance, pick, type SeededRandom, seededRandom } from "@holdfast/kernel/testing";
import { type DriverWriteReply, type DriverWriteRequest, twinProposed, twinSet, type Value } from "@holdfast/proto";
import { double } from "./boiler.ts";
import { TestGateway } from "./gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./simulated-mapper.ts";

/** A write as it reached the device, and where the log was then. */
export interface WitnessedWrite {
  readonly id: string;
  readonly property: string;
  readonly seq: number;
  /** The last write that the device took was this very one, and it still has its value. */
  readonly needless: boolean;
}

class WitnessedDevice extends SimulatedDevice {
  readonly witnessed: WitnessedWrite[] = [];
  lastSeq: () => number = () => 0;

  override write(request: DriverWriteRequest, wallMs: number): DriverWriteReply {
    const { id, property, value } = request;
    const last = this.writes.findLast((write) => write.property === property && write.taken);
    const has = this.registers.get(property);
    const needless = last?.id === id && value !== undefined && has !== undefined && sameValue(has, value);
    this.witnessed.push({ id, property, seq: this.lastSeq(), needless });
    return super.write(request, wallMs);
  }
}

const environment = {
  ...{ HF_TWIN_RETRY_BASE_MS: "50", HF_TWIN_RETRY_MAX_MS: "500", HF_SIMULATED_SAMPLE_MS: "200" },
  ...{ HF_TWIN_MAPPER_SILENCE_MS: "3000", HF_TWIN_OFFLINE_TTL_MS: "2000", HF_TWIN_DRIVER_TIMEOUT_MS: "1000" },
};
const writable = ["setpoint", "steps"] as const;

/** A gateway that lives through everything at once, and a cloud that decides its proposals as the rules say. */
export class RandomLife {
  readonly device = new WitnessedDevice("default", "boiler", {
    setpoint: double(20),
    steps: double(1),
    temperature: double(20),
  });
  readonly gateway: TestGateway;
  /** Ids of sets that were answered. */
  readonly acknowledged: string[] = [];
  readonly refusals: HoldfastError[] = [];
  /** Proposals that the cloud accepted, by id. */
  readonly decided = new Map<string, boolean>();
  readonly #random: SeededRandom;
  readonly #cloud = new Map<string, { version: number; origin: string; value: Value | undefined }>();
  /** What is on its way down. */
  #down: (() => void)[] = [];
  #version = 100;
  #ids = 0;
  readonly #compacting: boolean;

  constructor(seed: number, options: { readonly compacting: boolean }) {
    this.#random = seededRandom(seed);
    this.#compacting = options.compacting;
    this.gateway = new TestGateway({ seed, environment, plant: new SimulatedPlant("simulated", this.device) });
    this.device.lastSeq = () => this.gateway.log.lastSeq;
  }

  async live(turns: number): Promise<void> {
    this.gateway.boiler();
    await this.gateway.start();
    for (let turn = 0; turn < turns; turn += 1) {
      this.#happen();
      await this.gateway.scheduler.runFor(below(this.#random, chance(this.#random, 0.3) ? 1_500 : 40));
    }
    await this.#heal();
  }

  #happen(): void {
    const { gateway, device } = this;
    const random = this.#random;
    const { faults } = device;
    pick<() => void>(random, [
      () => this.#set(),
      () => this.#set(),
      () => this.#set(),
      () => this.#cloudSets(),
      () => this.#decide(),
      () => this.#decide(),
      () => this.#deliver(),
      () => this.#deliver(),
      () => gateway.devicetwin.restart(),
      () => gateway.devicetwin.restart(),
      () => gateway.mapper.restart(),
      () => {
        faults.unknownWrites = below(random, 3);
      },
      () => {
        faults.lostWrites = below(random, 3);
      },
      () => {
        faults.refusedWrites = below(random, 2);
      },
      () => {
        faults.clamp = chance(random, 0.3) ? () => double(33) : undefined;
      },
      () => {
        faults.noReadBack = chance(random, 0.5);
        faults.delayMs = below(random, 100);
      },
      () => {
        device.state = chance(random, 0.5) ? "offline" : "online";
        faults.silent = device.state === "offline";
      },
      () => device.registers.set("temperature", double(below(random, 100))),
      () => {
        gateway.log.commitMs = below(random, 30);
      },
      () => {
        if (this.#compacting) gateway.log.compact(below(random, gateway.log.lastSeq));
      },
    ])();
  }

  #set(): void {
    const random = this.#random;
    const property = pick(random, writable);
    const repeats = !this.#compacting && this.acknowledged.length > 0 && chance(random, 0.1);
    const id = repeats ? pick(random, this.acknowledged) : `p${++this.#ids}`;
    const value = chance(random, 0.05) ? undefined : double(10 + below(random, 70));
    const validForMs = chance(random, 0.1) ? 1_000 : 0;
    const request = { device: "boiler", property, value, clear: value === undefined, id, validForMs };
    this.gateway.send(twinSet, { namespace: "default" }, request).then(
      () => {
        if (!this.acknowledged.includes(id)) this.acknowledged.push(id);
      },
      (error: unknown) => {
        // Unknown effects are part of life; a bug is not.
        if (hasCode(error, "internal") || !(error instanceof HoldfastError)) throw error;
        this.refusals.push(error);
      },
    );
  }

  #cloudSets(): void {
    const property = pick(this.#random, writable);
    const id = `c${++this.#ids}`;
    this.#write(property, id, double(10 + below(this.#random, 70)));
  }

  #write(property: string, id: string, value: Value | undefined): number {
    this.#version += 1;
    const version = this.#version;
    this.#cloud.set(property, { version, origin: id, value });
    this.#down.push(() => this.gateway.target(`boiler.${property}`, { value, id, version, deviceUid: "uid-boiler" }));
    return version;
  }

  /** Decides the oldest proposal that the cloud has not seen (docs/protocol.md 8). */
  #decide(): boolean {
    for (const { event } of this.gateway.log.history) {
      if (event.type !== twinProposed.name || event.ending === "removal") continue;
      const id = twinProposed.key.parse(event.key)?.id ?? "";
      if (this.decided.has(id)) continue;
      const { property, value, baseVersion, own } = twinProposed.message.decode(event.body);
      const current = this.#cloud.get(property) ?? { version: 0, origin: "", value: undefined };
      const accepted = current.version === baseVersion || own.includes(current.origin);
      this.decided.set(id, accepted);
      const version = accepted ? this.#write(property, id, value) : current.version;
      const resolution = { accepted, version, reason: accepted ? "" : "superseded" };
      this.#down.push(() => this.gateway.resolution(id, resolution));
      return true;
    }
    return false;
  }

  /** One thing comes down; values and decisions in any order, but those of one property in theirs. */
  #deliver(): void {
    const next = this.#down.shift();
    if (chance(this.#random, 0.3) && this.#down.length > 0 && next) {
      this.#down.splice(1, 0, next);
      this.#down.shift()?.();
    } else next?.();
  }

  async #heal(): Promise<void> {
    const { gateway, device } = this;
    Object.assign(device.faults, { silent: false, unknownWrites: 0, lostWrites: 0, refusedWrites: 0, delayMs: 1 });
    device.faults.noReadBack = false;
    device.faults.clamp = undefined;
    device.state = "online";
    gateway.log.commitMs = 1;
    await gateway.scheduler.runFor(15_000);
    while (this.#decide());
    while (this.#down.length > 0) this.#down.shift()?.();
    await gateway.scheduler.runFor(30_000);
  }
}
