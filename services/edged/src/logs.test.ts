import { HoldfastError } from "@holdfast/kernel";
import type { PodLogsRequest } from "@holdfast/proto";
import { beforeEach, describe, expect, it } from "vitest";
import { readPodLogs } from "./logs.ts";
import { Gateway, podOf } from "./testing/gateway.ts";
import { simulatedCommand } from "./testing/machine-memory.ts";
import { openMemoryRuntime } from "./testing/runtime-memory.ts";

let gateway: Gateway;
const never = new AbortController().signal;

async function read(change: Partial<PodLogsRequest> = {}) {
  const clock = gateway.scheduler.clock();
  const request = { name: "hello", container: "", cursor: "", tailLines: 0, waitMs: 0, previous: false, ...change };
  const reading = readPodLogs(openMemoryRuntime(gateway.machine), clock, never, "default", request);
  reading.catch(() => undefined);
  await gateway.runFor(request.waitMs);
  const { lines, ...rest } = await reading;
  return { lines: lines.map((line) => line.split(" ").slice(3).join(" ")), ...rest };
}

beforeEach(async () => {
  gateway = new Gateway();
  await gateway.boot();
  await gateway.desire(podOf({ command: simulatedCommand({ prints: ["one", "two"] }) }));
});

describe("a pod's log", () => {
  it("goes on where the page before ended, over a restart of the container", async () => {
    const first = await read();
    expect(first).toMatchObject({ lines: ["one", "two"], end: true });
    gateway.container("main").lines.push("three");
    const second = await read({ cursor: first.cursor });
    expect(second.lines).toEqual(["three"]);
    gateway.machine.exit(gateway.container("main").id, 1);
    await gateway.runFor(10);
    const third = await read({ cursor: second.cursor, waitMs: 1000 });
    expect(third.lines).toEqual(["one", "two"]);
    expect((await read({ previous: true })).lines).toEqual(["one", "two", "three"]);
  });

  it("waits for a new line as long as it is told", async () => {
    const { cursor } = await read({ tailLines: 1 });
    expect(await read({ cursor, waitMs: 5000 })).toMatchObject({ lines: [], end: true });
    gateway.scheduler.after(1000, () => gateway.container("main").lines.push("late"));
    expect((await read({ cursor, waitMs: 5000 })).lines).toEqual(["late"]);
  });

  it.each([
    ["not here", { name: "nobody" }, "not_here"],
    ["no such container", { container: "side" }, "not_found"],
    ["no life before", { previous: true }, "not_found"],
    ["a wrong cursor", { cursor: "xyz" }, "invalid_argument"],
  ])("says what is wrong: %s", async (_, change, code) => {
    await expect(read(change)).rejects.toEqual(expect.objectContaining({ code }));
    await expect(read(change)).rejects.toBeInstanceOf(HoldfastError);
  });
});
