import type { DriverCallRequest, Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { deviceJson } from "./testing/manifests.ts";
import { answered, double, withBoiler } from "./testing/mapper-world.ts";

describe("the mapper", () => {
  test("carries out a method: each argument of the model's type, once, in order", async () => {
    const { scheduler, driver, callMethod } = await withBoiler();
    const reply = await answered(scheduler, callMethod({ rw: { kind: "string", string: "42" } }));
    expect(reply).toEqual({ outcome: "ok", error: "", detail: "" });
    expect(driver.behaviour("default/a").values.get("rw")).toEqual(double(42));
  });

  test.each<[string, Readonly<Record<string, Value>>, Partial<DriverCallRequest>, string]>([
    ["of an unknown property", { nothing: double(1) }, {}, "not_found"],
    ["of a device that is not here", {}, { device: "z" }, "not_found"],
    ["of a property that is ReadOnly", { x: double(1) }, {}, "read_only"],
    ["out of range", { rw: double(101) }, {}, "out_of_range"],
  ])("refuses a method %s", async (_, values, more, code) => {
    const { scheduler, driver, callMethod } = await withBoiler();
    await expect(answered(scheduler, callMethod(values, more))).rejects.toMatchObject({ code });
    expect(driver.count("write")).toBe(0);
  });

  test("refuses a method of an earlier life of devicetwin, and one that could not be begun in time", async () => {
    const { scheduler, driver, write, callMethod } = await withBoiler();
    await answered(scheduler, write("rw", double(1), 5));
    const stale = callMethod({ rw: double(2) }, { incarnation: 4 });
    await expect(answered(scheduler, stale)).rejects.toMatchObject({ code: "stale_incarnation" });
    driver.behaviour("default/a").latencyMs = 800;
    const first = write("rw", double(3), 5);
    const late = callMethod({ rw: double(4) }, { incarnation: 5, beginWithinMs: 300 });
    await expect(answered(scheduler, late)).rejects.toMatchObject({ code: "expired" });
    await answered(scheduler, first);
    expect(driver.behaviour("default/a").values.get("rw")).toEqual(double(3));
  });

  test("in doubt whether it was carried out, repeats a method only if its driver declares that it may", async () => {
    const { scheduler, driver, log, callMethod } = await withBoiler();
    const again = { again: true };
    expect(await answered(scheduler, callMethod({ rw: double(7) }, again))).toMatchObject({ outcome: "unknown" });
    expect(driver.count("write")).toBe(0);
    driver.ownMethods = { idempotent: ["m"] };
    log.set("device", "a", deviceJson("a", "m", ["x", "rw"], { changed: true }));
    await scheduler.runFor(2000);
    expect(await answered(scheduler, callMethod({ rw: double(7) }, again))).toMatchObject({ outcome: "ok" });
    expect(await answered(scheduler, callMethod({ rw: double(7) }, { ...again, method: "other" }))).toMatchObject({
      outcome: "unknown",
    });
    expect(driver.count("call")).toBe(1);
  });
});
