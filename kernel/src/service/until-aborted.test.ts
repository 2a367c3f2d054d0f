import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { untilAborted } from "./until-aborted.ts";

test("work that ends is answered with what came of it, an abort with nothing", async () => {
  const abort = new AbortController();
  expect(await untilAborted(abort.signal, Promise.resolve(1))).toBe(1);
  await expect(untilAborted(abort.signal, Promise.reject(new Error("no")))).rejects.toThrow("no");
  const waiting = untilAborted(abort.signal, new Promise<number>(() => {}));
  abort.abort();
  expect(await waiting).toBeUndefined();
});

test("nothing of work that has ended is kept while the signal lives", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const { signal } = new AbortController();
  const rounds = 100_000;
  const work = async () => {
    for (let round = 0; round < rounds; round += 1) await untilAborted(signal, Promise.resolve());
    await setImmediate();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await work();
  expect(((await work()) - before) / rounds, "bytes of each").toBeLessThan(20);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
