import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

test("the changelog tells of this version", () => {
  const version = JSON.parse(read("package.json")).version;
  expect(read("CHANGELOG.md")).toContain(`\n## ${version}\n`);
});

/** Links to files that are not there, as lines. */
function deadLinks(path: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !existsSync(join(root, dirname(path), link))).map((link) => `${path}: ${link}`);
}

test("links between pages lead somewhere", () => {
  expect(deadLinks("README.md", "see [this](docs/nowhere.md) and [that](package.json)")).toHaveLength(1);
  const pages = files.filter((path) => path.endsWith(".md"));
  expect(pages.flatMap((path) => deadLinks(path, read(path)))).toEqual([]);
});

/** Citations of pages, and of sections of the protocol, that are not there. */
function deadCitations(path: string, text: string): string[] {
  const found = [...text.matchAll(/\b(docs\/[a-z-]+\.md)( \d[\d, -]*)?/g)];
  return found.flatMap(([cited, page = "", numbers = ""]) => {
    if (!existsSync(join(root, page))) return [`${path}: ${page}`];
    const sections = page === "docs/protocol.md" ? (numbers.match(/\d+/g) ?? []) : [];
    const missing = sections.filter((number) => !protocol.includes(`\n## ${number}. `));
    return missing.length > 0 ? [`${path}: ${cited}`] : [];
  });
}

const protocol = read("docs/protocol.md");

test("pages and rules that the code cites are there", () => {
  expect(deadCitations("x.ts", "docs/protocol.md 4, 99 and docs/nowhere.md 1 and docs/protocol.md 8")).toHaveLength(2);
  const citing = files.filter((path) => /\.(ts|proto)$/.test(path) && path !== "test/tidy.test.ts");
  expect(citing.flatMap((path) => deadCitations(path, read(path)))).toEqual([]);
});

test("every variable that the product reads is in docs/config.md", () => {
  const product = files.filter((path) => /^(kernel|services|cli|sdk)\/.*\.ts$/.test(path) && !/test/.test(path));
  const named = product.flatMap((path) => read(path).match(/\bHF_[A-Z_]+\b/g) ?? []);
  expect(named.length).toBeGreaterThan(20);
  const page = read("docs/config.md");
  expect([...new Set(named)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test("what does not travel into images is for development alone", () => {
  const { packages } = JSON.parse(read("package-lock.json"));
  const kept = read(".dockerignore").match(/^node_modules\/(?!\.)\S+/gm) ?? [];
  expect(kept.length).toBeGreaterThan(5);
  for (const pattern of kept.filter((path) => path !== "node_modules/@eplightning")) {
    const isDropped = (path: string) =>
      pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : `${path}/`.startsWith(`${pattern}/`);
    const dropped = Object.keys(packages).filter(isDropped);
    expect(dropped, pattern).not.toEqual([]);
    for (const path of dropped) expect(packages[path].dev || packages[path].devOptional, path).toBe(true);
  }
});
