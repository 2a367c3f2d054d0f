import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withTable } from "./page.ts";
import type { Rule } from "./rule.ts";
import { protocolRules } from "./rules.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Whether the test that holds a rule is there, under its name. */
function isThere({ test: [path, name] }: Pick<Rule, "test">): boolean {
  if (!existsSync(join(root, path))) return false;
  const text = read(path);
  return ['"', "`"].some((quote) => text.includes(quote + name));
}

test("the test of every rule is there", () => {
  expect(isThere({ test: ["test/rules/rules.test.ts", "the test of every rule"] })).toBe(true);
  expect(isThere({ test: ["test/rules/rules.test.ts", "a test that nobody wrote".repeat(2)] })).toBe(false);
  expect(protocolRules.filter((rule) => !isThere(rule)).map(({ rule, test }) => `${rule}: ${test.join(": ")}`)).toEqual(
    [],
  );
});

test("every section of the protocol has rules, and every rule a section", () => {
  const sections = [...read("docs/protocol.md").matchAll(/^## (\d+)\. /gm)].map(([, number]) => Number(number));
  expect(sections.length).toBeGreaterThan(12);
  expect([...new Set(protocolRules.map(({ section }) => section))]).toEqual(sections);
});

test("the page lists them as they are (node test/rules/plant.ts --write)", () => {
  const page = read("docs/protocol.md");
  expect(page).toBe(withTable(page));
});

test("what takes a rule out is still there to be taken out", () => {
  const gone = protocolRules.filter(({ without }) => without && !read(without.file).includes(without.find));
  expect(gone.map(({ rule, without }) => `${rule}: ${without?.file}: ${without?.find}`)).toEqual([]);
});
