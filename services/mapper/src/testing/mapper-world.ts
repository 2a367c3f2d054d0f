import {
  type Bus,
  call,
  createStats,
  type Handler,
  handler,
  newEvent,
  onEvent,
  publishEvent,
  serve,
  startService,
  type World,
} from "@holdfast/kernel";
import { collectingLogger, MemoryNats, MemorySecretFiles, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import type { DeviceReachability, DriverCallRequest, Sample, Value } from "@holdfast/proto";
import {
  committed,
  desiredTaken,
  deviceReachability,
  driverCall,
  driverWrite,
  LogEventCodec,
  logGrant,
  logReplay,
  sample,
} from "@holdfast/proto";
import { mapperWith } from "../service.ts";
import { FakeDriver } from "./fake-driver.ts";
import { deviceJson, modelJson } from "./manifests.ts";

/** As much of the node's log as a module sees: what was committed, in order. */
class FakeLog {
  readonly #bus: Bus;
  readonly #events: { seq: number; event: Uint8Array }[] = [];

  constructor(bus: Bus, scheduler: Scheduler) {
    this.#bus = bus;
    const epoch = { counter: 1, random: 1 };
    const handlers: Handler<undefined>[] = [
      handler(logGrant, () => ({ incarnation: 1, epoch, lastSeq: this.#events.length, node: "gw-1" })),
      handler(logReplay, (_, { afterSeq }) => {
        const events = this.#events.filter(({ seq }) => seq > afterSeq);
        return { events, throughSeq: this.#events.length, cursor: "", more: false, fromBase: false, epoch };
      }),
    ];
    serve(bus, handlers, undefined, { logger: collectingLogger(), stats: createStats() });
    const beat = () => {
      const lastSeq = this.#events.length;
      publishEvent(bus, committed, {}, { prevSeq: lastSeq, events: [], lastSeq, epoch });
      scheduler.after(1000, beat);
    };
    beat();
  }

  set(kind: string, name: string, object: string | undefined): void {
    const content = new TextEncoder().encode(object ?? "");
    const body = object === undefined ? undefined : { version: 1, content };
    const made = newEvent(desiredTaken, { kind, namespace: "default", name }, body);
    const seq = this.#events.length + 1;
    const event = LogEventCodec.encode({ ...made, module: "hub", incarnation: 1 });
    this.#events.push({ seq, event });
    const epoch = { counter: 1, random: 1 };
    publishEvent(this.#bus, committed, {}, { prevSeq: seq - 1, events: [{ seq, event }], lastSeq: seq, epoch });
  }
}

async function world() {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const nats = new MemoryNats({ clock });
  const user = nats.connect({ name: "user" });
  const log = new FakeLog(nats.connect({ name: "log" }), scheduler);
  const samples: (readonly [device: string, property: string, sample: Sample])[] = [];
  onEvent(
    user,
    sample,
    { node: "gw-1" },
    (message, { device, property }) => void samples.push([device, property, message]),
  );
  const reached: DeviceReachability[] = [];
  onEvent(user, deviceReachability, {}, (message) => void reached.push(message));
  const driver = new FakeDriver(clock);
  const streams: never[] = [];
  const simulated: World = {
    clock,
    random: seededRandom(3),
    connect: async ({ name }) => ({ bus: nats.connect({ name }), streams: Object.create(streams) }),
    disk: () => Promise.reject(new Error("no disk")),
    secretFile: new MemorySecretFiles().open,
    bootId: "boot",
    machineId: "machine",
  };
  const failures: unknown[] = [];
  const options = {
    world: simulated,
    environment: {},
    logger: collectingLogger(),
    fail: (e: unknown) => failures.push(e),
  };
  const starting = startService(
    mapperWith(async () => [driver], "fake"),
    options,
  );
  await scheduler.runFor(1000);
  const running = await starting;
  const write = (property: string, value: Value, incarnation = 1, device = "a") => {
    const request = { namespace: "default", device, property, value, id: "w1", incarnation };
    return call(user, driverWrite, { protocol: "fake" }, request, { timeoutMs: 20_000 });
  };
  const callMethod = (values: Readonly<Record<string, Value>>, more: Partial<DriverCallRequest> = {}) => {
    const given = Object.entries(values).map(([property, value]) => ({ property, value }));
    const request = {
      namespace: "default",
      device: "a",
      method: "m",
      arguments: given,
      id: "c1",
      incarnation: 1,
      ...more,
    };
    return call(user, driverCall, { protocol: "fake" }, request, { timeoutMs: 20_000 });
  };
  const last = (property: string) => samples.filter(([, name]) => name === property).at(-1)?.[2];
  return { scheduler, nats, user, log, driver, samples, reached, write, callMethod, last, running, failures };
}

export const double = (value: number): Value => ({ kind: "double", double: value });

/** Runs simulated time until the request is answered. */
export async function answered<T>(scheduler: Scheduler, request: Promise<T>): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  request.then(end, end);
  await scheduler.runUntil(() => done, 30_000, "an answer");
  return request;
}

export async function withBoiler() {
  const it = await world();
  it.log.set("devicemodel", "m", modelJson("m", ["x", "rw"]));
  it.log.set("device", "a", deviceJson("a", "m", ["x", "rw"]));
  await it.scheduler.runFor(2000);
  return it;
}
