import { HoldfastError } from "@holdfast/kernel";
import type { TwinCallRequest, TwinResult } from "@holdfast/proto";
import { expect, test } from "vitest";
import { holdfastOver } from "./connect.ts";
import { FakePlatform } from "./testing/fake-platform.ts";

function open() {
  const platform = new FakePlatform();
  const holdfast = holdfastOver(platform.nats.connect({ name: "program" }), { name: "program", timeoutMs: 300 });
  const asked: TwinCallRequest[] = [];
  platform.onCall = (request) => {
    asked.push(request);
    return { id: request.id, state: "started", result: undefined };
  };
  return { platform, asked, twins: holdfast.twins };
}

const call = { device: "boiler", method: "boost", arguments: { setpoint: 80 }, id: "c1" };
const ok: TwinResult = { method: "boost", outcome: "ok", reason: "", message: "", durationMs: 4 };

test("a call is answered with its result, which is an event; those of others are not its own", async () => {
  const { platform, asked, twins } = open();
  platform.report("temperature", 20);
  const reply = twins.call(call);
  await expect.poll(() => asked.length).toBe(1);
  platform.end("another", { ...ok, outcome: "unknown" });
  platform.end("c1", ok);
  expect(await reply).toEqual({ id: "c1", state: "started", result: ok });
  expect(asked[0]).toMatchObject({ method: "boost", arguments: { setpoint: { kind: "int64", int64: 80n } } });
});

test("a result whose publication was lost is found in history", async () => {
  const { platform, asked, twins } = open();
  const reply = twins.call(call);
  await expect.poll(() => asked.length).toBe(1);
  platform.end("c1", { ...ok, outcome: "failed", reason: "rejected" }, false);
  platform.report("temperature", 21);
  platform.nats.cut("program");
  platform.nats.restore("program");
  expect((await reply).result).toMatchObject({ outcome: "failed", reason: "rejected" });
});

test("only begun, or known to have ended: nothing is waited for", async () => {
  const { platform, twins } = open();
  expect(await twins.call({ ...call, wait: "started" })).toEqual({ id: "c1", state: "started", result: undefined });
  platform.onCall = ({ id }) => ({ id, state: "started", result: ok });
  expect(await twins.call(call)).toMatchObject({ result: ok });
});

test("an answer that was lost: the same call with the same id; a refusal is not tried again", async () => {
  const { platform, twins } = open();
  const ids: string[] = [];
  platform.onCall = ({ id }) => {
    ids.push(id);
    if (ids.length < 3) throw new HoldfastError("timeout", "lost");
    return { id, state: "started", result: ok };
  };
  await twins.call({ device: "boiler", method: "boost" });
  expect(new Set(ids).size).toBe(1);
  for (const code of ["unavailable", "device_failed", "conflict", "expired"] as const) {
    let calls = 0;
    platform.onCall = () => {
      calls += 1;
      throw new HoldfastError(code, "no");
    };
    await expect(twins.call(call)).rejects.toMatchObject({ code });
    expect(calls).toBe(1);
  }
});

test("no result in time, and a gateway that lost the call", async () => {
  const { platform, asked, twins } = open();
  await expect(twins.call({ ...call, timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
  const reply = twins.call({ ...call, id: "c2" });
  await expect.poll(() => asked.length).toBe(2);
  platform.end("c2", undefined);
  expect((await reply).result).toMatchObject({ outcome: "unknown", reason: "restart" });
});
