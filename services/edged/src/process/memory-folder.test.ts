import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launchFolder, openMemoryFolder } from "./memory-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-memory-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folderOf = (dir: string): string => openMemoryFolder(root, dir) ?? expect.unreachable();

test("each gateway of a machine has its own, the same in every life, without what a killed one left", () => {
  const folder = folderOf("/gateways/1");
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(folderOf("/gateways/2")).not.toBe(folder);
  writeFileSync(join(launchFolder(folder), "left"), "environment");
  mkdirSync(join(folder, "volumes"));
  expect(folderOf("/gateways/1")).toBe(folder);
  expect(readdirSync(launchFolder(folder))).toEqual([]);
  expect(existsSync(join(folder, "volumes")), "pods use it").toBe(true);
});

test("what somebody else made there is not used, and neither is a root that is not there", () => {
  const folder = folderOf("/gateways/1");
  chmodSync(folder, 0o755);
  expect(openMemoryFolder(root, "/gateways/1"), "others may look into it").toBeUndefined();
  rmSync(folder, { recursive: true });
  mkdirSync(join(root, "elsewhere"), { mode: 0o700 });
  symlinkSync(join(root, "elsewhere"), folder);
  expect(openMemoryFolder(root, "/gateways/1"), "a link").toBeUndefined();
  expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
  expect(openMemoryFolder(join(root, "missing"), "/gateways/1")).toBeUndefined();
  expect(openMemoryFolder("", "/gateways/1")).toBeUndefined();
});
