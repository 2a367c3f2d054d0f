import type { Value } from "@holdfast/proto";
import { DriverError, type Point, type Reading, type Session } from "../../driver.ts";
import type { ModbusVisit } from "./address.ts";
import { decodeBits, decodeRegisters, encodeBits, encodeRegisters } from "./codec.ts";
import type { ModbusBatch } from "./plan.ts";
import type { ModbusRequests } from "./requests.ts";

/** Ranges that are read one by one after the device refused the joined read; more are forgotten. */
const splitMax = 1000;

/** One conversation with one line of Modbus units. */
export class ModbusSession implements Session<ModbusVisit, ModbusBatch> {
  readonly #requests: ModbusRequests;
  readonly #split = new Set<string>();

  constructor(requests: ModbusRequests) {
    this.#requests = requests;
  }

  get worn(): boolean {
    return this.#requests.worn;
  }

  async read(batch: ModbusBatch, signal: AbortSignal): Promise<readonly Reading[]> {
    if (batch.points.length === 1 || this.#split.has(rangeOf(batch))) return this.#readEach(batch, signal);
    try {
      return await this.#readRange(batch, signal);
    } catch (error) {
      // The device has some of these registers, but not all: the good ones must not suffer.
      if (!(error instanceof DriverError) || !error.answered || error.kind === "busy") throw error;
      const readings = await this.#readEach(batch, signal);
      if (readings.some((reading) => reading.error === undefined) && this.#split.size < splitMax) {
        this.#split.add(rangeOf(batch));
      }
      return readings;
    }
  }

  async write(point: Point<ModbusVisit>, value: Value, signal: AbortSignal): Promise<void> {
    const { visit } = point;
    const { unit, table, address, encoding, count, timeoutMs, writeMultiple } = visit;
    const place = { unit, address, timeoutMs, signal };
    if (table === "coil") {
      const bits = encodeBits(encoding, value);
      return this.#requests.writeCoils(place, bits, writeMultiple || bits.length > 1);
    }
    if (table !== "holding") {
      throw new DriverError("config", `${point.id}: registers of this table cannot be written`, { sent: false });
    }
    // The other bits of the register belong to others, and Modbus has no way to set one alone that all devices know.
    const before = encoding.as === "bit" ? await this.#requests.readRegisters(table, { ...place, count }) : undefined;
    const registers = encodeRegisters(encoding, count, value, before);
    return this.#requests.writeRegisters(place, registers, writeMultiple || registers.length > 2);
  }

  close(): Promise<void> {
    return this.#requests.close();
  }

  async #readRange(batch: ModbusBatch, signal: AbortSignal): Promise<readonly Reading[]> {
    const { unit, table, start, count, timeoutMs } = batch;
    const place = { unit, address: start, count, timeoutMs, signal };
    if (table === "coil" || table === "discrete") {
      const bits = await this.#requests.readBits(table, place);
      return batch.points.map((point) => {
        const from = point.visit.address - start;
        return reading(point, () => decodeBits(point.visit.encoding, bits.slice(from, from + point.visit.count)));
      });
    }
    const registers = await this.#requests.readRegisters(table, place);
    return batch.points.map((point) => {
      const from = 2 * (point.visit.address - start);
      const own = registers.subarray(from, from + 2 * point.visit.count);
      return reading(point, () => decodeRegisters(point.visit.encoding, own));
    });
  }

  async #readEach(batch: ModbusBatch, signal: AbortSignal): Promise<readonly Reading[]> {
    const readings: Reading[] = [];
    for (const point of batch.points) {
      const { address, count } = point.visit;
      try {
        readings.push(...(await this.#readRange({ ...batch, start: address, count, points: [point] }, signal)));
      } catch (error) {
        if (!(error instanceof DriverError) || !error.answered) throw error;
        readings.push({ point, error });
      }
    }
    return readings;
  }
}

function rangeOf({ unit, table, start, count }: ModbusBatch): string {
  return `${unit} ${table} ${start} ${count}`;
}

function reading(point: Point<ModbusVisit>, decode: () => Value): Reading {
  try {
    return { point, value: decode() };
  } catch (error) {
    if (error instanceof DriverError) return { point, error };
    throw error;
  }
}
