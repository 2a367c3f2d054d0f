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
import type { DeviceReachability, DriverWriteReply, Sample, Value } from "@holdfast/proto";
import {
  committed,
  desiredTaken,
  deviceReachability,
  driverRead,
  driverWrite,
  LogEventCodec,
  logGrant,
  logReplay,
  sample,
} from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import type { DriverError } from "./driver.ts";
import { mapperWith } from "./service.ts";
import { FakeDriver } from "./testing/fake-driver.ts";
import { deviceJson, modelJson } from "./testing/manifests.ts";

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
  const last = (property: string) => samples.filter(([, name]) => name === property).at(-1)?.[2];
  return { scheduler, nats, user, log, driver, samples, reached, write, last, running, failures };
}

const double = (value: number): Value => ({ kind: "double", double: value });

/** Runs simulated time until the request is answered. */
async function answered<T>(scheduler: Scheduler, request: Promise<T>): Promise<T> {
  let done = false;
  const end = () => {
    done = true;
  };
  request.then(end, end);
  await scheduler.runUntil(() => done, 30_000, "an answer");
  return request;
}

async function withBoiler() {
  const it = await world();
  it.log.set("devicemodel", "m", modelJson("m", ["x", "rw"]));
  it.log.set("device", "a", deviceJson("a", "m", ["x", "rw"]));
  await it.scheduler.runFor(2000);
  return it;
}

describe("the mapper", () => {
  test("reads what the log desires and publishes samples under the node's name", async () => {
    const { last, reached } = await withBoiler();
    expect(last("x")).toMatchObject({ quality: "good", value: double(1) });
    expect(last("x")?.sourceTimeMs).toBeGreaterThan(0);
    expect(reached[0]).toEqual({ namespace: "default", device: "a", state: "online", reason: "" });
  });

  test("finds what was in the log before it started, and takes changes one by one", async () => {
    const { scheduler, log, driver, samples } = await withBoiler();
    log.set("device", "b", deviceJson("b", "m", ["x"], { line: "two" }));
    await scheduler.runFor(2000);
    expect(driver.count("open", "fake:a"), "the other line was not touched").toBe(1);
    expect(samples.some(([device]) => device === "b")).toBe(true);
    log.set("device", "a", undefined);
    await scheduler.runFor(1000);
    expect(driver.openSessions).toBe(1);
    const reads = driver.count("read", "default/a");
    await scheduler.runFor(5000);
    expect(driver.count("read", "default/a")).toBe(reads);
  });

  test("a model that changes restarts the devices that follow it", async () => {
    const { scheduler, log, driver, last } = await withBoiler();
    driver.behaviour("default/a").values.set("x", double(50));
    log.set("devicemodel", "m", modelJson("m", ["x", "rw"], { maximum: "20" }));
    await scheduler.runFor(2000);
    expect(last("x")).toMatchObject({ quality: "uncertain", detail: "50 is above the maximum 20" });
  });

  test("says again every few seconds whom it reaches", async () => {
    const { scheduler, reached } = await withBoiler();
    const before = reached.length;
    await scheduler.runFor(20_000);
    expect(reached.length - before).toBe(4);
  });

  test("a device that is declared wrongly is offline and bad, with the reason", async () => {
    const { scheduler, log, reached, samples } = await withBoiler();
    log.set("device", "w", deviceJson("w", "m", ["x"], { wrong: true }));
    await scheduler.runFor(1000);
    const detail = "spec.protocol.configData.wrong is set";
    expect(reached).toContainEqual({
      namespace: "default",
      device: "w",
      state: "offline",
      reason: `config: ${detail}`,
    });
    expect(samples.find(([device]) => device === "w")?.[2]).toMatchObject({ quality: "bad", error: "config", detail });
  });

  test("writes, and answers with what the device says then", async () => {
    const { scheduler, write, last } = await withBoiler();
    const reply = await answered(scheduler, write("rw", { kind: "string", string: "42" }));
    expect(reply).toMatchObject<Partial<DriverWriteReply>>({ outcome: "ok", readBack: double(42) });
    expect(last("rw")).toMatchObject({ value: double(42) });
  });

  test("reads on demand", async () => {
    const { scheduler, user, driver } = await withBoiler();
    driver.behaviour("default/a").values.set("x", double(77));
    const request = { namespace: "default", device: "a", property: "x" };
    const reply = call(user, driverRead, { protocol: "fake" }, request, { timeoutMs: 5000 });
    expect(await answered(scheduler, reply)).toMatchObject({ quality: "good", value: double(77) });
  });

  test.each<[string, Value, string]>([
    ["x", double(1), "read_only"],
    ["rw", double(101), "out_of_range"],
    ["rw", { kind: "string", string: "warm" }, "wrong_type"],
    ["nothing", double(1), "not_found"],
  ])("refuses to write %s = %o: %s", async (property, value, code) => {
    const { scheduler, driver, write } = await withBoiler();
    await expect(answered(scheduler, write(property, value))).rejects.toMatchObject({ code });
    expect(driver.count("write")).toBe(0);
  });

  test("refuses an earlier life of devicetwin", async () => {
    const { scheduler, driver, write } = await withBoiler();
    await answered(scheduler, write("rw", double(1), 5));
    await expect(answered(scheduler, write("rw", double(2), 4))).rejects.toMatchObject({ code: "stale_incarnation" });
    await answered(scheduler, write("rw", double(3), 6));
    expect(driver.count("write")).toBe(2);
  });

  test("an earlier life's write that waits is not done once a later one has written", async () => {
    const { scheduler, driver, write } = await withBoiler();
    driver.behaviour("default/a").latencyMs = 800;
    await scheduler.runFor(1500);
    const first = write("rw", double(1), 5);
    const early = write("rw", double(2), 5);
    const late = write("rw", double(3), 6);
    const refused = expect(early).rejects.toMatchObject({ code: "stale_incarnation" });
    const first2 = first.catch((error: DriverError) => error);
    await answered(scheduler, late);
    await refused;
    await first2;
    expect(driver.behaviour("default/a").values.get("rw")).toEqual(double(3));
  });

  test("keeps reading and serving writes while samples cannot leave", async () => {
    const { scheduler, nats, driver, samples, write } = await withBoiler();
    nats.cut("mapper samples");
    await scheduler.runFor(5000);
    const before = samples.length;
    await answered(scheduler, write("rw", double(9)));
    expect(driver.count("read")).toBeGreaterThan(5);
    expect(samples.length).toBe(before);
    nats.restore("mapper samples");
    await scheduler.runFor(500);
    expect(samples.slice(before).map(([, property, { dropped }]) => [property, dropped > 0])).toContainEqual([
      "x",
      true,
    ]);
  });

  test("closes all lines when it stops", async () => {
    const { scheduler, driver, running, failures } = await withBoiler();
    const stopping = running.stop();
    await answered(scheduler, stopping);
    expect(driver.openSessions).toBe(0);
    expect(failures).toEqual([]);
  });
});
