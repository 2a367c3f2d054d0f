/**
 * Takes rules of docs/protocol.md out, one at a time, in a copy of the repository, and sees their tests fail.
 * `node test/rules/plant.ts [--section 5] [--only words] [--write]`; `--write` brings the table of the page up to date.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { withTable } from "./page.ts";
import type { Change, Rule } from "./rule.ts";
import { protocolRules } from "./rules.ts";

const root = join(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: { section: { type: "string" }, only: { type: "string" }, write: { type: "boolean" } },
});

/** The files as they are now, with the packages of the repository; its own workspaces are those of the copy. */
function copyOfRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-rules-"));
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root }).toString().split("\0");
  for (const file of files.filter((path) => path !== "")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), readFileSync(join(root, file)));
  }
  mkdirSync(join(copy, "node_modules/@holdfast"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@holdfast") symlinkSync(join(root, "node_modules", name), join(copy, "node_modules", name));
  }
  const own = "node_modules/@holdfast";
  for (const name of readdirSync(join(root, own)))
    symlinkSync(readlinkSync(join(root, own, name)), join(copy, own, name));
  return copy;
}

/** Conformance suites are called by the test of each implementation. */
const runnerOf = (path: string) =>
  path.endsWith("runtime-conformance.ts") ? "test/conformance/runtime.test.ts" : path;

function testPasses(copy: string, { test: [path, name] }: Rule): boolean {
  const [before = ""] = name.split(/[%$]/);
  const pattern = before.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const filter = pattern === "" ? [] : ["-t", pattern];
  const env = { ...process.env, HF_SIM_SEEDS: "60", NO_COLOR: "1" };
  const vitest = join(copy, "node_modules/.bin/vitest");
  const { status } = spawnSync(vitest, ["run", runnerOf(path), ...filter], { cwd: copy, env, timeout: 300_000 });
  return status === 0;
}

function take(copy: string, { file, find, instead }: Change): () => void {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(find)) throw new Error(`${file} has no longer: ${find}`);
  writeFileSync(
    path,
    text.replace(find, () => instead),
  );
  return () => writeFileSync(path, text);
}

function main(): void {
  const copy = copyOfRepository();
  let wrong = 0;
  try {
    for (const rule of protocolRules) {
      const { section, rule: words, without } = rule;
      if (values.section !== undefined && Number(values.section) !== section) continue;
      if (!without || (values.only !== undefined && !words.includes(values.only))) continue;
      let outcome = "";
      try {
        const restore = take(copy, without);
        outcome = testPasses(copy, rule) ? "NOT NOTICED" : "noticed";
        restore();
      } catch (error) {
        outcome = String(error);
      }
      if (outcome !== "noticed") wrong += 1;
      process.stdout.write(`${section}. ${words}: ${outcome}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  if (wrong > 0) process.exitCode = 1;
}

if (values.write) {
  const page = join(root, "docs/protocol.md");
  writeFileSync(page, withTable(readFileSync(page, "utf8")));
} else main();
