import { type Clock, type Device, sleep } from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";
import {
  type Batch,
  type Driver,
  DriverError,
  deviceId,
  type Line,
  type Point,
  pointId,
  type Session,
} from "../driver.ts";

/** How a simulated device behaves at the moment. */
export interface Behaviour {
  /** Answers after this long. */
  latencyMs: number;
  /** No answer: the driver times out after `timeoutMs`. */
  silent: boolean;
  /** The driver's call never ends. */
  hangs: boolean;
  /** Answers every call with this error. */
  refusal: DriverError | undefined;
  /** Answers writes of these properties with these errors. */
  readonly refusals: Map<string, DriverError>;
  /** Properties whose reads and writes are never answered. */
  readonly deaf: Set<string>;
  readonly values: Map<string, Value>;
}

export type FakeCall = readonly [what: "open" | "close" | "read" | "write" | "call", at: string, atMs: number];

/** A driver without a protocol: what it does on each call is set by the test. Batches have one device and one cycle. */
export class FakeDriver implements Driver<string, Line, Batch<string>> {
  readonly protocol = "fake";
  readonly names = ["fake"];
  readonly calls: FakeCall[] = [];
  readonly timeoutMs = 1000;
  /** Opening a line fails with this. */
  openError: DriverError | undefined;
  closeHangs = false;
  /** The present session is worn; a new one is not. */
  worn = false;
  reopenAfterTimeout = true;
  /** It carries out methods itself, and these may be carried out twice. */
  ownMethods: { readonly idempotent: readonly string[] } | undefined;
  openSessions = 0;
  readonly #clock: Clock;
  readonly #devices = new Map<string, Behaviour>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  behaviour(device: string): Behaviour {
    let behaviour = this.#devices.get(device);
    if (behaviour === undefined) {
      const values = new Map<string, Value>();
      behaviour = {
        latencyMs: 5,
        silent: false,
        hangs: false,
        refusal: undefined,
        refusals: new Map(),
        deaf: new Set(),
        values,
      };
      this.#devices.set(device, behaviour);
    }
    return behaviour;
  }

  count(what: FakeCall[0], at?: string, sinceMs = 0): number {
    return this.calls.filter(([kind, place, atMs]) => kind === what && (at ?? place) === place && atMs >= sinceMs)
      .length;
  }

  bind(device: Device) {
    const key = `fake:${String(device.protocol.config.line ?? "a")}`;
    const speed = device.protocol.config.speed;
    const settings = { ...(typeof speed === "number" ? { speed } : {}) };
    const line: Line = { key, settings, callMs: 5000, quietMs: 200 };
    const bad =
      device.protocol.config.wrong === true ? [{ path: "spec.protocol.configData.wrong", problem: "is set" }] : [];
    const points = Object.values(device.properties).flatMap((property): Point<string>[] => {
      const id = pointId(device, property.name);
      return property.visitors ? [{ id, device: deviceId(device), property, visit: property.name }] : [];
    });
    return bad.length > 0
      ? { problems: bad, warnings: [] }
      : { value: { line, points, idempotent: this.ownMethods?.idempotent ?? [] }, problems: [], warnings: [] };
  }

  /** Properties named alike up to the first "-" are read together. */
  plan(points: readonly Point<string>[]): readonly Batch<string>[] {
    const groups = new Map<string, Point<string>[]>();
    for (const point of points) {
      const key = `${point.device} ${point.visit.split("-")[0]}`;
      groups.set(key, [...(groups.get(key) ?? []), point]);
    }
    return [...groups.values()].map((joined) => ({ points: joined }));
  }

  async open(line: Line): Promise<Session<string, Batch<string>>> {
    this.#note("open", line.key);
    await sleep(this.#clock, 5);
    if (this.openError) throw this.openError;
    this.openSessions++;
    this.worn = false;
    let closed = false;
    const isWorn = () => this.worn;
    const call: Session<string, Batch<string>>["call"] = async (_, given, signal) => {
      const device = given[0]?.point.device ?? "";
      this.#note("call", device);
      await this.#answer(device, [], signal);
      for (const { point, value } of given) this.behaviour(device).values.set(point.visit, value);
    };
    return {
      ...(this.ownMethods ? { call } : {}),
      get worn() {
        return isWorn();
      },
      read: async (batch, signal) => {
        const [first] = batch.points;
        const device = first?.device ?? "";
        this.#note("read", device);
        await this.#answer(
          device,
          batch.points.map(({ visit }) => visit),
          signal,
        );
        const { values } = this.behaviour(device);
        return batch.points.map((point) => ({
          point,
          value: values.get(point.visit) ?? { kind: "double", double: 1 },
        }));
      },
      write: async (point, value, signal) => {
        this.#note("write", point.device);
        await this.#answer(point.device, [point.visit], signal);
        const refusal = this.behaviour(point.device).refusals.get(point.visit);
        if (refusal) throw refusal;
        this.behaviour(point.device).values.set(point.visit, value);
      },
      close: async () => {
        this.#note("close", line.key);
        if (this.closeHangs) return new Promise<void>(() => {});
        if (!closed) this.openSessions--;
        closed = true;
      },
    };
  }

  async #answer(device: string, properties: readonly string[], signal: AbortSignal): Promise<void> {
    const { silent, hangs, latencyMs, refusal, deaf } = this.behaviour(device);
    if (hangs) return new Promise<void>(() => {});
    if (silent || properties.some((property) => deaf.has(property))) {
      await sleep(this.#clock, this.timeoutMs, signal);
      throw new DriverError("timeout", "no answer", { reopen: this.reopenAfterTimeout });
    }
    await sleep(this.#clock, latencyMs, signal);
    if (refusal) throw refusal;
  }

  #note(what: FakeCall[0], at: string): void {
    this.calls.push([what, at, this.#clock.monotonicMs()]);
  }
}
