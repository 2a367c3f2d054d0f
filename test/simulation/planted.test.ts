import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { plantedBugs } from "./planted.ts";
import { plant } from "./planted-table.ts";

const minute = 60_000;

test.each(plantedBugs)("$name: its text is there, once, to be changed", ({ file, text }) => {
  expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").split(text)).toHaveLength(2);
});

test("a planted bug is found, by an invariant that it breaks", { timeout: 2 * minute }, async () => {
  const index = plantedBugs.findIndex(({ name }) => name.includes("compare-and-set"));
  expect(["effects once", "ordered dense prefix"]).toContain((await plant(index, 60)).invariant);
});
