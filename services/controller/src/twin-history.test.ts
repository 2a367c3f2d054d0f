import { twinHistory, twinReported, type Value } from "@holdfast/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { SimulatedCloud } from "./testing/cloud.ts";

let cloud: SimulatedCloud;
const place = { namespace: "default" };
const short = { HF_LEASE_MS: "2000", HF_RECONCILE_MS: "3000" };
const double = (value: number): Value => ({ kind: "double", double: value });

beforeEach(async () => {
  cloud = new SimulatedCloud(7);
  await cloud.start(short);
});

async function report(property: string, value: number) {
  const gw1 = cloud.node("gw-1");
  const params = { node: "gw-1", namespace: "default", device: "boiler", property };
  await gw1.say([gw1.event(twinReported, params, { value: double(value), revision: 1 })]);
}

describe("history", () => {
  const history = (request: object) => cloud.ask(twinHistory, place, request);

  test("tells what happened in order, page by page, from a position", async () => {
    for (let value = 1; value <= 25; value += 1) await report("temperature", value);
    await report("setpoint", 99);
    let position = "";
    const values: number[] = [];
    for (let pages = 0; pages < 10; pages += 1) {
      const reply = await history({ device: "boiler", property: "temperature", limit: 10, position });
      position = reply.position;
      for (const { subject, body } of reply.entries) {
        expect(subject).toBe("hf.twin.gw-1.default.boiler.reported.temperature");
        const { value } = twinReported.message.decode(body);
        if (value?.kind === "double") values.push(value.double);
      }
      if (!reply.more) break;
    }
    expect(values).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    const nothing = await history({ device: "boiler", position });
    expect(nothing).toMatchObject({ entries: [], more: false, truncated: false });
    await report("temperature", 26);
    expect((await history({ device: "boiler", position: nothing.position })).entries).toHaveLength(1);
  });

  test("of now begins at the end; of another bus is refused; of another life of the cloud says so", async () => {
    await report("temperature", 1);
    const now = await history({ sinceMs: Number.MAX_SAFE_INTEGER, limit: 1 });
    expect(now.entries).toEqual([]);
    await report("temperature", 2);
    expect((await history({ position: now.position })).entries).toHaveLength(1);
    await expect(history({ position: "gw-1/1.7/3" })).rejects.toMatchObject({ code: "invalid_argument" });
    expect((await history({ position: "cloud/99.99/0" })).truncated).toBe(true);
    expect((await history({ position: now.position.replace(/\d+$/, "999") })).truncated).toBe(true);
  });

  test("finds its place in the long history, wherever it is", async () => {
    const positions: string[] = [];
    for (let value = 1; value <= 40; value += 1) {
      await report(value % 3 === 0 ? "setpoint" : "temperature", value);
      positions.push((await history({ sinceMs: Number.MAX_SAFE_INTEGER })).position);
    }
    await cloud.scheduler.runFor(5000);
    for (const [index, position] of positions.entries()) {
      const { entries } = await history({ position, limit: 1000 });
      expect(entries).toHaveLength(40 - index - 1);
    }
  });
});
