import { bindDevice, type DeviceProperty, parseDevice, parseDeviceModel } from "@holdfast/kernel";
import type { Quality, Sample, TwinReported, Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { decideReport, decideStale, type ReportRules, readingOf } from "./report.ts";
import { emptyProperty, type PropertyState } from "./state.ts";
import { at, bool, deviceJson, double, int64, modelJson, text } from "./testing/boiler.ts";

function property(name: string): DeviceProperty {
  const model = parseDeviceModel(JSON.parse(modelJson())).value;
  const manifest = parseDevice(JSON.parse(deviceJson())).value;
  const found = model && manifest && bindDevice(manifest, model).value?.properties[name];
  if (!found) throw new Error(`the boiler has no ${name}`);
  return found;
}

const rules: ReportRules = { sinceReportMs: 1_000, heartbeatMs: 0, roomBytes: 1_000 };

function sampled(value: Value | undefined, more: Partial<Sample> = {}): Sample {
  const quality: Quality = value === undefined ? "bad" : "good";
  return { value, quality, error: "", detail: "", sourceTimeMs: 7, dropped: 0, ...more };
}

function after(last: Partial<TwinReported> | undefined, applied = ""): PropertyState {
  const state = emptyProperty(at("temperature"));
  const good = { quality: "good" as const, error: "", sourceTimeMs: 5, revision: 3, id: "", overtaken: 0 };
  return { ...state, applied, reported: last && { ...good, value: double(20), ...last } };
}

function report(state: PropertyState, sample: Sample, more: Partial<ReportRules> = {}, name = "temperature") {
  return decideReport(property(name), state, readingOf(property(name), sample), { ...rules, ...more });
}

describe("a sample becomes a report", () => {
  test("the first one of a property, whatever it says (KubeEdge H12: the first report of each property was lost)", () => {
    const first = { value: double(20), quality: "good", error: "", sourceTimeMs: 7, revision: 1, id: "", overtaken: 0 };
    expect(report(after(undefined), sampled(double(20)))).toEqual(first);
    const bad = sampled(undefined, { error: "timeout" });
    expect(report(after(undefined), bad)).toMatchObject({ value: undefined, quality: "bad", error: "timeout" });
  });

  test("beyond the deadband, and not at its edge", () => {
    expect(report(after({}), sampled(double(20.5)))).toBeUndefined();
    expect(report(after({}), sampled(double(19.5)))).toBeUndefined();
    expect(report(after({}), sampled(double(20.6)))).toMatchObject({ value: double(20.6), revision: 4 });
  });

  test("at any change where there is no deadband", () => {
    expect(report(after({ value: bool(true) }), sampled(bool(true)), {}, "burner")).toBeUndefined();
    expect(report(after({ value: bool(true) }), sampled(bool(false)), {}, "burner")).toBeDefined();
    const big = (n: bigint): Value => ({ kind: "int64", int64: n });
    const before = after({ value: big(2n ** 53n) });
    expect(report(before, sampled(big(2n ** 53n + 1n)), {}, "steps"), "beyond what doubles can tell").toBeDefined();
  });

  test("at each change of quality, with the last known value while it is bad", () => {
    const lost = report(after({}), sampled(undefined, { error: "timeout", sourceTimeMs: 9 }));
    expect(lost).toMatchObject({ value: double(20), quality: "bad", error: "timeout", sourceTimeMs: 5, revision: 4 });
    const still = report(after({ quality: "bad", error: "timeout" }), sampled(undefined, { error: "link" }));
    expect(still).toBeUndefined();
    const back = report(after({ quality: "bad", error: "timeout" }), sampled(double(20)));
    expect(back).toMatchObject({ value: double(20), quality: "good", error: "", sourceTimeMs: 7 });
  });

  test("after the heartbeat, changed or not", () => {
    expect(report(after({}), sampled(double(20)), { heartbeatMs: 1_001 })).toBeUndefined();
    expect(report(after({}), sampled(double(20)), { heartbeatMs: 1_000 })).toMatchObject({ revision: 4 });
  });

  test("of the model's type, or bad", () => {
    expect(report(after(undefined), sampled(int64(21)))).toMatchObject({ value: double(21) });
    expect(report(after(undefined), sampled(text("warm")))).toMatchObject({ quality: "bad", error: "config" });
    const strange = report(after(undefined), sampled(double(Number.NaN)));
    expect(strange).toMatchObject({ value: undefined, quality: "bad" });
  });

  test("that fits into the twin, or bad", () => {
    const long = report(after(undefined), sampled(text("x".repeat(2_000))), {}, "label");
    expect(long).toMatchObject({ value: undefined, quality: "bad", error: "config" });
  });

  test("that keeps the id of the set which the device has taken", () => {
    expect(report(after({ id: "p1" }, "p1"), sampled(double(30)))).toMatchObject({ id: "p1" });
    expect(report(after({ id: "p1" }, ""), sampled(double(30)))).toMatchObject({ id: "" });
  });
});

test("a value that nobody refreshes is called uncertain once", () => {
  const stale = decideStale(after({}), "mapper");
  expect(stale).toMatchObject({
    value: double(20),
    quality: "uncertain",
    error: "mapper",
    sourceTimeMs: 5,
    revision: 4,
  });
  expect(decideStale(after({ quality: "uncertain" }), "mapper")).toBeUndefined();
  expect(decideStale(after(undefined), "mapper")).toBeUndefined();
});
