import { describe, expect, test } from "vitest";
import { DriverError } from "./driver.ts";
import { double, limits, pointOf, world } from "./testing/line-world.ts";

const a = pointOf("ns/a", "x");
const b = pointOf("ns/b", "x", 100);

describe("a write", () => {
  const check = () => {};

  test("goes ahead of reads, and says what the device says afterwards", async () => {
    const slow = Array.from({ length: 20 }, (_, index) => pointOf("ns/b", `p${index}`, 100));
    const { scheduler, driver, runner } = world(a, ...slow);
    driver.behaviour("ns/b").latencyMs = 100;
    await scheduler.runFor(5050);
    const reply = runner.write(a, double(60), check);
    const readsBefore = driver.count("read");
    await scheduler.runUntil(() => driver.count("write") === 1, 5000);
    expect(driver.count("read") - readsBefore).toBeLessThanOrEqual(1);
    await scheduler.runFor(500);
    expect(await reply).toEqual({ outcome: "ok", readBack: double(60) });
  });

  test("that was not answered is unknown, and is read back on a fresh session", async () => {
    const { scheduler, driver, runner } = world(a);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").deaf.add("x");
    const reply = runner.write(a, double(60), check);
    await scheduler.runFor(1100);
    driver.behaviour("ns/a").deaf.delete("x");
    driver.behaviour("ns/a").values.set("x", double(60));
    await scheduler.runFor(2000);
    expect(await reply).toMatchObject({ outcome: "unknown", error: "timeout", readBack: double(60) });
    expect(driver.count("write"), "never repeated").toBe(1);
    expect(driver.count("open")).toBe(2);
  });

  test("that the device refuses is rejected with its reason", async () => {
    const { scheduler, driver, runner, states } = world(a);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").refusal = new DriverError("rejected", "illegal data value");
    const reply = runner.write(a, double(60), check);
    await scheduler.runFor(100);
    expect(await reply).toEqual({ outcome: "rejected", error: "rejected", detail: "illegal data value" });
    expect(states).toEqual([["ns/a", "online"]]);
  });

  test("to a device that is offline does not hold the line: later", async () => {
    const { scheduler, driver, runner } = world(a, b);
    driver.behaviour("ns/a").silent = true;
    await scheduler.runFor(100_000);
    const reply = runner.write(a, double(60), check);
    await scheduler.settle();
    await scheduler.runFor(50);
    expect(await reply).toMatchObject({ outcome: "rejected", error: "busy" });
    expect(driver.count("write")).toBe(0);
  });

  test("that became wrong while it waited is not done", async () => {
    const { scheduler, driver, runner } = world(a);
    await scheduler.runFor(500);
    const reply = runner.write(a, double(60), () => {
      throw new Error("a newer life has taken over");
    });
    const refused = expect(reply).rejects.toThrow("a newer life");
    await scheduler.runFor(100);
    await refused;
    expect(driver.count("write")).toBe(0);
  });

  test("waits for a limited time, in a limited queue", async () => {
    const { scheduler, driver, runner } = world(a);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").hangs = true;
    await scheduler.runFor(1000);
    const waiting = Array.from({ length: limits.waitingMax }, () => runner.write(a, double(60), check));
    expect(() => runner.write(a, double(60), check)).toThrowError(expect.objectContaining({ code: "busy" }));
    const refused = waiting.map((reply) => expect(reply).rejects.toMatchObject({ code: "busy" }));
    await scheduler.runFor(6000);
    await Promise.all(refused);
    expect(driver.count("write")).toBe(0);
  });
});
