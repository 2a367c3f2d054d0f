import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bindDevice, createStats, parseDevice, parseDeviceModel, systemClock } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import type { Value } from "@holdfast/proto";
import { afterEach, expect, test } from "vitest";
import { readManifests } from "../../cli/src/manifests.ts";
import { modbus } from "../../services/mapper/src/drivers/modbus/driver.ts";
import { defaultPort, startBoiler } from "./boiler.ts";
import { coldBoiler, step } from "./physics.ts";

const folder = import.meta.dirname;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The device of device.yaml, at another port. */
function device(port?: number) {
  const [model, manifest] = readManifests(join(folder, "device.yaml")).map(({ object }) => object);
  const parsed = parseDevice(manifest);
  const parsedModel = parseDeviceModel(model);
  expect([parsed.problems, parsed.warnings, parsedModel.problems, parsedModel.warnings]).toEqual([[], [], [], []]);
  if (parsed.value === undefined || parsedModel.value === undefined) expect.unreachable();
  const bound = bindDevice(parsed.value, parsedModel.value).value ?? expect.unreachable();
  const config = port === undefined ? bound.protocol.config : { ...bound.protocol.config, port };
  return { ...bound, protocol: { ...bound.protocol, config } };
}

test("the manifest is the device of the demo, at the program's own port, without a warning", () => {
  const boiler = device();
  expect(boiler).toMatchObject({ namespace: "default", name: "boiler", node: "gw-1" });
  expect(boiler.protocol.config.port).toBe(defaultPort);
  const { temperature, setpoint, burner } = boiler.properties;
  expect(temperature).toMatchObject({ accessMode: "ReadOnly", unit: "°C", collectMs: 500 });
  expect(setpoint).toMatchObject({ accessMode: "ReadWrite", min: 0, max: 90, unit: "°C" });
  expect(burner).toMatchObject({ accessMode: "ReadOnly", type: "BOOLEAN" });
  const { problems, warnings } = modbus.bind(boiler);
  expect([problems, warnings]).toEqual([[], []]);
});

test("it heats to its setpoint, holds it, and cools when it is switched off", () => {
  const run = (from: typeof coldBoiler, seconds: number) => {
    let boiler = from;
    for (let tick = 0; tick < seconds * 10; tick++) boiler = step(boiler, 0.1);
    return boiler;
  };
  const warm = run(coldBoiler, 60);
  expect(Math.abs(warm.temperature - 60)).toBeLessThan(1.5);
  expect(Math.abs(run({ ...warm, setpoint: 90 }, 120).temperature - 90)).toBeLessThan(1.5);
  expect(Math.abs(run({ ...warm, setpoint: 30 }, 600).temperature - 30)).toBeLessThan(1.5);
  const off = run({ ...warm, enabled: false }, 60);
  expect(off.burner).toBe(false);
  expect(off.temperature).toBeLessThan(50);
});

async function session(port: number) {
  const { line, points } = modbus.bind(device(port)).value ?? expect.unreachable();
  const { signal } = new AbortController();
  const context = { clock: systemClock, logger: collectingLogger(), stats: createStats() };
  const opened = await modbus.open(line, context, signal);
  ends.push(() => opened.close());
  const read = async () => {
    const values: Record<string, Value | undefined> = {};
    for (const batch of modbus.plan(points)) {
      for (const { point, value } of await opened.read(batch, signal)) values[point.property.name] = value;
    }
    return values;
  };
  const set = (double: number) => {
    const point = points.find(({ property }) => property.name === "setpoint") ?? expect.unreachable();
    return opened.write(point, { kind: "double", double }, signal);
  };
  return { read, set };
}

test("the driver reads and sets it; a setpoint beyond its range is refused by the boiler itself", async () => {
  const boiler = await startBoiler({ port: 0, speed: 100 });
  ends.push(() => boiler.stop());
  const { read, set } = await session(boiler.port);
  await set(85.5);
  expect((await read()).setpoint).toEqual({ kind: "double", double: 85.5 });
  await expect.poll(async () => (await read()).temperature, { timeout: 20_000 }).toSatisfy(isAbove(70));
  await expect(set(90.1)).rejects.toMatchObject({ kind: "rejected" });
  expect((await read()).setpoint).toEqual({ kind: "double", double: 85.5 });
});

const isAbove = (limit: number) => (value: Value | undefined) => value?.kind === "double" && value.double > limit;

test("it keeps its settings while it is switched off, when it is given a place for them", async () => {
  const memory = join(await mkdtemp(join(tmpdir(), "holdfast-boiler-")), "memory.json");
  ends.push(() => rm(dirname(memory), { recursive: true }));
  const first = await startBoiler({ port: 0, memory });
  ends.push(() => first.stop());
  const { set } = await session(first.port);
  await set(72.5);
  await expect.poll(() => first.state().setpoint).toBe(72.5);
  await first.stop();
  const second = await startBoiler({ port: 0, memory });
  ends.push(() => second.stop());
  const { read } = await session(second.port);
  expect((await read()).setpoint).toEqual({ kind: "double", double: 72.5 });
});

function spawnBoiler(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(folder, "boiler.ts"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  ends.push(() => child.exitCode === null && child.kill("SIGKILL"));
  return child;
}

test("the program says its port and ends when it is told to", async () => {
  const child = spawnBoiler("--port", "0");
  const [line] = await once(child.stdout ?? expect.unreachable(), "data");
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1]);
  const { read } = await session(port);
  expect((await read()).burner?.kind).toBe("bool");
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});

test("a port in use is one clear sentence", async () => {
  const server = createServer();
  ends.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const child = spawnBoiler("--port", String(typeof address === "object" ? address?.port : 0));
  const errors: string[] = [];
  child.stderr?.on("data", (data) => errors.push(String(data)));
  const [code] = await once(child, "close");
  expect(code).toBe(1);
  expect(errors.join("")).toMatch(/^boiler: .*another program has this port.*\n$/);
});
