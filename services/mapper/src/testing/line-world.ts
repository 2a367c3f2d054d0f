import { createStats, type DeviceProperty } from "@holdfast/kernel";
import { collectingLogger, Scheduler, seededRandom } from "@holdfast/kernel/testing";
import type { Draft, Sample, Value } from "@holdfast/proto";
import type { Line, Point } from "../driver.ts";
import { LineRunner } from "../line-runner.ts";
import { FakeDriver } from "./fake-driver.ts";

export const limits = {
  offlineAfter: 3,
  quarantineAfter: 8,
  backoffMs: 1000,
  backoffMaxMs: 30_000,
  quarantineMs: 60_000,
  waitingMax: 4,
  waitingMs: 3000,
};
export const line: Line = { key: "fake:a", settings: {}, callMs: 5000, quietMs: 200 };
export const double = (value: number): Value => ({ kind: "double", double: value });

export function pointOf(device: string, name: string, collectMs = 1000): Point<string> {
  const property: DeviceProperty = {
    name,
    type: "DOUBLE",
    accessMode: "ReadWrite",
    max: 100,
    collectMs,
    reportMs: 1000,
    reportToCloud: true,
  };
  return { id: `${device}/${name}`, device, property, visit: name };
}

/** A line with these points on simulated time, and everything it told. */
export function world(...points: readonly Point<string>[]) {
  const scheduler = new Scheduler();
  const clock = scheduler.clock();
  const driver = new FakeDriver(clock);
  const samples: (readonly [id: string, sample: Draft<Sample>])[] = [];
  const states: (readonly [device: string, state: string])[] = [];
  const stats = createStats();
  const context = { clock, logger: collectingLogger(), stats, random: seededRandom(7), limits };
  const runner = new LineRunner(driver, line, points, context, {
    onSample: ({ id }, sample) => void samples.push([id, sample]),
    onState: (device, state) => void states.push([device, state]),
  });
  const of = (id: string) => samples.filter(([at]) => at === id).map(([, sample]) => sample);
  return { scheduler, driver, runner, samples, states, stats, of, counts: () => stats.snapshot() };
}
