import type { Batch, Point } from "../../driver.ts";
import type { ModbusVisit, Table } from "./address.ts";

/** One read request. */
export interface ModbusBatch extends Batch<ModbusVisit> {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  readonly count: number;
  readonly timeoutMs: number;
}

/**
 * Joins neighbours of one table into as few reads as the protocol and the device allow. Registers between
 * them are read along only up to the device's gap, since many devices refuse what they do not have.
 */
export function planModbus(points: readonly Point<ModbusVisit>[]): readonly ModbusBatch[] {
  const groups = new Map<string, Point<ModbusVisit>[]>();
  for (const point of points) {
    const { unit, table, timeoutMs } = point.visit;
    const key = `${point.device} ${unit} ${table} ${timeoutMs}`;
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].flatMap(joinNeighbours);
}

function joinNeighbours(points: readonly Point<ModbusVisit>[]): ModbusBatch[] {
  const sorted = [...points].sort((a, b) => a.visit.address - b.visit.address || a.visit.count - b.visit.count);
  const batches: ModbusBatch[] = [];
  for (const point of sorted) {
    const { unit, table, address, count, timeoutMs, gapMax, readMax } = point.visit;
    const last = batches.at(-1);
    const end = last === undefined ? 0 : last.start + last.count;
    const joined = last === undefined ? 0 : Math.max(end, address + count) - last.start;
    if (last !== undefined && address <= end + gapMax && joined <= readMax) {
      batches[batches.length - 1] = { ...last, count: joined, points: [...last.points, point] };
    } else {
      batches.push({ unit, table, start: address, count, timeoutMs, points: [point] });
    }
  }
  return batches;
}
