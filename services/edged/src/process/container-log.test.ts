import { appendFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ContainerLog, rawPath } from "./container-log.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-log-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const limits = { fileBytesMax: 100_000, filesMax: 3 };
const line = `${"x".repeat(999)}\n`;
const print = (text: string) => appendFile(rawPath(folder, "stdout"), text);
const texts = async (log: ContainerLog) =>
  (await log.page({})).lines.map((each) => each.split(" ").slice(1).join(" ").slice(0, 60));

test("what the log could not hold is left out, told with its size, and given back to the disk", async () => {
  const log = new ContainerLog(folder, limits);
  await print(`begin\n${line.repeat(5000)}the end\n`);
  await log.copy(0, false);
  const [first, ...rest] = await texts(log);
  expect(first).toMatch(/^stdout F 4900014 bytes were left out: /);
  expect(rest).toHaveLength(101);
  expect(rest.at(-1)).toBe("stdout F the end");
  expect((await stat(rawPath(folder, "stdout"))).blocks * 512).toBeLessThan(200_000);
  // The next life of edged goes on where this one stopped.
  await print("more\n");
  const next = new ContainerLog(folder, limits);
  await next.copy(0, true);
  expect((await texts(next)).slice(-2)).toEqual(["stdout F the end", "stdout F more"]);
});

test("what the log can hold is copied whole, however fast it was printed", async () => {
  const log = new ContainerLog(folder, limits);
  await print(line.repeat(150));
  await log.copy(0, false);
  expect(await texts(log)).toHaveLength(150);
});
