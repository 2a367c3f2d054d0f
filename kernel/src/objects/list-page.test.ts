import { expect, test } from "vitest";
import { answerBytesMax, listKey, listPage } from "./list-page.ts";

interface Named {
  readonly namespace: string;
  readonly name: string;
  readonly bytes: number;
}

function pages(entries: readonly Named[]): string[][] {
  const all: string[][] = [];
  let after = "";
  do {
    const page = listPage({ entries, after, keyOf: listKey, itemOf: (one) => one, bytesOf: ({ bytes }) => bytes });
    all.push(page.items.map(({ namespace, name }) => `${namespace}/${name}`));
    after = page.next;
  } while (after !== "");
  return all;
}

const named = (namespace: string, name: string, bytes = 1): Named => ({ namespace, name, bytes });

test("a list comes in order and in pages that fit, whatever the order of what it is made of", () => {
  const half = answerBytesMax / 2;
  const entries = [named("b", "x", half), named("a-b", "x", half), named("a", "z", half), named("a", "a", half)];
  expect(pages(entries)).toEqual([
    ["a/a", "a/z"],
    ["a-b/x", "b/x"],
  ]);
});

test("what is larger than an answer comes alone, and nothing is one empty page", () => {
  const large = 2 * answerBytesMax;
  expect(pages([named("a", "a"), named("a", "b", large), named("a", "c")])).toEqual([["a/a"], ["a/b"], ["a/c"]]);
  expect(pages([])).toEqual([[]]);
});
