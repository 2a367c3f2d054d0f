import { Duplex } from "node:stream";
import { createStats, sleep, systemClock } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import type { Value } from "@holdfast/proto";
import { afterEach, describe, expect } from "vitest";
import { startBoiler } from "../../examples/boiler/boiler.ts";
import { DriverError, type Point, type Session } from "../../services/mapper/src/driver.ts";
import type { ModbusVisit } from "../../services/mapper/src/drivers/modbus/address.ts";
import { modbus } from "../../services/mapper/src/drivers/modbus/driver.ts";
import type { ModbusBatch } from "../../services/mapper/src/drivers/modbus/plan.ts";
import { newSerialPort } from "../../services/mapper/src/drivers/modbus/serial-port.ts";
import { modbusDevice, type PropertyAt, sampleMemory } from "../../services/mapper/src/testing/modbus-peer.ts";
import { ModbusSlave, serveRtu } from "../../services/mapper/src/testing/modbus-slave.ts";
import { Ends, freePort, mbpoll, peerTest, serialPair, startLibmodbus, startPymodbus } from "./peers/tools.ts";

const ends = new Ends();
afterEach(() => ends.run());

const context = { clock: systemClock, logger: collectingLogger(), stats: createStats() };
const { signal } = new AbortController();
const int = (integer: number | bigint): Value => ({ kind: "int64", int64: BigInt(integer) });
const bool = (value: boolean): Value => ({ kind: "bool", bool: value });
const double = (value: number): Value => ({ kind: "double", double: value });

const property = (name: string, type: string, register: string, offset: number, more: object = {}): PropertyAt => ({
  name,
  type,
  accessMode: register === "HoldingRegister" || register === "CoilRegister" ? "ReadWrite" : "ReadOnly",
  config: { register, offset, limit: 1, ...more },
});

const properties: readonly PropertyAt[] = [
  property("h10", "INT", "HoldingRegister", 10),
  property("h11", "INT", "HoldingRegister", 11),
  property("i7", "INT", "InputRegister", 7),
  property("c3", "BOOLEAN", "CoilRegister", 3),
  property("c4", "BOOLEAN", "CoilRegister", 4),
  property("d6", "BOOLEAN", "DiscreteInputRegister", 6),
  property("c8", "INT", "CoilRegister", 8, { limit: 5 }),
  property("f32", "FLOAT", "HoldingRegister", 20, { limit: 2 }),
  property("f64", "DOUBLE", "HoldingRegister", 24, { limit: 4, byteOrder: "DCBA" }),
  property("i64", "INT", "HoldingRegister", 30, { dataType: "int64", limit: 4, byteOrder: "CDAB" }),
  property("text", "STRING", "HoldingRegister", 40, { limit: 5 }),
  property("bit", "BOOLEAN", "HoldingRegister", 50, { bit: 9 }),
  property("scaled", "DOUBLE", "HoldingRegister", 51, { dataType: "int16", scale: 0.1 }),
  property("all", "BYTES", "HoldingRegister", 60, { limit: 123 }),
  property("beyond", "INT", "HoldingRegister", 300),
];

/** One user of one device. */
class User {
  readonly #points: readonly Point<ModbusVisit>[];
  readonly #session: Session<ModbusVisit, ModbusBatch>;

  constructor(points: readonly Point<ModbusVisit>[], session: Session<ModbusVisit, ModbusBatch>) {
    this.#points = points;
    this.#session = session;
  }

  static async open(config: object): Promise<User> {
    const { binding } = modbusDevice("d", { slaveID: 1, timeoutMs: 2000, ...config }, properties);
    const session = await modbus.open(binding.line, context, signal);
    ends.add(() => session.close());
    return new User(binding.points, session);
  }

  async read(...names: readonly string[]): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for (const batch of modbus.plan(names.map((name) => this.#point(name)))) {
      for (const { point, value, error } of await this.#session.read(batch, signal)) {
        found[names.indexOf(point.property.name)] = value ?? error?.kind;
      }
    }
    return found;
  }

  write(name: string, value: Value): Promise<void> {
    return this.#session.write(this.#point(name), value, signal);
  }

  #point(name: string): Point<ModbusVisit> {
    return this.#points.find((point) => point.property.name === name) ?? expect.unreachable(name);
  }
}

/** What every independent server must agree on with our driver. */
async function agrees(user: User): Promise<void> {
  expect(await user.read("h10", "h11", "i7")).toEqual([int(1010), int(1011), int(2007)]);
  expect(await user.read("c3", "c4", "d6")).toEqual([bool(true), bool(false), bool(true)]);
  const written: readonly (readonly [string, Value])[] = [
    ["h10", int(7)],
    ["c4", bool(true)],
    ["c8", int(0b10110)],
    ["f32", double(21.5)],
    ["f64", double(-123.456)],
    ["i64", int(9007199254740993n)],
    ["text", { kind: "string", string: "Holdfast" }],
    ["bit", bool(true)],
    ["scaled", double(-12.3)],
    ["all", { kind: "bytes", bytes: Uint8Array.from({ length: 246 }, (_, index) => index) }],
  ];
  for (const [name, value] of written) await user.write(name, value);
  expect(await user.read(...written.map(([name]) => name))).toEqual(written.map(([, value]) => value));
  expect(await user.read("h11", "c3")).toEqual([int(1011), bool(true)]);
  expect(await user.read("beyond")).toEqual(["config"]);
  await expect(user.write("beyond", int(1))).rejects.toMatchObject({ kind: "config", mayHaveHappened: false });
  expect(await user.read("h10")).toEqual([int(7)]);
}

const servers = { libmodbus: startLibmodbus, pymodbus: startPymodbus } as const;

describe.each<keyof typeof servers>(["libmodbus", "pymodbus"])("a server of %s", (server) => {
  peerTest(`agrees with the driver over TCP: ${server}`, [server], async () => {
    const port = await freePort();
    await servers[server](ends, "tcp", String(port));
    await agrees(await opened({ ip: "127.0.0.1", port }));
  });

  peerTest(`agrees with the driver over a serial line: ${server}`, [server, "socat"], async () => {
    const [ours, theirs] = await serialPair(ends);
    await servers[server](ends, "rtu", theirs);
    const user = await opened({ serialPort: ours, baudRate: 9600 });
    await agrees(user);
  });
});

/** Python says that it is ready a little before it listens. */
async function opened(config: object): Promise<User> {
  for (let attempt = 0; ; attempt++) {
    try {
      const user = await User.open(config);
      await user.read("h10");
      return user;
    } catch (error) {
      if (!(error instanceof DriverError) || attempt === 100) throw error;
      await sleep(systemClock, 100);
    }
  }
}

describe("mbpoll, a client that is not ours", () => {
  peerTest("reads and sets the simulated boiler over TCP", ["mbpoll"], async () => {
    const boiler = await startBoiler({ port: 0 });
    ends.add(() => boiler.stop());
    const at = ["-m", "tcp", "-p", String(boiler.port), "-a", "1", "-0", "-1"];
    const read = async (table: string, register: number, ...more: readonly string[]) => {
      const place = ["-t", table, "-r", String(register), "-c", "1"];
      return (await mbpoll(...at, ...place, ...more, "127.0.0.1")).values.get(register);
    };
    const write = (table: string, value: number) => mbpoll(...at, "-t", table, "-r", "0", "127.0.0.1", String(value));
    expect(await read("4", 0)).toBe("600");
    expect(Math.abs(Number(await read("3", 0)) / 10 - boiler.state().temperature)).toBeLessThan(2);
    expect(Math.abs(Number(await read("3:float", 1, "-B")) - boiler.state().temperature)).toBeLessThan(2);
    expect(await read("0", 0)).toBe("1");
    expect(await read("1", 0)).toMatch(/^[01]$/);
    await write("4", 455);
    await expect.poll(() => boiler.state().setpoint).toBe(45.5);
    await write("0", 0);
    await expect.poll(() => boiler.state().enabled).toBe(false);
    expect((await write("4", 901)).output).toMatch(/Illegal data value/i);
    expect((await mbpoll(...at, "-t", "4", "-r", "9", "-c", "1", "127.0.0.1")).output).toMatch(/Illegal data address/i);
    expect(boiler.state().setpoint).toBe(45.5);
  });

  peerTest("reads and sets the simulated boiler over a serial line", ["mbpoll", "socat"], async () => {
    const [ours, theirs] = await serialPair(ends);
    const boiler = await startBoiler({ port: 0, serial: ours });
    ends.add(() => boiler.stop());
    const at = ["-m", "rtu", "-b", "9600", "-P", "none", "-a", "1", "-0", "-1", "-t", "4", "-r", "0"];
    expect((await mbpoll(...at, "-c", "1", theirs)).values.get(0)).toBe("600");
    await mbpoll(...at, theirs, "300");
    await expect.poll(() => boiler.state().setpoint).toBe(30);
    expect((await mbpoll(...at, "-c", "1", theirs)).values.get(0)).toBe("300");
  });
});

describe("a serial line", () => {
  peerTest("whose device answers late never gives one value for another", ["socat"], async () => {
    const [ours, theirs] = await serialPair(ends);
    const port = newSerialPort({ path: theirs, baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 });
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    ends.add(() => new Promise<void>((resolve) => port.close(() => resolve())));
    let lateMs = 0;
    const line = new Duplex({
      read() {},
      write(chunk, _, done) {
        systemClock.after(lateMs, () => port.write(chunk));
        lateMs = 0;
        done();
      },
    });
    port.on("data", (data) => line.push(data));
    serveRtu(new ModbusSlave({ 1: sampleMemory() }), line);
    const timeoutMs = 300;
    const { binding } = modbusDevice("d", { serialPort: ours, slaveID: 1, timeoutMs }, [
      property("a", "INT", "HoldingRegister", 101),
      property("b", "INT", "HoldingRegister", 102),
      property("c", "INT", "HoldingRegister", 103),
    ]);
    let session: Session<ModbusVisit, ModbusBatch> | undefined;
    ends.add(() => session?.close());
    const read = async (point: Point<ModbusVisit>) => {
      const [batch] = modbus.plan([point]);
      if (batch === undefined) expect.unreachable();
      session ??= await modbus.open(binding.line, context, signal);
      try {
        return (await session.read(batch, signal))[0]?.value;
      } catch (error) {
        await session.close();
        session = undefined;
        await sleep(systemClock, binding.line.quietMs);
        return error instanceof DriverError ? error.kind : error;
      }
    };
    const [a, b, c] = binding.points;
    if (a === undefined || b === undefined || c === undefined) expect.unreachable();
    expect(await read(a)).toEqual(int(1101));
    for (const lateness of [1.2, 1.6]) {
      lateMs = timeoutMs * lateness;
      expect(await read(a)).toBe("timeout");
      for (const [point, value] of [
        [b, 1102],
        [c, 1103],
        [a, 1101],
        [b, 1102],
      ] as const) {
        expect(await read(point)).toEqual(int(value));
      }
    }
  });
});
