import { createServer } from "node:net";
import { createStats, systemClock } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import type { Value } from "@holdfast/proto";
import { afterEach, describe, expect, test } from "vitest";
import type { Point, Session } from "../../driver.ts";
import { modbusDevice, type PropertyAt, sampleMemory } from "../../testing/modbus-peer.ts";
import { type Listener, ModbusSlave, SlaveException, serveTcp } from "../../testing/modbus-slave.ts";
import type { ModbusVisit } from "./address.ts";
import { modbus } from "./driver.ts";
import type { ModbusBatch } from "./plan.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const context = { clock: systemClock, logger: collectingLogger(), stats: createStats() };
const { signal } = new AbortController();
const int = (integer: number | bigint): Value => ({ kind: "int64", int64: BigInt(integer) });
const bool = (value: boolean): Value => ({ kind: "bool", bool: value });

async function opened(slave: ModbusSlave, properties: readonly PropertyAt[], config: object = {}) {
  const listener: Listener = await serveTcp(slave);
  const place = { ip: "127.0.0.1", port: listener.port, slaveID: 1, timeoutMs: 2000, ...config };
  const { binding } = modbusDevice("d", place, properties);
  const session: Session<ModbusVisit, ModbusBatch> = await modbus.open(binding.line, context, signal);
  ends.push(
    () => listener.close(),
    () => session.close(),
  );
  const point = (name: string): Point<ModbusVisit> =>
    binding.points.find(({ property }) => property.name === name) ?? expect.unreachable(name);
  const read = async (...names: string[]) => {
    const batches = modbus.plan(names.length > 0 ? names.map(point) : binding.points);
    return (await Promise.all(batches.map((batch) => session.read(batch, signal)))).flat();
  };
  return { session, point, read, batches: modbus.plan(binding.points) };
}

const at = (name: string, offset: number, more: object = {}): PropertyAt => ({
  name,
  type: "INT",
  accessMode: "ReadWrite",
  config: { register: "HoldingRegister", offset, limit: 1, ...more },
});
const coil = (name: string, offset: number, limit = 1): PropertyAt => ({
  name,
  type: limit === 1 ? "BOOLEAN" : "INT",
  accessMode: "ReadWrite",
  config: { register: "CoilRegister", offset, limit },
});

describe("joined reads", () => {
  test("are one request", async () => {
    const slave = new ModbusSlave({ 1: sampleMemory() });
    const { read } = await opened(slave, [at("a", 10), at("b", 11), at("c", 12)]);
    expect((await read()).map(({ value }) => value)).toEqual([int(1010), int(1011), int(1012)]);
    expect(slave.requests).toBe(1);
  });

  test("that the device refuses are split for good, and the good ones do not suffer", async () => {
    const onRequest = (_: number, pdu: Buffer) => {
      const [start, count] = [pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
      if (start <= 11 && 11 < start + count) throw new SlaveException(2);
    };
    const slave = new ModbusSlave({ 1: sampleMemory() }, { onRequest });
    const { session, batches } = await opened(slave, [at("a", 10), at("hole", 11), at("c", 12)]);
    const [batch] = batches;
    if (batch === undefined) expect.unreachable();
    for (const requests of [4, 7]) {
      const readings = await session.read(batch, signal);
      expect(readings.map(({ value, error }) => value ?? error?.kind)).toEqual([int(1010), "config", int(1012)]);
      expect(slave.requests).toBe(requests);
    }
  });
});

describe("function codes", () => {
  const codes = async (properties: readonly PropertyAt[], write: readonly [string, Value][]) => {
    const seen: number[] = [];
    const memory = sampleMemory();
    const slave = new ModbusSlave({ 1: memory }, { onRequest: (_, pdu) => void seen.push(pdu[0] ?? 0) });
    const { session, point } = await opened(slave, properties);
    for (const [name, value] of write) await session.write(point(name), value, signal);
    return { seen, memory };
  };

  test("5 and 6 for one, 15 and 16 for several", async () => {
    const properties = [coil("c1", 1), coil("c4", 4, 4), at("r1", 1), at("r2", 2, { limit: 2 })];
    const { seen, memory } = await codes(properties, [
      ["c1", bool(true)],
      ["c4", int(0b1010)],
      ["r1", int(7)],
      ["r2", int(65_537)],
    ]);
    expect(seen).toEqual([5, 15, 6, 16]);
    expect(memory.coils.slice(1, 8)).toEqual(
      [true, false, true, false, true, false, true].map(
        (_, index) => [true, false, true, false, true, false, true][index],
      ),
    );
    expect(memory.holding.slice(1, 4)).toEqual([7, 1, 1]);
  });

  test("15 and 16 also for one where the device wants it", async () => {
    const multiple = { writeMultiple: true };
    const one = { ...coil("c", 1), config: { register: "CoilRegister", offset: 1, limit: 1, ...multiple } };
    const { seen } = await codes(
      [one, at("r", 1, multiple)],
      [
        ["c", bool(true)],
        ["r", int(7)],
      ],
    );
    expect(seen).toEqual([15, 16]);
  });

  test("a bit is set by reading the register before", async () => {
    const bit = { ...at("b", 5, { bit: 3 }), type: "BOOLEAN" };
    const { seen, memory } = await codes([bit], [["b", bool(true)]]);
    expect(seen).toEqual([3, 6]);
    expect(memory.holding[5]).toBe(1005 | 8);
  });
});

test("exceptions are mapped, and do not close the session", async () => {
  let code = 0;
  const onRequest = () => {
    if (code !== 0) throw new SlaveException(code);
  };
  const { session, point, read } = await opened(new ModbusSlave({ 1: sampleMemory() }, { onRequest }), [at("a", 0)]);
  const kinds = new Map<number, string>();
  for (code of [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 99]) {
    const error = await read().then(
      ([reading]) => reading?.error,
      (thrown) => thrown,
    );
    kinds.set(code, `${error?.kind}${error?.reopen ? " reopen" : ""}`);
  }
  expect(Object.fromEntries(kinds)).toEqual({
    1: "config",
    2: "config",
    3: "rejected",
    4: "rejected",
    5: "busy",
    6: "busy",
    7: "rejected",
    8: "rejected",
    10: "config",
    11: "timeout",
    99: "rejected",
  });
  code = 3;
  await expect(session.write(point("a"), int(1), signal)).rejects.toMatchObject({
    kind: "rejected",
    mayHaveHappened: false,
  });
  code = 0;
  expect(await read()).toMatchObject([{ value: int(1000) }]);
});

test("a value that does not fit is not sent", async () => {
  const slave = new ModbusSlave({ 1: sampleMemory() });
  const { session, point } = await opened(slave, [at("a", 0)]);
  const refused = { kind: "rejected", mayHaveHappened: false };
  await expect(session.write(point("a"), int(70_000), signal)).rejects.toMatchObject(refused);
  expect(slave.requests).toBe(0);
});

test("a table that cannot be written is a configuration error", async () => {
  const input = { ...at("i", 0), config: { register: "InputRegister", offset: 0, limit: 1 } };
  const { session, point } = await opened(new ModbusSlave({ 1: sampleMemory() }), [input]);
  await expect(session.write(point("i"), int(1), signal)).rejects.toMatchObject({ kind: "config", sent: false });
});

test("units on one connection are told apart", async () => {
  const two = { ...sampleMemory(), holding: [42] };
  const slave = new ModbusSlave({ 1: sampleMemory(), 2: two });
  const first = await opened(slave, [at("a", 0)]);
  const second = await opened(slave, [at("a", 0)], { slaveID: 2 });
  expect(await first.read()).toMatchObject([{ value: int(1000) }]);
  expect(await second.read()).toMatchObject([{ value: int(42) }]);
});

/** A peer that answers each request with these bytes behind the right header. */
async function liar(answer: (pdu: Buffer) => Buffer) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (request) => {
      const body = answer(request.subarray(7));
      const header = Buffer.from(request.subarray(0, 7));
      header.writeUInt16BE(body.length + 1, 4);
      socket.write(Buffer.concat([header, body]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { binding } = modbusDevice("d", { ip: "127.0.0.1", port, slaveID: 1 }, [at("a", 3, { limit: 2 })]);
  const session = await modbus.open(binding.line, context, signal);
  ends.push(
    () => new Promise((resolve) => void server.close(() => resolve())),
    () => session.close(),
  );
  const [point] = binding.points;
  if (point === undefined) expect.unreachable();
  const [batch] = modbus.plan([point]);
  if (batch === undefined) expect.unreachable();
  return { session, point, batch };
}

describe("an answer that does not fit the question", () => {
  test.each([
    ["fewer registers", Buffer.of(3, 2, 0, 1)],
    ["more registers", Buffer.of(3, 6, 0, 1, 0, 2, 0, 3)],
    ["a byte count that lies", Buffer.of(3, 2, 0, 1, 0, 2)],
    ["a byte count beyond the frame", Buffer.of(3, 200, 0, 1, 0, 2)],
    ["another function", Buffer.of(4, 4, 0, 1, 0, 2)],
    ["nothing", Buffer.of(3)],
  ])("%s: an error, never a value", async (_, answer) => {
    const { session, batch } = await liar(() => answer);
    await expect(session.read(batch, signal)).rejects.toMatchObject({ kind: "protocol", reopen: true });
  });

  test("an echo of another value: the write may have happened", async () => {
    const { session, point } = await liar(() => Buffer.of(16, 0, 3, 0, 1));
    const doubtful = { kind: "protocol", reopen: true, mayHaveHappened: true };
    await expect(session.write(point, int(5), signal)).rejects.toMatchObject(doubtful);
  });
});

test("a connection that owes an answer is worn before transaction numbers come round again", async () => {
  let silent = true;
  const slave = new ModbusSlave({ 1: sampleMemory() });
  const hiding = Object.assign(Object.create(slave), {
    answer: (unit: number, pdu: Buffer) => (silent ? undefined : slave.answer(unit, pdu)),
  });
  const { session, read } = await opened(hiding, [at("a", 0)], { timeoutMs: 50 });
  await expect(read()).rejects.toMatchObject({ kind: "timeout", reopen: false });
  silent = false;
  for (let round = 0; round < 200; round++) await read();
  expect(session.worn).toBe(false);
  await read();
  expect(session.worn).toBe(true);
});

test("a connection that the other side closed while it was idle is worn: it is replaced without an error", async () => {
  const slave = new ModbusSlave({ 1: sampleMemory() });
  const listener = await serveTcp(slave);
  const { binding } = modbusDevice("d", { ip: "127.0.0.1", port: listener.port, slaveID: 1 }, [at("a", 0)]);
  const session = await modbus.open(binding.line, context, signal);
  ends.push(() => session.close());
  expect(session.worn).toBe(false);
  await listener.close();
  await expect.poll(() => session.worn, { timeout: 10_000 }).toBe(true);
});
