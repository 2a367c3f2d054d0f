import { describe, expect, test } from "vitest";
import { DriverError } from "./driver.ts";
import { double, line, pointOf, world } from "./testing/line-world.ts";

const a = pointOf("ns/a", "x");
const b = pointOf("ns/b", "x", 100);

describe("cyclic reads", () => {
  test("keep their cycles, one session for all devices of the line", async () => {
    const { scheduler, driver, states, of } = world(a, b);
    await scheduler.runFor(10_000);
    expect(driver.count("open")).toBe(1);
    expect(driver.count("read", "ns/a")).toBeGreaterThanOrEqual(10);
    expect(driver.count("read", "ns/a")).toBeLessThanOrEqual(11);
    expect(driver.count("read", "ns/b")).toBeGreaterThanOrEqual(99);
    expect(of("ns/b/x")).toHaveLength(driver.count("read", "ns/b"));
    expect(states).toEqual([
      ["ns/a", "online"],
      ["ns/b", "online"],
    ]);
  });

  test("of one cycle are joined; each property has its sample", async () => {
    const { scheduler, driver, of } = world(pointOf("ns/a", "x-1"), pointOf("ns/a", "x-2"), pointOf("ns/a", "y"));
    await scheduler.runFor(900);
    expect(driver.count("read")).toBe(2);
    for (const name of ["x-1", "x-2", "y"]) expect(of(`ns/a/${name}`)).toHaveLength(1);
  });

  test("a line that is too slow counts what it misses and treats all alike", async () => {
    const { scheduler, driver, counts } = world(b, pointOf("ns/c", "x", 100));
    driver.behaviour("ns/b").latencyMs = 100;
    driver.behaviour("ns/c").latencyMs = 100;
    await scheduler.runFor(10_000);
    expect(counts().reads_missed).toBeGreaterThan(80);
    expect(driver.count("read", "ns/b")).toBeGreaterThanOrEqual(45);
    expect(driver.count("read", "ns/c")).toBeGreaterThanOrEqual(45);
  });

  test("a reading outside the model's range is uncertain, NaN and a wrong type are bad", async () => {
    const { scheduler, driver, of } = world(a);
    const { values } = driver.behaviour("ns/a");
    await scheduler.runFor(500);
    values.set("x", double(101));
    await scheduler.runFor(1000);
    values.set("x", double(Number.NaN));
    await scheduler.runFor(1000);
    values.set("x", { kind: "string", string: "warm" });
    await scheduler.runFor(1000);
    expect(of("ns/a/x")).toMatchObject([
      { quality: "good", value: double(1) },
      { quality: "uncertain", value: double(101), detail: "101 is above the maximum 100" },
      { quality: "bad", error: "protocol" },
      { quality: "bad", error: "config" },
    ]);
  });
});

describe("a device that does not answer", () => {
  test("does not starve the healthy one beside it", async () => {
    const { scheduler, driver, states } = world(a, b);
    driver.behaviour("ns/a").silent = true;
    await scheduler.runFor(600_000);
    const perSecond = driver.count("read", "ns/b", 60_000) / 540;
    expect(perSecond, "reads per second of the healthy device, of 10").toBeGreaterThan(9);
    expect(driver.count("read", "ns/a", 120_000), "looks at the dead device in 8 minutes").toBeLessThan(20);
    expect(states.filter(([device]) => device === "ns/a").map(([, state]) => state)).toEqual([
      "degraded",
      "offline",
      "quarantined",
    ]);
    expect(states.filter(([device]) => device === "ns/b")).toEqual([["ns/b", "online"]]);
  });

  test("has bad samples, for all its properties once it is offline", async () => {
    const { scheduler, driver, of } = world(a, pointOf("ns/a", "slow", 3_600_000));
    await scheduler.runFor(1500);
    driver.behaviour("ns/a").silent = true;
    await scheduler.runFor(20_000);
    expect(of("ns/a/x").at(-1)).toMatchObject({ quality: "bad", error: "timeout" });
    expect(of("ns/a/slow").at(-1)).toMatchObject({ quality: "bad", error: "timeout" });
  });

  test("is found again, and all it did not say is read at once", async () => {
    const { scheduler, driver, states, of } = world(a, pointOf("ns/a", "slow", 3_600_000));
    driver.behaviour("ns/a").silent = true;
    await scheduler.runFor(300_000);
    driver.behaviour("ns/a").silent = false;
    await scheduler.runFor(70_000);
    expect(states.at(-1)).toEqual(["ns/a", "online"]);
    expect(of("ns/a/slow").at(-1)).toMatchObject({ quality: "good" });
  });

  test("closes the line, leaves it quiet and opens it anew", async () => {
    const { scheduler, driver } = world(a);
    await scheduler.runFor(500);
    driver.behaviour("ns/a").silent = true;
    await scheduler.runFor(2000);
    driver.behaviour("ns/a").silent = false;
    await scheduler.runFor(5000);
    const closeMs = driver.calls.find(([what]) => what === "close")?.[2] ?? expect.unreachable();
    const openMs = driver.calls.filter(([what]) => what === "open")[1]?.[2] ?? expect.unreachable();
    expect(openMs - closeMs).toBeGreaterThanOrEqual(line.quietMs);
    expect(driver.openSessions).toBe(1);
  });

  test("in one range only is degraded, and that range is asked less and less", async () => {
    const { scheduler, driver, states, of } = world(a, pointOf("ns/a", "y"));
    driver.behaviour("ns/a").deaf.add("y");
    await scheduler.runFor(300_000);
    expect(states.at(-1)).toEqual(["ns/a", "degraded"]);
    expect(of("ns/a/y").length).toBeLessThan(25);
    expect(of("ns/a/x").filter(({ quality }) => quality === "good").length).toBeGreaterThan(250);
  });
});

describe("a line", () => {
  test("that does not open makes all its devices offline and bad, and comes back", async () => {
    const { scheduler, driver, states, of } = world(a, b);
    driver.openError = new DriverError("link", "no such port", { sent: false });
    await scheduler.runFor(60_000);
    expect(states).toEqual([
      ["ns/a", "offline"],
      ["ns/b", "offline"],
    ]);
    expect(of("ns/a/x").at(-1)).toMatchObject({ quality: "bad", error: "link", detail: "no such port" });
    expect(driver.count("open"), "attempts in a minute").toBeLessThan(12);
    driver.openError = undefined;
    await scheduler.runFor(30_000);
    expect(states.slice(2).map(([, state]) => state)).toEqual(["online", "online"]);
  });

  test("whose driver hangs is abandoned, and the others go on", async () => {
    const { scheduler, driver, counts, states } = world(a, b);
    driver.behaviour("ns/a").hangs = true;
    await scheduler.runFor(120_000);
    expect(counts().calls_hung).toBeGreaterThan(2);
    expect(driver.count("close")).toBe(counts().calls_hung);
    expect(driver.count("read", "ns/b", 60_000)).toBeGreaterThan(400);
    driver.behaviour("ns/a").hangs = false;
    await scheduler.runFor(120_000);
    expect(states.at(-1)).toEqual(["ns/a", "online"]);
  });

  test("whose driver does not even close is left behind", async () => {
    const { scheduler, driver, counts, of } = world(a);
    await scheduler.runFor(500);
    driver.closeHangs = true;
    driver.behaviour("ns/a").hangs = true;
    await scheduler.runFor(10_000);
    driver.behaviour("ns/a").hangs = false;
    await scheduler.runFor(10_000);
    expect(counts().sessions_abandoned).toBeGreaterThan(0);
    expect(of("ns/a/x").at(-1)).toMatchObject({ quality: "good" });
  });

  test("whose session is worn gets a fresh one without an error", async () => {
    const { scheduler, driver, of, counts } = world(a);
    await scheduler.runFor(1500);
    driver.worn = true;
    await scheduler.runFor(1500);
    expect(driver.count("open")).toBe(2);
    expect(counts().reads_failed).toBeUndefined();
    expect(of("ns/a/x").every(({ quality }) => quality === "good")).toBe(true);
  });

  test("stops in the middle of a call", async () => {
    const { scheduler, driver, runner } = world(a);
    driver.behaviour("ns/a").hangs = true;
    await scheduler.runFor(500);
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await scheduler.settle();
    await stopping;
    expect(stopped).toBe(true);
    expect(driver.openSessions).toBe(0);
  });
});
