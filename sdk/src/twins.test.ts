import { HoldfastError } from "@holdfast/kernel";
import type { TwinProperty } from "@holdfast/proto";
import { expect, test } from "vitest";
import { holdfastOver } from "./connect.ts";
import { FakePlatform } from "./testing/fake-platform.ts";

function open() {
  const platform = new FakePlatform();
  const holdfast = holdfastOver(platform.nats.connect({ name: "program" }), { name: "program", timeoutMs: 300 });
  return { platform, twins: holdfast.twins };
}

const side = (id: string) => ({
  id,
  revision: "1",
  actor: "",
  atMs: 0,
  overtaken: 0,
  value: undefined,
  quality: undefined,
  error: "",
  origin: "cloud",
});

function property(state: Partial<TwinProperty>): TwinProperty {
  return { desired: undefined, reported: undefined, convergence: "", reason: "", ...state };
}

test("a set is answered with what was recorded; numbers, words and nothing become values", async () => {
  const { platform, twins } = open();
  const values: unknown[] = [];
  platform.onSet = ({ value, clear }) => values.push(clear ? "clear" : value);
  await twins.set("boiler", "setpoint", 70);
  await twins.set("boiler", "setpoint", 70.5);
  await twins.set("boiler", "mode", "eco");
  await twins.set("boiler", "count", 2n ** 60n);
  const cleared = await twins.set("boiler", "setpoint", null);
  expect(values).toEqual([
    { kind: "int64", int64: 70n },
    { kind: "double", double: 70.5 },
    { kind: "string", string: "eco" },
    { kind: "int64", int64: 2n ** 60n },
    "clear",
  ]);
  expect(cleared).toMatchObject({ state: "recorded", revision: "7" });
});

test("an answer that was lost: the same command is asked again, with the same id", async () => {
  const { platform, twins } = open();
  const ids: string[] = [];
  platform.onSet = ({ id }) => {
    ids.push(id);
    if (ids.length < 3) throw new HoldfastError("timeout", "lost");
  };
  const reply = await twins.set("boiler", "setpoint", 70);
  expect(ids).toEqual([reply.id, reply.id, reply.id]);
});

test("a clear does not wait for a device", async () => {
  const { twins } = open();
  const cleared = await twins.set("boiler", "setpoint", null, { wait: "applied", timeoutMs: 500 });
  expect(cleared).toMatchObject({ state: "recorded" });
});

test("a refusal is not repeated", async () => {
  const { platform, twins } = open();
  let asked = 0;
  platform.onSet = () => {
    asked += 1;
    throw new HoldfastError("out_of_range", "setpoint: at most 90.");
  };
  await expect(twins.set("boiler", "setpoint", 95)).rejects.toMatchObject({ code: "out_of_range" });
  expect(asked).toBe(1);
});

test("waiting: until the device has it", async () => {
  const { platform, twins } = open();
  platform.onSet = ({ id }) => {
    const desired = side(id);
    const show = (state: Partial<TwinProperty>) => {
      platform.twin = { ...platform.twin, properties: { setpoint: property({ desired, ...state }) } };
    };
    show({ convergence: "pending" });
    setTimeout(() => show({ convergence: "applied", reported: side(id) }), 300);
  };
  const startMs = performance.now();
  await twins.set("boiler", "setpoint", 70, { wait: "applied" });
  expect(performance.now() - startMs).toBeGreaterThan(250);
});

test.each([
  [
    "rejected",
    (id: string) => property({ desired: side(id), convergence: "rejected", reason: "notTaken" }),
    /notTaken/,
  ],
  ["replaced", () => property({ desired: side("another"), convergence: "pending" }), /later set/],
])("waiting: a set that is %s says so", async (_, found, sentence) => {
  const { platform, twins } = open();
  platform.onSet = ({ id }) => {
    platform.twin = { ...platform.twin, properties: { setpoint: found(id) } };
  };
  const set = twins.set("boiler", "setpoint", 70, { wait: "applied" });
  await expect(set).rejects.toMatchObject({ code: "conflict", message: expect.stringMatching(sentence) });
});

test("waiting ends after the time that was given, and says that the set stands", async () => {
  const { platform, twins } = open();
  platform.onSet = ({ id }) => {
    const waiting = property({ desired: side(id), convergence: "pending" });
    platform.twin = { ...platform.twin, properties: { setpoint: waiting } };
  };
  const set = twins.set("boiler", "setpoint", 70, { wait: "applied", timeoutMs: 500 });
  await expect(set).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining("recorded") });
});

test("the twin of a time, or after a position, comes with the moment that was chosen", async () => {
  const { platform, twins } = open();
  const requests: unknown[] = [];
  platform.onAt = (request) => requests.push(request);
  const found = await twins.at("boiler", { at: new Date(7) });
  expect(found).toEqual({ twin: platform.twin, position: "here/1/7", atMs: 5, trusted: false, doubt: "stepped" });
  await twins.at("boiler", { at: 7.9 });
  await twins.at("boiler", { position: "here/1/7" });
  expect(requests).toEqual([
    { device: "boiler", atMs: 7, position: "" },
    { device: "boiler", atMs: 7, position: "" },
    { device: "boiler", atMs: 0, position: "here/1/7" },
  ]);
  await expect(twins.at("boiler", { at: new Date("never") })).rejects.toMatchObject({ code: "invalid_argument" });
});
