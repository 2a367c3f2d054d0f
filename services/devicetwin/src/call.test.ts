import { HoldfastError, type TwinCallRequest, type TwinResult } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { type CallCircumstances, decideCall, decideResult } from "./call.ts";
import type { Fact } from "./fact.ts";
import type { TwinState } from "./state.ts";
import { at, boiler, deviceJson, double, int64, target, text } from "./testing/boiler.ts";
import { given } from "./testing/given.ts";

const place = { namespace: "default", device: "boiler" };
const calm: CallCircumstances = { isReachable: () => true, actor: "ann", pressed: false };
const program = { setpoint: text("60"), label: text("warm") };
const result: TwinResult = { method: "boost", outcome: "ok", reason: "", message: "", durationMs: 7 };

function request(more: Partial<TwinCallRequest> = {}): TwinCallRequest {
  return {
    device: "boiler",
    method: "boost",
    arguments: { steps: int64(3) },
    id: "c1",
    validForMs: 0,
    ...more,
  };
}

function decide(state: TwinState, more: Partial<TwinCallRequest> = {}, circumstances: Partial<CallCircumstances> = {}) {
  return decideCall(state, "default", request(more), { ...calm, ...circumstances });
}

function refusal(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}

/** The facts of a call of `boost`, as the log would have them. */
function started(id: string): readonly Fact[] {
  return decide(given(boiler), { id }).facts;
}
const ended = (id: string): Fact => ({ kind: "result", place, id, message: result });

describe("a call", () => {
  test("begins with its arguments in the method's order, as the model wants them", () => {
    const { facts, reply, begun } = decide(given(boiler), { method: "program", arguments: program, validForMs: 500 });
    expect(reply).toEqual({ id: "c1", state: "started", result: undefined });
    expect(begun).toEqual({
      ...{ place, id: "c1", method: "program", protocol: "simulated" },
      arguments: [
        { property: "setpoint", value: double(60) },
        { property: "label", value: text("warm") },
      ],
    });
    const message = { method: "program", actor: "ann", validForMs: 500, deviceUid: "uid-boiler" };
    expect(facts).toMatchObject([{ kind: "started", place, id: "c1", message }]);
  });

  test.each<[string, Partial<TwinCallRequest>, string]>([
    ["of no device", { device: "" }, "invalid_argument"],
    ["of no method", { method: "" }, "invalid_argument"],
    ["with an id that is none", { id: "a b" }, "invalid_argument"],
    ["of a device that is elsewhere", { device: "pump" }, "not_here"],
    ["of an unknown method", { method: "explode" }, "not_found"],
    ["with an argument missing", { arguments: {} }, "invalid_argument"],
    ["with another argument", { arguments: { steps: int64(1), burner: int64(1) } }, "invalid_argument"],
    ["with a wrong type", { arguments: { steps: text("many") } }, "wrong_type"],
    ["out of range", { method: "program", arguments: { ...program, setpoint: double(91) } }, "out_of_range"],
  ])("%s is refused", (_, more, code) => {
    expect(refusal(() => decide(given(boiler), more))).toBe(code);
  });

  test("of a device without its model, out of reach, or with a full log is refused", () => {
    const alone = given({ kind: "device", ...place, name: "boiler", json: deviceJson() });
    expect(refusal(() => decide(alone))).toBe("unavailable");
    expect(refusal(() => decide(given(boiler), {}, { isReachable: () => false }))).toBe("device_failed");
    expect(refusal(() => decide(given(boiler), {}, { pressed: true }))).toBe("busy");
  });

  test("is refused while one of its properties is being set, and not when that has come to its end", () => {
    const wanted = [target("steps", int64(5), "s1", 4)];
    expect(refusal(() => decide(given(boiler, wanted)))).toBe("conflict");
    const message = { value: int64(5), id: "s1", origin: "cloud", revision: "4", actor: "" };
    const reported = {
      ...{ value: int64(5), quality: "good" as const, error: "", sourceTimeMs: 1, revision: 1, id: "s1", overtaken: 0 },
    };
    const applied: Fact[] = [
      { kind: "desired", place: at("steps"), message },
      { kind: "reported", place: at("steps"), message: reported },
    ];
    expect(refusal(() => decide(given(boiler, wanted, applied)))).toBe("none");
    expect(refusal(() => decide(given(boiler, [target("setpoint", double(50), "s2", 5)])))).toBe("none");
  });
});

describe("a repeated id", () => {
  test("gets the same answer, and the result when there is one; nothing begins", () => {
    const open = decide(given(boiler, started("c1")));
    expect(open).toEqual({ facts: [], reply: { id: "c1", state: "started", result: undefined } });
    const over = decide(given(boiler, started("c1"), ended("c1")));
    expect(over).toEqual({ facts: [], reply: { id: "c1", state: "started", result } });
  });

  test("also when the beginning is no longer in history, and when the device is out of reach", () => {
    expect(decide(given(boiler, ended("c1")), {}, { isReachable: () => false }).reply.result).toEqual(result);
  });

  test.each<[string, Partial<TwinCallRequest>]>([
    ["other arguments", { arguments: { steps: int64(4) } }],
    ["another method", { method: "program", arguments: program }],
  ])("for %s is a conflict", (_, more) => {
    expect(refusal(() => decide(given(boiler, started("c1")), more))).toBe("conflict");
    expect(refusal(() => decide(given(boiler, started("c1"), ended("c1")), more))).toBe("conflict");
  });

  test("of a set is a conflict", () => {
    const message = { value: int64(1), id: "s1", origin: "gateway", revision: "", actor: "" };
    const state = given(boiler, { kind: "desired", place: at("steps"), message });
    expect(refusal(() => decide(state, { id: "s1" }))).toBe("conflict");
  });

  test("is remembered for the newest 10 000", () => {
    const many = Array.from({ length: 10_001 }, (_, index) => ended(`e${index}`));
    const state = given(boiler, many);
    expect(decide(state, { id: "e0" }).begun).toBeDefined();
    expect(decide(state, { id: "e1" }).begun).toBeUndefined();
  });
});

test("a call has one result, whatever is said again", () => {
  const state = given(boiler, started("c1"));
  expect(decideResult(state, { place, id: "c1" }, result)).toEqual([ended("c1")]);
  expect(decideResult(given(boiler, started("c1"), ended("c1")), { place, id: "c1" }, result)).toEqual([]);
  expect(decideResult(given(boiler), { place, id: "lost by the log" }, result)).toHaveLength(1);
});
