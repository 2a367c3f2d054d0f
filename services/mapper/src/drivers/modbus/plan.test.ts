import type { DeviceProperty } from "@holdfast/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Point } from "../../driver.ts";
import { type ModbusVisit, readMax, tables } from "./address.ts";
import { planModbus } from "./plan.ts";

function pointAt(address: number, more: Partial<ModbusVisit> = {}): Point<ModbusVisit> {
  const table = more.table ?? "holding";
  const visit: ModbusVisit = {
    unit: 1,
    table,
    address,
    count: 1,
    encoding: { as: "bool" },
    timeoutMs: 1000,
    gapMax: 0,
    readMax: readMax[table],
    writeMultiple: false,
    ...more,
  };
  const id = `default/d/${table}${address}x${visit.count}u${visit.unit}`;
  return { id, device: "default/d", property: propertyOf(id), visit };
}

function propertyOf(name: string): DeviceProperty {
  return { name, type: "INT", accessMode: "ReadOnly", collectMs: 1000, reportMs: 1000, reportToCloud: true };
}

const ranges = (points: readonly Point<ModbusVisit>[]) =>
  planModbus(points).map(({ table, start, count }) => [table, start, count]);

describe("reads are joined", () => {
  test("when they touch or overlap, in any order", () => {
    const points = [pointAt(4, { count: 2 }), pointAt(0, { count: 2 }), pointAt(2, { count: 2 }), pointAt(5)];
    expect(ranges(points)).toEqual([["holding", 0, 6]]);
  });

  test("not over a gap, unless the device allows it", () => {
    expect(ranges([pointAt(0), pointAt(2)])).toEqual([
      ["holding", 0, 1],
      ["holding", 2, 1],
    ]);
    expect(ranges([pointAt(0, { gapMax: 1 }), pointAt(2, { gapMax: 1 })])).toEqual([["holding", 0, 3]]);
  });

  test("not between tables or units", () => {
    const points = [pointAt(0), pointAt(1, { table: "input" }), pointAt(1, { unit: 2 })];
    expect(planModbus(points)).toHaveLength(3);
  });

  test("up to 125 registers, 2000 bits, or what the device takes", () => {
    const many = (length: number, more: Partial<ModbusVisit>) => Array.from({ length }, (_, i) => pointAt(i, more));
    expect(ranges(many(126, {}))).toEqual([
      ["holding", 0, 125],
      ["holding", 125, 1],
    ]);
    expect(ranges(many(2001, { table: "coil" }))).toEqual([
      ["coil", 0, 2000],
      ["coil", 2000, 1],
    ]);
    expect(ranges(many(20, { readMax: 16 }))).toEqual([
      ["holding", 0, 16],
      ["holding", 16, 4],
    ]);
  });

  test("a value is never cut in two", () => {
    expect(ranges([pointAt(0, { count: 124 }), pointAt(124, { count: 2 })])).toEqual([
      ["holding", 0, 124],
      ["holding", 124, 2],
    ]);
  });
});

test("whatever the points: each is in exactly one batch, whole, and no batch is over its limit", () => {
  const point = fc.record({
    address: fc.integer({ min: 0, max: 300 }),
    count: fc.integer({ min: 1, max: 8 }),
    table: fc.constantFrom(...tables),
    unit: fc.integer({ min: 1, max: 2 }),
    gapMax: fc.constantFrom(0, 4),
  });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), (places) => {
      const points = places.map(({ address, ...more }) => pointAt(address, more));
      const batches = planModbus(points);
      expect(batches.flatMap((batch) => batch.points)).toHaveLength(points.length);
      for (const { points: joined, table, unit, start, count } of batches) {
        expect(count).toBeLessThanOrEqual(readMax[table]);
        for (const { visit } of joined) {
          expect([visit.table, visit.unit]).toEqual([table, unit]);
          expect(visit.address).toBeGreaterThanOrEqual(start);
          expect(visit.address + visit.count).toBeLessThanOrEqual(start + count);
        }
      }
    }),
  );
});
