import {
  appTwinAt,
  deviceOnline,
  HoldfastError,
  twinAt,
  twinGet,
  twinHistory,
  twinReported,
  type Value,
} from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { type NodeEvent, SimulatedCloud } from "./testing/cloud.ts";
import { boiler, boilerModel } from "./testing/manifests.ts";

let cloud: SimulatedCloud;
const ns = { namespace: "default" };
const device = "boiler";
/** Half a day before the simulation begins. */
const noon = Date.UTC(2025, 11, 31, 12);
const minute = 60_000;
const double = (value: number): Value => ({ kind: "double", double: value });

beforeEach(async () => {
  cloud = new SimulatedCloud(11);
  await cloud.start({ HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000" });
  await cloud.apply(boilerModel());
  await cloud.apply(boiler());
});

let revision = 1;
async function report(property: string, value: number, rest: Partial<NodeEvent> & { readonly revision?: number } = {}) {
  const gw1 = cloud.node("gw-1");
  revision += 1;
  const message = { value: double(value), revision: rest.revision ?? revision };
  const event = gw1.event(twinReported, { node: "gw-1", ...ns, device, property }, message);
  await gw1.say([{ ...event, ...rest }]);
  // Until the copies have it.
  await cloud.scheduler.runFor(100);
  const { entries } = await cloud.ask(twinHistory, ns, { device });
  return entries.at(-1)?.position ?? "";
}

const at = (request: object) => cloud.ask(twinAt, ns, { device, ...request });
async function valuesAt(request: object) {
  const { twin } = await at(request);
  return Object.fromEntries(Object.entries(twin?.properties ?? {}).map(([name, side]) => [name, side.reported?.value]));
}

async function refusal(work: Promise<unknown>) {
  const error = await work.catch((thrown) => thrown);
  if (!(error instanceof HoldfastError)) return { code: "none", message: "" };
  return { code: error.code, message: error.message };
}

test("after a position and at a time the twin is what was reported until then", async () => {
  const positions: string[] = [];
  for (let step = 0; step < 6; step += 1) {
    positions.push(await report("temperature", step, { atMs: noon + step * minute }));
    if (step === 2) await report("setpoint", 60, { atMs: noon + step * minute + 1 });
  }
  for (const [step, position] of positions.entries()) {
    const { setpoint, ...temperature } = await valuesAt({ position });
    expect(temperature).toEqual({ temperature: double(step) });
    expect(setpoint).toEqual(step > 2 ? double(60) : undefined);
    const found = await at({ atMs: noon + step * minute });
    expect(found).toMatchObject({ position, atMs: noon + step * minute, trusted: true, doubt: "none" });
    expect(await at({ atMs: noon + step * minute + (step === 2 ? 0 : minute - 1) })).toEqual(found);
  }
  const now = await cloud.ask(twinGet, ns, { device });
  const last = await at({ atMs: noon + 99 * minute });
  expect(last.twin?.node).toBe("gw-1");
  expect(last.twin?.properties.temperature?.reported).toEqual(now.properties.temperature?.reported);
  expect(await cloud.ask(appTwinAt, { ...ns, device }, { atMs: noon })).toEqual(await at({ atMs: noon }));
  const other = { device: "kettle", atMs: noon };
  expect(await refusal(cloud.ask(appTwinAt, { ...ns, device }, other))).toMatchObject({ code: "forbidden" });
});

test("the reach is as it was told until then; desired values are left out", async () => {
  await report("temperature", 1, { atMs: noon });
  const gw1 = cloud.node("gw-1");
  const online = gw1.event(deviceOnline, { node: "gw-1", ...ns, device }, { atMs: noon + minute });
  await gw1.say([{ ...online, atMs: noon + minute }]);
  expect((await at({ atMs: noon })).twin?.connectivity).toBe("unknown");
  const { twin } = await at({ atMs: noon + minute });
  expect(twin?.connectivity).toBe("online");
  expect(twin?.properties.temperature).toMatchObject({ convergence: "" });
  expect(twin?.properties.temperature?.desired).toBeUndefined();
});

test("a value that has not changed for longer than the history reaches still stands", async () => {
  await report("setpoint", 60, { atMs: noon });
  await report("burner", 1, { atMs: noon, revision: 1 });
  const early = await report("temperature", 1, { atMs: noon + minute });
  await report("temperature", 2, { atMs: noon + 2 * minute });
  const floorMs = await forget(3);
  await report("temperature", 3, { atMs: floorMs + minute });
  await report("humidity", 50, { atMs: floorMs + 2 * minute, revision: 1 });
  expect(await valuesAt({ atMs: floorMs + minute })).toEqual({
    ...{ setpoint: double(60), burner: double(1), temperature: double(3) },
  });
  expect(Object.keys(await valuesAt({ atMs: floorMs + 2 * minute }))).toContain("humidity");
  const before = await refusal(at({ atMs: noon + minute }));
  expect(before).toMatchObject({ code: "out_of_range" });
  expect(before.message).toMatch(/reaches back to 20\d\d-/);
  expect(await refusal(at({ position: early }))).toMatchObject({ code: "out_of_range" });
});

test("a value that changed, and of which the one before is no longer kept, makes the time out of range", async () => {
  await report("setpoint", 60, { atMs: noon });
  await report("temperature", 1, { atMs: noon + minute });
  const floorMs = await forget(1);
  const between = await report("temperature", 2, { atMs: floorMs + minute });
  await report("setpoint", 70, { atMs: floorMs + 2 * minute });
  expect(await refusal(at({ atMs: floorMs + minute }))).toMatchObject({ code: "out_of_range" });
  expect(await refusal(at({ position: between }))).toMatchObject({ code: "out_of_range" });
  expect(await valuesAt({ atMs: floorMs + 2 * minute })).toMatchObject({ setpoint: double(70) });
});

/** The oldest events of TWINS are gone; when that which is kept begins, as the cloud knows it. */
async function forget(count: number): Promise<number> {
  const { firstSeq } = await cloud.done(cloud.streams.info("TWINS"));
  for (let seq = firstSeq; seq < firstSeq + count; seq += 1) await cloud.done(cloud.streams.remove("TWINS", seq));
  return cloud.done(firstStored());
}

async function firstStored(): Promise<number> {
  for await (const { storedAtMs } of cloud.streams.read("TWINS", { from: "first" })) return storedAtMs;
  return 0;
}

test("what was stated again does not count as news of then", async () => {
  await report("temperature", 1, { atMs: noon });
  await report("temperature", 2, { atMs: noon + minute });
  await report("temperature", 2, { atMs: noon - minute, restated: true });
  expect(await valuesAt({ atMs: noon })).toEqual({ temperature: double(1) });
  expect(await at({ atMs: noon + minute })).toMatchObject({ trusted: true });
});

test("the clock of a gateway that was set back is not trusted around that, and decides all the same", async () => {
  await report("temperature", 1, { atMs: noon });
  await report("temperature", 2, { atMs: noon + 10 * minute });
  await report("temperature", 3, { atMs: noon - 50 * minute });
  const found = await at({ atMs: noon + 5 * minute });
  expect(found).toMatchObject({ trusted: false, doubt: "backwards", atMs: noon - 50 * minute });
  expect(await at({ position: found.position })).toMatchObject({ twin: found.twin, trusted: true });
  await report("temperature", 4, { atMs: 5 });
  expect(await at({ atMs: noon + minute })).toMatchObject({ trusted: false, doubt: "implausible" });
});

test.each([
  [{ device: "", atMs: noon }, "invalid_argument"],
  [{}, "invalid_argument"],
  [{ atMs: 1, position: "cloud/0.0/1" }, "invalid_argument"],
  [{ position: "gw-1/1.42/7" }, "invalid_argument"],
  [{ position: "cloud/99.99/0" }, "out_of_range"],
  [{ atMs: Number.MAX_SAFE_INTEGER }, "invalid_argument"],
  [{ device: "kettle", atMs: noon }, "not_found"],
  [{ atMs: noon - 1 }, "not_found"],
])("%o is refused: %s", async (request, code) => {
  await report("temperature", 1, { atMs: noon });
  expect(await refusal(at(request))).toMatchObject({ code });
});
