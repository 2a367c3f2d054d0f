import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { secretFile } from "./secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-secret-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a secret file is for its owner alone, also where an open one was", async () => {
  const path = join(folder, "a.creds");
  expect(await secretFile(path).read()).toBeUndefined();
  writeFileSync(path, "before", { mode: 0o644 });
  await secretFile(path).replace("after");
  expect(await secretFile(path).read()).toBe("after");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder), "nothing else is left").toEqual(["a.creds"]);
});

test("what cannot be written leaves nothing behind and says so", async () => {
  await expect(secretFile(join(folder, "nowhere", "a.creds")).replace("x")).rejects.toThrow(/ENOENT/);
});

test("of several that make a file one does, and all read the same", async () => {
  const path = join(folder, "new", "key");
  const made = await Promise.all(["a", "b", "c", "d"].map((text) => secretFile(path).create(text)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await secretFile(path).read()).toBe("abcd"[made.indexOf(true)]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, "new")), "nothing else is left").toEqual(["key"]);
});
