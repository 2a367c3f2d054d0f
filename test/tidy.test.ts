import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { completeLock } from "../scripts/complete-lock.ts";
import { rules } from "./tidy/rules.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root })
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));

test.each(rules)("$name", ({ appliesTo, check, planted }) => {
  expect(appliesTo(planted.path), "the planted file is looked at").toBe(true);
  expect(check(planted), "the planted fault is found").not.toEqual([]);
  const checked = files.filter(appliesTo);
  expect(checked.length).toBeGreaterThan(0);
  const problems = checked.flatMap((path) => check({ path, text: read(path) }).map((problem) => `${path}: ${problem}`));
  expect(problems).toEqual([]);
});

const services = readdirSync(join(root, "services"));

test.each(services)("service %s has the files that every service has", (name) => {
  const missing = ["package.json", "README.md", "src/main.ts", "src/service.ts", "src/config.ts"].filter(
    (file) => !existsSync(join(root, "services", name, file)),
  );
  // The hub has two roles, each with a config of its own.
  expect(missing.filter((file) => !(name === "hub" && file === "src/config.ts"))).toEqual([]);
});

test("the lock file is complete for every platform", () => {
  const lock = JSON.parse(read("package-lock.json"));
  expect(completeLock(lock)).toEqual(lock);
  const first = Object.keys(lock.packages).find((path) => path.includes("@biomejs/cli-darwin"));
  expect(first).toBeDefined();
  const { [first ?? ""]: _, ...rest } = lock.packages;
  expect(completeLock({ packages: rest }), "a missing platform is noticed").not.toEqual({ packages: rest });
});

test("every workspace has the version of the repository", () => {
  const version = JSON.parse(read("package.json")).version;
  for (const path of files.filter((file) => file.endsWith("package.json"))) {
    expect(JSON.parse(read(path)).version, path).toBe(version);
  }
});

test("the README has the sections that a stranger needs", () => {
  const headings = read("README.md").match(/^## .*/gm) ?? [];
  for (const word of ["Start", "first hour", "second box", "compares", "does not do"]) {
    expect(headings.join("\n").toLowerCase()).toContain(word.toLowerCase());
  }
});

test("decision records are numbered without gaps and say status and reason", () => {
  const records = readdirSync(join(root, "docs/decisions")).filter((name) => name.endsWith(".md"));
  records.sort().forEach((name, index) => {
    expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, "0")}-[a-z0-9-]+\\.md$`));
    expect(read(`docs/decisions/${name}`)).toMatch(/Status: /);
  });
  expect(records.length).toBeGreaterThan(5);
});
