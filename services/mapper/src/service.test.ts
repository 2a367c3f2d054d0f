import { call } from "@holdfast/kernel";
import { type DriverWriteReply, driverRead, type Value } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import type { DriverError } from "./driver.ts";
import { deviceJson, modelJson } from "./testing/manifests.ts";
import { answered, double, withBoiler } from "./testing/mapper-world.ts";

describe("the mapper", () => {
  test("reads what the log desires and publishes samples under the node's name", async () => {
    const { last, reached } = await withBoiler();
    expect(last("x")).toMatchObject({ quality: "good", value: double(1) });
    expect(last("x")?.sourceTimeMs).toBeGreaterThan(0);
    expect(reached[0]).toEqual({ namespace: "default", device: "a", state: "online", reason: "" });
  });

  test("finds what was in the log before it started, and takes changes one by one", async () => {
    const { scheduler, log, driver, samples } = await withBoiler();
    log.set("device", "b", deviceJson("b", "m", ["x"], { line: "two" }));
    await scheduler.runFor(2000);
    expect(driver.count("open", "fake:a"), "the other line was not touched").toBe(1);
    expect(samples.some(([device]) => device === "b")).toBe(true);
    log.set("device", "a", undefined);
    await scheduler.runFor(1000);
    expect(driver.openSessions).toBe(1);
    const reads = driver.count("read", "default/a");
    await scheduler.runFor(5000);
    expect(driver.count("read", "default/a")).toBe(reads);
  });

  test("a model that changes restarts the devices that follow it", async () => {
    const { scheduler, log, driver, last } = await withBoiler();
    driver.behaviour("default/a").values.set("x", double(50));
    log.set("devicemodel", "m", modelJson("m", ["x", "rw"], { maximum: "20" }));
    await scheduler.runFor(2000);
    expect(last("x")).toMatchObject({ quality: "uncertain", detail: "50 is above the maximum 20" });
  });

  test("says again every few seconds whom it reaches", async () => {
    const { scheduler, reached } = await withBoiler();
    const before = reached.length;
    await scheduler.runFor(20_000);
    expect(reached.length - before).toBe(4);
  });

  test("a device that is declared wrongly is offline and bad, with the reason", async () => {
    const { scheduler, log, reached, samples } = await withBoiler();
    log.set("device", "w", deviceJson("w", "m", ["x"], { wrong: true }));
    await scheduler.runFor(1000);
    const detail = "spec.protocol.configData.wrong is set";
    expect(reached).toContainEqual({
      namespace: "default",
      device: "w",
      state: "offline",
      reason: `config: ${detail}`,
    });
    expect(samples.find(([device]) => device === "w")?.[2]).toMatchObject({ quality: "bad", error: "config", detail });
  });

  test("writes, and answers with what the device says then", async () => {
    const { scheduler, write, last } = await withBoiler();
    const reply = await answered(scheduler, write("rw", { kind: "string", string: "42" }));
    expect(reply).toMatchObject<Partial<DriverWriteReply>>({ outcome: "ok", readBack: double(42) });
    expect(last("rw")).toMatchObject({ value: double(42) });
  });

  test("reads on demand", async () => {
    const { scheduler, user, driver } = await withBoiler();
    driver.behaviour("default/a").values.set("x", double(77));
    const request = { namespace: "default", device: "a", property: "x" };
    const reply = call(user, driverRead, { protocol: "fake" }, request, { timeoutMs: 5000 });
    expect(await answered(scheduler, reply)).toMatchObject({ quality: "good", value: double(77) });
  });

  test.each<[string, Value, string]>([
    ["x", double(1), "read_only"],
    ["rw", double(101), "out_of_range"],
    ["rw", { kind: "string", string: "warm" }, "wrong_type"],
    ["nothing", double(1), "not_found"],
  ])("refuses to write %s = %o: %s", async (property, value, code) => {
    const { scheduler, driver, write } = await withBoiler();
    await expect(answered(scheduler, write(property, value))).rejects.toMatchObject({ code });
    expect(driver.count("write")).toBe(0);
  });

  test("refuses an earlier life of devicetwin", async () => {
    const { scheduler, driver, write } = await withBoiler();
    await answered(scheduler, write("rw", double(1), 5));
    await expect(answered(scheduler, write("rw", double(2), 4))).rejects.toMatchObject({ code: "stale_incarnation" });
    await answered(scheduler, write("rw", double(3), 6));
    expect(driver.count("write")).toBe(2);
  });

  test("an earlier life's write that waits is not done once a later one has written", async () => {
    const { scheduler, driver, write } = await withBoiler();
    driver.behaviour("default/a").latencyMs = 800;
    await scheduler.runFor(1500);
    const first = write("rw", double(1), 5);
    const early = write("rw", double(2), 5);
    const late = write("rw", double(3), 6);
    const refused = expect(early).rejects.toMatchObject({ code: "stale_incarnation" });
    const first2 = first.catch((error: DriverError) => error);
    await answered(scheduler, late);
    await refused;
    await first2;
    expect(driver.behaviour("default/a").values.get("rw")).toEqual(double(3));
  });

  test("keeps reading and serving writes while samples cannot leave", async () => {
    const { scheduler, nats, driver, samples, write } = await withBoiler();
    nats.cut("mapper samples");
    await scheduler.runFor(5000);
    const before = samples.length;
    await answered(scheduler, write("rw", double(9)));
    expect(driver.count("read")).toBeGreaterThan(5);
    expect(samples.length).toBe(before);
    nats.restore("mapper samples");
    await scheduler.runFor(500);
    expect(samples.slice(before).map(([, property, { dropped }]) => [property, dropped > 0])).toContainEqual([
      "x",
      true,
    ]);
  });

  test("closes all lines when it stops", async () => {
    const { scheduler, driver, running, failures } = await withBoiler();
    const stopping = running.stop();
    await answered(scheduler, stopping);
    expect(driver.openSessions).toBe(0);
    expect(failures).toEqual([]);
  });
});
