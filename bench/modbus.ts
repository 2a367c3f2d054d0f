// How many points a second one mapper polls over Modbus TCP, decodes and publishes to NATS, and what CPU that costs.
// The devices and the subscriber run in a process of their own, so that only the mapper's CPU is counted.
//   node bench/modbus.ts
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Bus,
  type Context,
  createStats,
  readConfig,
  startNatsServer,
  systemClock,
  systemWorld,
} from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import { sample } from "@holdfast/proto";
import { type MapperConfig, mapperConfig } from "../services/mapper/src/config.ts";
import { modbus } from "../services/mapper/src/drivers/modbus/driver.ts";
import { Host } from "../services/mapper/src/host.ts";
import { Inventory } from "../services/mapper/src/inventory.ts";
import { modbusDevice, sampleMemory } from "../services/mapper/src/testing/modbus-peer.ts";
import { ModbusSlave, serveTcp } from "../services/mapper/src/testing/modbus-slave.ts";

export interface ModbusResult {
  readonly name: string;
  readonly points: number;
  readonly cycleMs: number;
  readonly publishedPerSecond: number;
  readonly receivedPerSecond: number;
  /** Overtaken by newer ones in their slot before they could leave. */
  readonly droppedPerSecond: number;
  readonly missedReadsPerSecond: number;
  /** Of the mapper, in percent of one core. */
  readonly cpuPercent: number;
  readonly rssMiB: number;
}

interface Case {
  readonly name: string;
  readonly devices: number;
  readonly pointsEach: number;
  readonly cycleMs: number;
}

const cases: readonly Case[] = [
  { name: "150 devices of 10 points at 1 s", devices: 150, pointsEach: 10, cycleMs: 1000 },
  { name: "100 devices of 100 points at 1 s", devices: 100, pointsEach: 100, cycleMs: 1000 },
  { name: "100 devices of 100 points, as fast as it goes", devices: 100, pointsEach: 100, cycleMs: 10 },
];
const warmUpMs = 1500;
const measureMs = 4000;

const wait = (ms: number) => new Promise<void>((resolve) => void systemClock.after(ms, resolve));

/** A connection comes up by itself. */
async function up(bus: Bus): Promise<void> {
  while (bus.status !== "up") await wait(20);
  await bus.flush();
}

/** The other process: many Modbus servers, and one subscriber of all samples. */
async function world(url: string, devices: number): Promise<void> {
  const ports: number[] = [];
  for (let device = 0; device < devices; device++) {
    ports.push((await serveTcp(new ModbusSlave({ 1: sampleMemory() }))).port);
  }
  const { bus } = await systemWorld(collectingLogger()).connect({ url, name: "subscriber" });
  let received = 0;
  // Only counted: decoding would measure the subscriber.
  bus.subscribe(sample.subject.filter(), () => void received++, { pendingMax: 1_000_000 });
  await up(bus);
  process.on("message", () => process.send?.({ received }));
  process.send?.({ ports });
}

async function ask<T>(child: ChildProcess): Promise<T> {
  child.send("count");
  const [answer] = await once(child, "message");
  return answer;
}

function contextOf(url: string): Context<MapperConfig> & { readonly failures: unknown[] } {
  const failures: unknown[] = [];
  const logger = collectingLogger();
  const inert = { publish: () => {}, status: "up" };
  return {
    ...systemWorld(logger),
    service: "mapper",
    config: readConfig(mapperConfig, { HF_BUS_URL: url }),
    bus: Object.create(inert),
    streams: Object.create(null),
    logger,
    stats: createStats(),
    instance: "bench",
    stopping: new AbortController().signal,
    fail: (error) => void failures.push(error),
    failures,
  };
}

async function measure(url: string, { name, devices, pointsEach, cycleMs }: Case): Promise<ModbusResult> {
  const child = fork(import.meta.filename, ["world", url, String(devices)]);
  const context = contextOf(url);
  // Without the devices there is nothing to measure, and nobody to wait for.
  child.once("exit", (code) => code !== null && process.exit(1));
  const [{ ports }] = await once(child, "message");
  const inventory = new Inventory([modbus]);
  for (const [index, port] of ports.entries()) {
    const properties = Array.from({ length: pointsEach }, (_, offset) => ({
      name: `p${offset}`,
      type: "FLOAT",
      config: { register: "HoldingRegister", offset, limit: 1, scale: 0.1 },
      collectMs: cycleMs,
    }));
    const { model, device } = modbusDevice(`d${index}`, { ip: "127.0.0.1", port, slaveID: 1 }, properties);
    inventory.set("devicemodel", "default", model.metadata.name, JSON.stringify(model));
    inventory.set("device", "default", device.metadata.name, JSON.stringify(device));
  }
  const { bus } = await context.connect({ url, name: "mapper samples" });
  await up(bus);
  const host = new Host(context, inventory, bus, { node: "bench", epoch: { counter: 1, random: 1 } });
  await host.apply();
  await wait(warmUpMs);
  const counters = async () => ({
    ...context.stats.snapshot(),
    ...(await ask<{ received: number }>(child)),
    cpu: process.cpuUsage(),
    atMs: systemClock.monotonicMs(),
  });
  const before = await counters();
  await wait(measureMs);
  const after = await counters();
  const seconds = (after.atMs - before.atMs) / 1000;
  const perSecond = (one: number | undefined, other: number | undefined) =>
    Math.round(((one ?? 0) - (other ?? 0)) / seconds);
  const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  const [published, publishedBefore] = [samples(after), samples(before)];
  await host.stop();
  await bus.drain();
  child.kill("SIGKILL");
  if (context.failures.length > 0) throw context.failures[0];
  return {
    name,
    points: devices * pointsEach,
    cycleMs,
    publishedPerSecond: perSecond(published, publishedBefore),
    receivedPerSecond: perSecond(after.received, before.received),
    droppedPerSecond: perSecond(counter(after, "samples_dropped"), counter(before, "samples_dropped")),
    missedReadsPerSecond: perSecond(counter(after, "reads_missed"), counter(before, "reads_missed")),
    cpuPercent: Math.round(cpuUs / seconds / 10_000),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

const counter = (counters: object, name: string): number => Number(Reflect.get(counters, name) ?? 0);
const samples = (counters: object): number => counter(counters, "samples_published");

/** All cases, one after another; about 20 s. */
export async function benchModbus(): Promise<readonly ModbusResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-modbus-"));
  const server = await startNatsServer({ folder, port: 0, jetStream: false });
  try {
    const results: ModbusResult[] = [];
    for (const one of cases) results.push(await measure(server.url, one));
    return results;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [role, url = "", devices = "0"] = process.argv.slice(2);
  if (role === "world") await world(url, Number(devices));
  else for (const result of await benchModbus()) process.stdout.write(`${JSON.stringify(result)}\n`);
}
