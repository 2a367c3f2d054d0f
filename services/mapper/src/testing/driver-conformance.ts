import { createStats, sameValue, systemClock, systemRandom } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import type { Value } from "@holdfast/proto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Argument, Batch, Driver, DriverContext, Line, Point, Reading, Session } from "../driver.ts";
import { DriverError } from "../driver.ts";
import { type CarriedOut, carryOut } from "../line-call.ts";
import { LineSession } from "../line-session.ts";
import type { Fault, FaultProxy } from "./fault-proxy.ts";

export interface Points<V> {
  /** At least three whose values differ, so that an answer given to the wrong question shows. */
  readonly points: readonly Point<V>[];
  /** One that can be written, with two values for it. */
  readonly writable: { readonly point: Point<V>; readonly values: readonly [Value, Value] };
}

/** What a driver's author brings: a simulated device behind the fault proxy. */
export interface Peer<V, L extends Line, B extends Batch<V>> {
  readonly driver: Driver<V, L, B>;
  /** Leads through the proxy. Short timeouts make the suite quick. */
  readonly line: L;
  /** How long the driver waits for one answer of the quick points. */
  readonly timeoutMs: number;
  /** For tests in which answers are lost: short timeouts keep them quick. */
  readonly quick: Points<V>;
  /** The same places, but the driver waits 10 s or more: for tests in which a busy machine must not count. */
  readonly patient: Points<V>;
  /** What the device holds for this point, in the driver's own kind. */
  expected(point: Point<V>): Value;
  readonly proxy: FaultProxy;
  /** The device goes away and comes back. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const faults: readonly Fault[] = [
  { kind: "drop" },
  { kind: "split" },
  { kind: "garbage", bytes: Uint8Array.of(0x55, 0xaa, 0, 0xff, 1, 3) },
  { kind: "corrupt" },
  { kind: "cut" },
  { kind: "twice" },
];

/** What happens at once, happens within this time even on a busy machine. */
const atOnceMs = 5000;

const lineLimits = { offlineAfter: 3, quarantineAfter: 8, backoffMs: 10, backoffMaxMs: 100, quarantineMs: 1000 };
/** Calls that may fail before a driver must be right again. */
const recoveryMax = 6;

/** Registers the tests that every driver passes. */
export function driverConformance<V, L extends Line, B extends Batch<V>>(
  name: string,
  start: () => Promise<Peer<V, L, B>>,
): void {
  describe(`driver conformance: ${name}`, () => {
    let peer: Peer<V, L, B>;
    let user: User<V, L, B>;
    beforeAll(async () => {
      peer = await start();
    });
    afterAll(() => peer.stop());
    beforeEach(() => {
      peer.proxy.heal();
      user = new User(peer);
      return () => user.close();
    });

    test("gives exactly one reading per point, in order, and right", async () => {
      const { points } = peer.patient;
      for (const batch of peer.driver.plan(points)) {
        const readings = await user.readBatch(batch);
        expect(readings.map(({ point }) => point.id)).toEqual(batch.points.map(({ id }) => id));
        for (const reading of readings) user.expectRight(reading);
      }
      const planned = peer.driver.plan(points).flatMap((batch) => batch.points.map(({ id }) => id));
      expect([...planned].sort()).toEqual(points.map(({ id }) => id).sort());
    });

    test("a late answer is not taken for the next one", async () => {
      for (const lateness of [1.3, 1.7]) {
        peer.proxy.inject({ kind: "delay", ms: peer.timeoutMs * lateness });
        await expect(user.readOnce(peer.quick.points[0])).rejects.toMatchObject({ kind: "timeout" });
        for (const point of [...peer.quick.points.slice(1), ...peer.quick.points]) await user.readRight(point);
      }
    });

    test.each(faults)("after the fault %o values are right or errors, and soon right again", async (fault) => {
      for (const point of peer.quick.points) {
        peer.proxy.inject(fault);
        await user.readRight(point);
      }
      for (const point of peer.quick.points) await user.readRight(point);
    });

    test("a lost connection fails the pending call at once", async () => {
      const session = await user.session();
      peer.proxy.inject({ kind: "cut" });
      const beganMs = systemClock.monotonicMs();
      const reading = session.read(user.batchOf(peer.patient.points[0]), user.signal);
      await expect(reading).rejects.toMatchObject({ kind: "link", reopen: true });
      expect(systemClock.monotonicMs() - beganMs).toBeLessThan(atOnceMs);
    });

    test("a session that was lost refuses calls, and says that nothing was sent", async () => {
      await user.readRight(peer.quick.points[0]);
      const session = await user.session();
      peer.proxy.inject({ kind: "cut" });
      const batch = user.batchOf(peer.quick.points[0]);
      await expect(session.read(batch, user.signal)).rejects.toBeInstanceOf(DriverError);
      await expect(session.read(batch, user.signal)).rejects.toMatchObject({ reopen: true, sent: false });
    });

    test("an endpoint that refuses is a link error", async () => {
      peer.proxy.refuse(true);
      try {
        await expect(user.readOnce(peer.quick.points[0])).rejects.toMatchObject({ kind: "link", reopen: true });
      } finally {
        peer.proxy.refuse(false);
      }
      await user.readRight(peer.quick.points[0]);
    });

    test("a device that restarts is read again", async () => {
      await user.readRight(peer.quick.points[0]);
      await peer.restart();
      for (const point of peer.quick.points) await user.readRight(point);
    });

    test("what was written is read back", async () => {
      const { point, values } = peer.patient.writable;
      for (const value of values) {
        await (await user.session()).write(point, value, user.signal);
        const { value: after } = await user.readOnce(point);
        expect(after !== undefined && sameValue(after, value)).toBe(true);
      }
    });

    test("a write without an answer may have happened", async () => {
      const { point, values } = peer.quick.writable;
      peer.proxy.inject({ kind: "drop" });
      const write = (await user.session()).write(point, values[0], user.signal);
      await expect(write).rejects.toMatchObject({ kind: "timeout", mayHaveHappened: true });
      await user.close();
      await user.readRight(peer.quick.points[0]);
    });

    test("the arguments of a method are given in their order", async () => {
      const { point, values } = peer.patient.writable;
      const { reply } = await user.carryOut(values.map((value) => ({ point, value })));
      expect(reply).toMatchObject({ outcome: "ok" });
      const { value: after } = await user.readOnce(point);
      expect(after !== undefined && sameValue(after, values[1])).toBe(true);
    });

    test("a method without an answer may have been carried out, and is not repeated", async () => {
      const { point, values } = peer.quick.writable;
      await user.readRight(peer.quick.points[0]);
      peer.proxy.inject({ kind: "drop" });
      const { reply, error } = await user.carryOut([{ point, value: values[0] }]);
      expect(reply).toMatchObject({ outcome: "unknown", error: "timeout" });
      expect(error?.mayHaveHappened).toBe(true);
      await user.readRight(peer.quick.points[0]);
    });

    test("an aborted call ends at once", async () => {
      const session = await user.session();
      peer.proxy.inject({ kind: "drop" });
      const beganMs = systemClock.monotonicMs();
      const reading = session.read(user.batchOf(peer.patient.points[0]), user.signal);
      user.abort();
      await expect(reading).rejects.toBeInstanceOf(DriverError);
      expect(systemClock.monotonicMs() - beganMs).toBeLessThan(atOnceMs);
    });

    test("close is idempotent, quick even with a call pending, and final", async () => {
      const session = await user.session();
      const batch = user.batchOf(peer.patient.points[0]);
      peer.proxy.inject({ kind: "drop" });
      const pending = expect(session.read(batch, user.signal)).rejects.toBeInstanceOf(DriverError);
      const beganMs = systemClock.monotonicMs();
      await Promise.all([session.close(), session.close()]);
      await pending;
      expect(systemClock.monotonicMs() - beganMs).toBeLessThan(2000);
      await expect(session.read(batch, user.signal)).rejects.toMatchObject({ sent: false });
    });

    test("200 sessions leave nothing open", async () => {
      await user.readRight(peer.patient.points[0]);
      await user.close();
      const open = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
      await expect.poll(open, { timeout: 10_000 }).toBe(0);
      for (let round = 0; round < 200; round++) {
        await user.readOnce(peer.patient.points[0]);
        await user.close({ quiet: false });
      }
      await expect.poll(open, { timeout: 10_000 }).toBe(0);
    });
  });
}

/** Uses a session as the host does: after `reopen`, close, quiet time, open. */
class User<V, L extends Line, B extends Batch<V>> {
  readonly #peer: Peer<V, L, B>;
  readonly #context: DriverContext = { clock: systemClock, logger: collectingLogger(), stats: createStats() };
  #session: Session<V, B> | undefined;
  #abort = new AbortController();

  constructor(peer: Peer<V, L, B>) {
    this.#peer = peer;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async session(): Promise<Session<V, B>> {
    this.#session ??= await this.#peer.driver.open(this.#peer.line, this.#context, this.signal);
    return this.#session;
  }

  async close({ quiet = true } = {}): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    await session.close();
    if (quiet) await new Promise<void>((resolve) => systemClock.after(this.#peer.line.quietMs, resolve));
  }

  async readBatch(batch: B): Promise<readonly Reading[]> {
    try {
      return await (await this.session()).read(batch, this.signal);
    } catch (error) {
      if (error instanceof DriverError && error.reopen) await this.close();
      throw error;
    }
  }

  batchOf(point: Point<V> | undefined): B {
    if (point === undefined) expect.unreachable("the peer has too few points");
    return this.#peer.driver.plan([point])[0] ?? expect.unreachable("the driver planned nothing");
  }

  /** As the host has it done: by the driver itself where it has methods of its own. */
  async carryOut(given: readonly Argument<V>[]): Promise<CarriedOut> {
    await this.close();
    const { driver, line } = this.#peer;
    const stopping = new AbortController();
    const context = { ...this.#context, random: systemRandom, limits: lineLimits };
    const session = new LineSession(driver, line, context, stopping.signal);
    try {
      const call = { device: "default/d", method: "m", arguments: given, endMs: Number.POSITIVE_INFINITY };
      return await carryOut(session, call, () => systemClock.monotonicMs());
    } finally {
      await session.close();
    }
  }

  async readOnce(point: Point<V> | undefined): Promise<Reading> {
    const [reading] = await this.readBatch(this.batchOf(point));
    return reading ?? expect.unreachable("no reading");
  }

  /** Reads until it succeeds; a wrong value fails at once. */
  async readRight(point: Point<V> | undefined): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.expectRight(await this.readOnce(point));
      } catch (error) {
        if (!(error instanceof DriverError) || attempt === recoveryMax) throw error;
      }
    }
  }

  expectRight({ point, value, error }: Reading): void {
    const ours =
      [...this.#peer.quick.points, ...this.#peer.patient.points].find(({ id }) => id === point.id) ??
      expect.unreachable();
    expect({ point: point.id, value, error }).toEqual({
      point: point.id,
      value: this.#peer.expected(ours),
      error: undefined,
    });
  }
}
