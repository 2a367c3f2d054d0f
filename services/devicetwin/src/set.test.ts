import { HoldfastError } from "@holdfast/kernel";
import type { TwinSetRequest } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import type { Fact, TwinFact } from "./fact.ts";
import { decideSet, proposalsPerPropertyMax, type SetCircumstances } from "./set.ts";
import { evolve, type TwinState } from "./state.ts";
import { at, boiler, bool, deviceJson, double, int64, target, text } from "./testing/boiler.ts";
import { given } from "./testing/given.ts";

const now: SetCircumstances = { freshId: "fresh", atMs: 5_000, order: 1, pressed: false };

function request(property: string, more: Partial<TwinSetRequest> = {}): TwinSetRequest {
  const value = double(60);
  const rest = { id: "", expectRevision: "", validForMs: 0, actor: "bob", clear: false };
  return { device: "boiler", property, value, ...rest, ...more };
}

function set(state: TwinState, asked: TwinSetRequest, circumstances: Partial<SetCircumstances> = {}) {
  return decideSet(state, "default", asked, { ...now, ...circumstances });
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
  return "none";
}

function fold(state: TwinState, facts: readonly TwinFact[]): TwinState {
  for (const fact of facts) evolve(state, fact, { seq: 100, wallMs: 5_000, bootId: "boot" });
  return state;
}

describe("a set on the gateway", () => {
  test("becomes a proposal that is in force at once", () => {
    const { facts, reply } = set(given(boiler), request("setpoint"));
    expect(facts).toEqual([
      {
        kind: "proposed",
        place: at("setpoint"),
        id: "fresh",
        message: {
          ...{ property: "setpoint", deviceUid: "uid-boiler", value: double(60) },
          ...{
            baseIncarnation: undefined,
            baseVersion: 0,
            own: [],
            actor: "bob",
            atMs: 5_000,
            order: 1,
            validForMs: 0,
          },
        },
      },
      {
        kind: "desired",
        place: at("setpoint"),
        message: { value: double(60), id: "fresh", origin: "gateway", revision: "proposal:fresh", actor: "bob" },
      },
    ]);
    expect(reply).toEqual({ id: "fresh", revision: "proposal:fresh", state: "recorded", value: double(60) });
  });

  test("names the version that the gateway knew, and its own unresolved proposals", () => {
    const state = given(boiler, target("setpoint", double(50), "c1", 41));
    fold(state, set(state, request("setpoint", { id: "p1" })).facts);
    const { facts } = set(state, request("setpoint", { id: "p2" }), { order: 2 });
    expect(facts[0]).toMatchObject({
      message: { baseIncarnation: { counter: 1, random: 7 }, baseVersion: 41, own: ["p1"] },
    });
  });

  test("takes the newest life of the cloud as base, from the link or from the target", () => {
    const link: Fact = { kind: "incarnation", epoch: { counter: 2, random: 9 } };
    const { facts } = set(given(boiler, target("setpoint", double(50), "c1", 41), link), request("setpoint"));
    expect(facts[0]).toMatchObject({ message: { baseIncarnation: { counter: 2, random: 9 }, baseVersion: 41 } });
  });

  test("does not base itself on a value that the cloud no longer names, or of an earlier device", () => {
    const held = target("setpoint", double(50), "c1", 41);
    const withheld: Fact =
      held.kind === "target" && held.taken ? { ...held, taken: { ...held.taken, withheld: true } } : held;
    expect(set(given(boiler, withheld), request("setpoint")).facts[0]).toMatchObject({ message: { baseVersion: 0 } });
    const stale = target("setpoint", double(50), "c1", 41, { deviceUid: "uid-before" });
    expect(set(given(boiler, stale), request("setpoint")).facts[0]).toMatchObject({ message: { baseVersion: 0 } });
  });

  test("is converted to the type of the model", () => {
    const { reply } = set(given(boiler), request("setpoint", { value: text("61.5") }));
    expect(reply.value).toEqual(double(61.5));
    expect(set(given(boiler), request("burner", { value: int64(1) })).reply.value).toEqual(bool(true));
  });

  test("to null clears; without any value it is refused", () => {
    const nothing = request("setpoint", { value: undefined });
    expect(refusal(() => set(given(boiler), nothing))).toBe("invalid_argument");
    expect(refusal(() => set(given(boiler), request("setpoint", { clear: true })))).toBe("invalid_argument");
    const { facts, reply } = set(given(boiler), { ...nothing, clear: true });
    expect(facts[1]).toMatchObject({ kind: "desired", message: { value: undefined } });
    expect(reply.value).toBeUndefined();
  });

  test("with a repeated id gets the same answer and records nothing", () => {
    const state = given(boiler);
    const first = set(state, request("setpoint", { id: "p1" }));
    fold(state, first.facts);
    const again = set(state, request("setpoint", { id: "p1" }), { order: 2, pressed: true });
    expect(again).toEqual({ facts: [], reply: first.reply });
    fold(state, [{ kind: "proposed", place: at("setpoint"), id: "p1" }]);
    expect(set(state, request("setpoint", { id: "p1" })), "also when it was decided").toEqual(again);
    expect(refusal(() => set(state, request("setpoint", { id: "p1", value: double(61) })))).toBe("conflict");
    expect(refusal(() => set(state, request("burner", { id: "p1", value: bool(true) })))).toBe("conflict");
  });

  test("with the id of a set that came down from the cloud gets its answer", () => {
    const state = given(boiler, target("setpoint", double(60), "c1", 41));
    const { facts, reply } = set(state, request("setpoint", { id: "c1" }));
    expect(facts).toEqual([]);
    expect(reply).toEqual({ id: "c1", revision: "41", state: "recorded", value: double(60) });
  });
});

describe("a set is refused", () => {
  const state = given(boiler, target("setpoint", double(50), "c1", 41));
  test.each([
    ["not_here", request("setpoint", { device: "elsewhere" })],
    ["not_found", request("pressure")],
    ["not_found", request("constructor")],
    ["read_only", request("temperature")],
    ["wrong_type", request("setpoint", { value: text("warm") })],
    ["out_of_range", request("setpoint", { value: double(91) })],
    ["invalid_argument", request("setpoint", { id: "two words" })],
    ["invalid_argument", request("")],
    ["invalid_argument", request("setpoint", { device: "" })],
    ["conflict", request("setpoint", { expectRevision: "40" })],
    ["conflict", request("setpoint", { expectRevision: "proposal:c2" })],
    ["too_large", request("label", { value: text("x".repeat(20_000)) })],
  ])("with %s", (code, asked) => {
    expect(refusal(() => set(state, asked))).toBe(code);
  });

  test("with the current value when it was to have another revision", () => {
    expect(() => set(state, request("setpoint", { expectRevision: "40" }))).toThrow(/is 50 at revision 41, not 40/);
    expect(refusal(() => set(state, request("setpoint", { expectRevision: "41" })))).toBe("none");
    expect(refusal(() => set(state, request("setpoint", { expectRevision: "proposal:c1" })))).toBe("none");
    expect(refusal(() => set(state, request("burner", { value: bool(true), expectRevision: "0" })))).toBe("none");
  });

  test("while the log is nearly full", () => {
    expect(refusal(() => set(state, request("setpoint"), { pressed: true }))).toBe("busy");
  });

  test("when the twin would have more than 64 KB", () => {
    const full = given(boiler);
    let order = 0;
    const add = () => {
      order += 1;
      const { facts } = set(full, request("label", { id: `p${order}`, value: text("x".repeat(16_000)) }), { order });
      fold(full, facts);
    };
    for (let times = 0; times < 4; times += 1) add();
    expect(refusal(add)).toBe("too_large");
  });

  test("when too many sets of the property wait for the cloud", () => {
    const crowded = given(boiler);
    for (let order = 1; order <= proposalsPerPropertyMax; order += 1) {
      fold(crowded, set(crowded, request("setpoint", { id: `p${order}` }), { order }).facts);
    }
    expect(refusal(() => set(crowded, request("setpoint")))).toBe("busy");
  });

  test("while the model has not come", () => {
    const device: Fact = { kind: "device", namespace: "default", name: "boiler", json: deviceJson() };
    expect(refusal(() => set(given([device]), request("setpoint")))).toBe("unavailable");
  });

  test("after the device has gone", () => {
    const gone: Fact = { kind: "device", namespace: "default", name: "boiler" };
    expect(refusal(() => set(given(boiler, gone), request("setpoint")))).toBe("not_here");
  });
});
