import { describe, expect, test } from "vitest";
import { DriverError } from "./driver.ts";
import { double, pointOf, world } from "./testing/line-world.ts";

const [x, y, z] = [pointOf("ns/a", "x"), pointOf("ns/a", "y"), pointOf("ns/a", "z")];
const check = () => {};

function call(values: readonly (readonly [typeof x, number])[], endMs = Number.POSITIVE_INFINITY) {
  const given = values.map(([point, value]) => ({ point, value: double(value) }));
  return { device: "ns/a", method: "program", arguments: given, endMs };
}
const all = call([
  [y, 2],
  [x, 1],
  [z, 3],
]);

describe("a method of a protocol that has none of its own", () => {
  test("writes its arguments in their order, one request each, and is told soon", async () => {
    const { scheduler, driver, runner, of } = world(x, y, z);
    await scheduler.runFor(500);
    const reply = runner.call(all, check);
    await scheduler.runFor(200);
    expect(await reply).toEqual({ outcome: "ok" });
    expect([...driver.behaviour("ns/a").values]).toEqual([
      ["y", double(2)],
      ["x", double(1)],
      ["z", double(3)],
    ]);
    expect(driver.count("write")).toBe(3);
    expect(of("ns/a/z").at(-1)).toMatchObject({ value: double(3), quality: "good" });
  });

  test("that the device refuses in the middle failed, and says how far it came", async () => {
    const { scheduler, driver, runner } = world(x, y, z);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").refusals.set("x", new DriverError("rejected", "illegal data value"));
    const reply = runner.call(all, check);
    await scheduler.runFor(200);
    const detail = "y written, then x: illegal data value";
    expect(await reply).toEqual({ outcome: "failed", error: "rejected", detail });
    expect(driver.count("write"), "the rest is not written").toBe(2);
  });

  test("whose write was not answered is unknown; nothing is repeated, the rest is not written", async () => {
    const { scheduler, driver, runner } = world(x, y, z);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").deaf.add("x");
    const reply = runner.call(all, check);
    await scheduler.runFor(3000);
    expect(await reply).toMatchObject({ outcome: "unknown", error: "timeout", detail: "y written, then x: no answer" });
    expect(driver.count("write")).toBe(2);
  });

  test("begins nothing that nobody waits for any more", async () => {
    const { scheduler, driver, runner } = world(x, y, z);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").latencyMs = 400;
    const reply = runner.call({ ...all, endMs: scheduler.nowMs + 600 }, check);
    await scheduler.runFor(3000);
    expect(await reply).toMatchObject({ outcome: "failed", error: "timeout" });
    expect(driver.count("write")).toBe(2);
  });

  test("without arguments has nothing to write", async () => {
    const { scheduler, driver, runner } = world(x);
    await scheduler.runFor(500);
    const reply = runner.call(call([]), check);
    await scheduler.runFor(200);
    expect(await reply).toMatchObject({ outcome: "failed", error: "config" });
    expect(driver.count("write")).toBe(0);
  });
});

test("a driver that has methods of its own carries them out itself", async () => {
  const { scheduler, driver, runner } = world(x, y, z);
  driver.ownMethods = { idempotent: [] };
  await scheduler.runFor(500);
  const reply = runner.call(all, check);
  await scheduler.runFor(200);
  expect(await reply).toEqual({ outcome: "ok" });
  expect([driver.count("call"), driver.count("write")]).toEqual([1, 0]);
  driver.behaviour("ns/a").silent = true;
  const lost = runner.call(all, check);
  await scheduler.runFor(3000);
  expect(await lost).toMatchObject({ outcome: "unknown", error: "timeout" });
});

test("a device that is offline, and a line that is not there: failed, nothing was done", async () => {
  const { scheduler, driver, runner } = world(x);
  driver.behaviour("ns/a").silent = true;
  await scheduler.runFor(100_000);
  const offline = runner.call(call([[x, 1]]), check);
  await scheduler.runFor(50);
  expect(await offline).toMatchObject({ outcome: "failed", error: "busy" });
  const away = world(x);
  away.driver.openError = new DriverError("link", "refused", { sent: false });
  const unlinked = away.runner.call(call([[x, 1]]), check);
  await away.scheduler.runFor(5000);
  expect(await unlinked).toMatchObject({ outcome: "failed" });
  expect([driver.count("write"), away.driver.count("write")]).toEqual([0, 0]);
});
