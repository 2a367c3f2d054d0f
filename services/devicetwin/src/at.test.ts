import { newEvent } from "@holdfast/kernel";
import { deviceOnline, hasCode, twinAt, twinGet, twinHistory, twinReported, twinSet } from "@holdfast/proto";
import { describe, expect, test } from "vitest";
import { double, text } from "./testing/boiler.ts";
import { refusalOf, TestGateway } from "./testing/gateway.ts";
import { SimulatedDevice, SimulatedPlant } from "./testing/simulated-mapper.ts";

const ns = { namespace: "default" };
const boiler = { device: "boiler" };

async function livelyGateway() {
  const device = new SimulatedDevice("default", "boiler", { temperature: double(20), setpoint: double(20) });
  const gateway = new TestGateway({ plant: new SimulatedPlant("simulated", device) });
  gateway.boiler();
  await gateway.start();
  for (let round = 1; round <= 5; round += 1) {
    device.registers.set("temperature", double(20 + round * 5));
    await gateway.scheduler.runFor(1_000);
  }
  await gateway.ask(twinSet, ns, { ...boiler, property: "setpoint", value: double(60), id: "p1", actor: "bob" });
  await gateway.scheduler.runFor(1_000);
  return { gateway, device };
}

describe("twin.at", () => {
  test("after each position gives the twin as it was then, desired values and all", async () => {
    const { gateway, device } = await livelyGateway();
    const seen: { readonly position: string; readonly twin: unknown }[] = [];
    for (let round = 1; round <= 6; round += 1) {
      if (round === 3) gateway.target("boiler.setpoint", { value: double(70), id: "c1", version: 9, actor: "anna" });
      device.registers.set("temperature", double(100 + round * 5));
      device.state = round === 5 ? "offline" : "online";
      await gateway.scheduler.runFor(1_500);
      const { position } = await gateway.ask(twinHistory, ns, { sinceMs: Number.MAX_SAFE_INTEGER });
      seen.push({ position, twin: await gateway.ask(twinGet, ns, boiler) });
    }
    for (const { position, twin } of seen) {
      expect(await gateway.ask(twinAt, ns, { ...boiler, position })).toMatchObject({ position, twin, trusted: true });
    }
    gateway.devicetwin.restart();
    await gateway.scheduler.runFor(1_000);
    for (const { position, twin } of seen) {
      expect(await gateway.ask(twinAt, ns, { ...boiler, position })).toMatchObject({ twin });
    }
  });

  test("at a time gives everything up to the last event that claims it, and where that is", async () => {
    const { gateway } = await livelyGateway();
    const { entries } = await gateway.ask(twinHistory, ns, { ...boiler, limit: 1_000 });
    for (const [index, { atMs, position }] of entries.entries()) {
      const next = entries[index + 1]?.atMs;
      if (next === atMs) continue;
      const reply = await gateway.ask(twinAt, ns, { ...boiler, atMs });
      expect(reply).toMatchObject({ position, atMs, trusted: true, doubt: "none" });
      expect(reply.twin).toEqual((await gateway.ask(twinAt, ns, { ...boiler, position })).twin);
      if (next) expect(await gateway.ask(twinAt, ns, { ...boiler, atMs: next - 1 })).toEqual(reply);
    }
    const now = await gateway.ask(twinAt, ns, { ...boiler, atMs: Date.UTC(2090, 0, 1) });
    expect(now.twin).toEqual(await gateway.ask(twinGet, ns, boiler));
  });

  test("before the history is out of range and says where that begins; a floor is as good as an event", async () => {
    const { gateway, device } = await livelyGateway();
    const { entries } = await gateway.ask(twinHistory, ns, { ...boiler, limit: 1_000 });
    const early = entries.at(-4);
    const before = await gateway.ask(twinGet, ns, boiler);
    gateway.log.compact();
    device.registers.set("temperature", double(90));
    const floorMs = entries.at(-1)?.atMs ?? 0;
    await gateway.scheduler.runFor(1_500);
    const refusal = await gateway.ask(twinAt, ns, { ...boiler, atMs: early?.atMs ?? 0 }).catch((error) => error);
    expect(hasCode(refusal, "out_of_range")).toBe(true);
    expect(refusal.message).toContain("reaches back to 2026-01-01T00:00:06Z;");
    const position = early?.position ?? "";
    expect(await refusalOf(gateway.ask(twinAt, ns, { ...boiler, position }))).toBe("out_of_range");
    const atFloor = await gateway.ask(twinAt, ns, { ...boiler, atMs: floorMs });
    const { temperature } = before.properties;
    expect(atFloor.twin?.properties.temperature?.reported).toEqual(temperature?.reported);
    expect(await gateway.ask(twinAt, ns, { ...boiler, position: atFloor.position })).toEqual(atFloor);
  });

  test("of a device that was not here then is not_found, and says when", async () => {
    const { gateway } = await livelyGateway();
    const beforeMs = (await gateway.ask(twinHistory, ns, boiler)).entries.at(-1)?.atMs ?? 0;
    await gateway.scheduler.runFor(1_000);
    gateway.boiler("boiler2");
    await gateway.scheduler.runFor(2_000);
    const { properties } = await gateway.ask(twinGet, ns, { device: "boiler2" });
    expect(Object.keys(properties).length).toBeGreaterThan(0);
    // What its neighbour said is not of this device, although the name begins alike.
    const { entries } = await gateway.ask(twinHistory, ns, boiler);
    const online = newEvent(deviceOnline, { node: "gw-1", ...ns, device: "boiler2" }, { atMs: 1 });
    gateway.say(online, { wallMs: beforeMs + 60_000, monotonicMs: 0, bootId: "boot" });
    const { atMs } = await gateway.ask(twinAt, ns, { ...boiler, atMs: Date.UTC(2090, 0, 1) });
    expect(atMs).toBe(entries.at(-1)?.atMs);
    expect(await refusalOf(gateway.ask(twinAt, ns, { device: "never", atMs: beforeMs }))).toBe("not_found");
    gateway.desired("device", "boiler", undefined);
    await gateway.scheduler.runFor(2_000);
    const gone = await gateway.ask(twinAt, ns, { ...boiler, atMs: Date.UTC(2090, 0, 1) }).catch((error) => error);
    expect(gone.message).toBe(`Device "default/boiler" was not on this gateway at 2090-01-01T00:00:00Z.`);
    expect((await gateway.ask(twinAt, ns, { ...boiler, atMs: beforeMs })).twin?.device).toBe("boiler");
  });

  test.each([
    [{ device: "", atMs: 1 }, "invalid_argument"],
    [{ ...boiler }, "invalid_argument"],
    [{ ...boiler, atMs: 1, position: "gw-1/1.42/7" }, "invalid_argument"],
    [{ ...boiler, position: "cloud/1.2/7" }, "invalid_argument"],
    [{ ...boiler, position: "gw-1/1.42/100000" }, "invalid_argument"],
    [{ ...boiler, position: "gw-1/1.43/7" }, "out_of_range"],
    [{ ...boiler, atMs: Number.MAX_SAFE_INTEGER }, "invalid_argument"],
  ])("%o is refused: %s", async (request, code) => {
    const { gateway } = await livelyGateway();
    expect(await refusalOf(gateway.ask(twinAt, ns, request))).toBe(code);
  });

  test("says when the clock cannot be trusted", async () => {
    const { gateway } = await livelyGateway();
    const { entries } = await gateway.ask(twinHistory, ns, boiler);
    const last = entries.at(-1)?.atMs ?? 0;
    const place = { node: "gw-1", ...ns, device: "boiler", property: "note" };
    const say = (wallMs: number, note: string) => {
      const event = newEvent(twinReported, place, { value: text(note), quality: "good", revision: 1 });
      gateway.say(event, { wallMs, monotonicMs: 0, bootId: "boot" });
    };
    say(0, "in 1970");
    expect(await gateway.ask(twinAt, ns, { ...boiler, atMs: last })).toMatchObject({ doubt: "implausible" });
    say(last + 500, "set");
    expect(await gateway.ask(twinAt, ns, { ...boiler, atMs: last })).toMatchObject({ trusted: false });
    expect(await gateway.ask(twinAt, ns, { ...boiler, atMs: last + 500 })).toMatchObject({ trusted: true });
  });
});
