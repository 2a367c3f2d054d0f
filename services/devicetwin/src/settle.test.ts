import type { Resolution, TwinProposed, Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { convergenceOf, effectiveDesired } from "./desired.ts";
import type { Fact, Place, TwinFact } from "./fact.ts";
import { settle } from "./settle.ts";
import { evolve, findProperty, type TwinState } from "./state.ts";
import { at, boiler, deviceJson, double, modelJson, target } from "./testing/boiler.ts";
import { given } from "./testing/given.ts";

const setpoint = at("setpoint");

function proposed(id: string, order: number, value: Value = double(60), more: Partial<TwinProposed> = {}): Fact {
  const message: TwinProposed = {
    ...{ property: "setpoint", deviceUid: "uid-boiler", value, baseIncarnation: undefined, baseVersion: 0 },
    ...{ own: [], actor: "bob", atMs: 0, order, validForMs: 0, ...more },
  };
  return { kind: "proposed", place: { namespace: "default", device: "boiler" }, id, message };
}

function resolved(id: string, resolution: Partial<Resolution>): Fact {
  const where = { namespace: "default", device: "boiler", property: "setpoint" };
  return { kind: "resolution", id, resolution: { accepted: false, reason: "", version: 0, ...where, ...resolution } };
}

function announced(id: string, value: Value | undefined, origin: "cloud" | "gateway", place: Place = setpoint): Fact {
  return { kind: "desired", place, message: { id, value, origin, revision: "r", actor: "" } };
}

function reported(value: Value, id: string): Fact {
  const message = { value, quality: "good" as const, error: "", sourceTimeMs: 1, revision: 1, id, overtaken: 0 };
  return { kind: "reported", place: setpoint, message };
}

function rejected(id: string, reason: string): Fact {
  return { kind: "rejected", place: setpoint, message: { id, reason, message: "", value: undefined } };
}

/** Settles until nothing is left, as the log would. */
function settleAll(state: TwinState, place = setpoint): readonly TwinFact[] {
  const all: TwinFact[] = [];
  for (let round = 0; round < 10; round += 1) {
    const facts = settle(state, place);
    if (facts.length === 0) return all;
    all.push(...facts);
    for (const fact of facts) evolve(state, fact, { seq: 1_000 + all.length, wallMs: 2_000, bootId: "boot" });
  }
  throw new Error("settling does not end");
}

function inForce(state: TwinState): { id: string; value: Value | undefined; convergence: string; reason: string } {
  const property = findProperty(state, setpoint);
  if (!property) throw new Error("no such property");
  const desired = effectiveDesired(property, "uid-boiler");
  return { id: desired.id, value: desired.value, ...convergenceOf(property, desired) };
}

describe("what the cloud wants", () => {
  test("is told once when it takes effect", () => {
    const state = given(boiler, target("setpoint", double(50), "c1", 41));
    expect(settleAll(state)).toEqual([
      {
        kind: "desired",
        place: setpoint,
        message: { value: double(50), id: "c1", origin: "cloud", revision: "41", actor: "ann" },
      },
    ]);
    expect(settleAll(state)).toEqual([]);
    expect(inForce(state)).toEqual({ id: "c1", value: double(50), convergence: "delivered", reason: "" });
  });

  test("is not told while a proposal made here is in force", () => {
    const state = given(boiler, proposed("p1", 1), announced("p1", double(60), "gateway"));
    evolve(state, target("setpoint", double(50), "c1", 41), { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toEqual([]);
    expect(inForce(state).id).toBe("p1");
  });

  test("is not told again when history forgot that it was, unless it is still open", () => {
    const target1 = target("setpoint", double(50), "c1", 41);
    expect(settleAll(given(boiler, target1, reported(double(50), "c1")))).toEqual([]);
    expect(settleAll(given(boiler, target1, rejected("c1", "notTaken")))).toEqual([]);
    expect(settleAll(given(boiler, target("setpoint", undefined, "c1", 41)))).toEqual([]);
    expect(settleAll(given(boiler, target1, reported(double(40), "c0")))).toHaveLength(1);
  });

  test("clears", () => {
    const state = given(boiler, target("setpoint", double(50), "c1", 41), announced("c1", double(50), "cloud"));
    evolve(state, target("setpoint", undefined, "c2", 42), { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toMatchObject([{ kind: "desired", message: { id: "c2", value: undefined } }]);
    expect(inForce(state)).toMatchObject({ id: "c2", convergence: "" });
  });

  test("for an earlier device of this name does not count", () => {
    const state = given(boiler, target("setpoint", double(50), "c1", 41, { deviceUid: "uid-before" }));
    expect(settleAll(state)).toEqual([]);
    expect(inForce(state).id).toBe("");
  });
});

describe("a proposal", () => {
  const open = [...boiler, target("setpoint", double(50), "c1", 41), reported(double(50), "c1"), proposed("p1", 1)];

  test("that was accepted stays in force until its value has come down", () => {
    const state = given(open, announced("p1", double(60), "gateway"), resolved("p1", { accepted: true, version: 43 }));
    expect(settleAll(state)).toEqual([]);
    expect(inForce(state), "the older value of the cloud does not flash up").toMatchObject({ id: "p1" });
    evolve(state, target("setpoint", double(60), "p1", 43), { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toEqual([{ kind: "proposed", place: setpoint, id: "p1" }]);
    expect(inForce(state)).toMatchObject({ id: "p1", value: double(60) });
  });

  test("that was accepted ends once, whichever of value and resolution comes first", () => {
    const state = given(open, announced("p1", double(60), "gateway"), target("setpoint", double(60), "p1", 43));
    expect(settleAll(state)).toEqual([]);
    evolve(state, resolved("p1", { accepted: true, version: 43 }), { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toEqual([{ kind: "proposed", place: setpoint, id: "p1" }]);
    expect(settleAll(state)).toEqual([]);
  });

  test("that was superseded is rejected, and the cloud's value takes effect", () => {
    const state = given(open, announced("p1", double(60), "gateway"), target("setpoint", double(55), "c2", 44));
    evolve(state, resolved("p1", { reason: "superseded", version: 44 }), { seq: 50, wallMs: 0, bootId: "boot" });
    const facts = settleAll(state);
    expect(facts.map(({ kind }) => kind)).toEqual(["rejected", "proposed", "desired"]);
    expect(facts[0]).toMatchObject({ message: { id: "p1", reason: "superseded" } });
    expect(facts[2]).toMatchObject({ message: { id: "c2", value: double(55) } });
    expect(inForce(state)).toMatchObject({ id: "c2", convergence: "delivered" });
  });

  test("that was superseded falls back to the next newest one", () => {
    const state = given(open, proposed("p2", 2, double(70)), announced("p2", double(70), "gateway"));
    evolve(state, resolved("p2", { reason: "superseded" }), { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state).at(-1)).toMatchObject({ kind: "desired", message: { id: "p1", origin: "gateway" } });
    expect(inForce(state).id).toBe("p1");
  });

  test("that may have been written leaves no value that counts as applied behind", () => {
    const state = given(open, announced("c1", double(50), "cloud"), announced("p1", double(60), "gateway"));
    evolve(state, resolved("p1", { reason: "superseded" }), { seq: 50, wallMs: 0, bootId: "boot" });
    const facts = settleAll(state);
    expect(facts.at(-1), "the cloud is told too").toMatchObject({ kind: "reported", message: { id: "", revision: 2 } });
    expect(inForce(state), "the device may have the other value").toMatchObject({ id: "c1", convergence: "delivered" });
  });

  test("that ends does not hide that the one in force was not taken", () => {
    const state = given(open, proposed("p2", 2, double(70)), announced("p2", double(70), "gateway"));
    evolve(state, rejected("p2", "notTaken"), { seq: 50, wallMs: 0, bootId: "boot" });
    evolve(state, resolved("p1", { reason: "superseded" }), { seq: 51, wallMs: 0, bootId: "boot" });
    const rejections = settleAll(state).filter(({ kind }) => kind === "rejected");
    expect(rejections.map((fact) => fact.kind === "rejected" && fact.message?.id)).toEqual(["p1", "p2"]);
    expect(inForce(state)).toMatchObject({ id: "p2", convergence: "rejected", reason: "notTaken" });
  });

  test("waits for the cloud after its device has gone, and then just ends", () => {
    const state = given(open);
    evolve(state, { kind: "device", namespace: "default", name: "boiler" }, { seq: 50, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toEqual([{ kind: "reported", place: setpoint }]);
    evolve(state, resolved("p1", { reason: "unknownDevice" }), { seq: 51, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toEqual([{ kind: "proposed", place: setpoint, id: "p1" }]);
  });

  test("of an earlier device is not in force for the new one", () => {
    const state = given(open);
    const json = deviceJson("boiler", { uid: "uid-new" });
    evolve(
      state,
      { kind: "device", namespace: "default", name: "boiler", json },
      { seq: 50, wallMs: 0, bootId: "boot" },
    );
    const property = findProperty(state, setpoint);
    expect(property && effectiveDesired(property, "uid-new").id).toBe("");
    evolve(state, resolved("p1", { accepted: true, version: 99 }), { seq: 51, wallMs: 0, bootId: "boot" });
    expect(settleAll(state)).toContainEqual({ kind: "proposed", place: setpoint, id: "p1" });
  });
});

describe("what was reported", () => {
  test("goes with the device, and with a property that its model no longer has", () => {
    const facts = [...boiler, reported(double(50), ""), rejected("c0", "notTaken")];
    const gone = [
      { kind: "reported", place: setpoint },
      { kind: "rejected", place: setpoint },
    ];
    const removed = given(facts, { kind: "device", namespace: "default", name: "boiler" });
    expect(settleAll(removed)).toEqual(gone);
    const json = modelJson([{ name: "temperature", type: "FLOAT", accessMode: "ReadOnly" }]);
    expect(settleAll(given(facts, { kind: "model", namespace: "default", name: "boiler-model", json }))).toEqual(gone);
  });

  test("stays while the model is missing", () => {
    const state = given(boiler, reported(double(50), ""), {
      kind: "model",
      namespace: "default",
      name: "boiler-model",
    });
    expect(settleAll(state)).toEqual([]);
  });
});
