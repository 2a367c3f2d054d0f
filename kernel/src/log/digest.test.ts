import fc from "fast-check";
import { expect, test } from "vitest";
import {
  digestFromMessage,
  digestOf,
  digestToMessage,
  emptyDigest,
  entryHash,
  replaceEntry,
  sameDigest,
} from "./digest.ts";

const entries = fc.uniqueArray(
  fc.record({ key: fc.string(), version: fc.nat(), content: fc.uint8Array({ maxLength: 8 }) }),
  { selector: ({ key }) => key, maxLength: 20 },
);

test("does not depend on the order of changes", () => {
  fc.assert(
    fc.property(entries, fc.nat(), (list, seed) => {
      const hashes = list.map(({ key, version, content }) => entryHash(key, version, content));
      const turned = [...hashes.slice(seed % (hashes.length + 1)), ...hashes.slice(0, seed % (hashes.length + 1))];
      expect(sameDigest(digestOf(hashes), digestOf(turned))).toBe(true);
    }),
  );
});

test("returns to what it was when a change is taken back", () => {
  fc.assert(
    fc.property(entries, (list) => {
      let digest = emptyDigest;
      const hashes = list.map(({ key, version, content }) => entryHash(key, version, content));
      for (const hash of hashes) digest = replaceEntry(digest, undefined, hash);
      for (const hash of hashes) digest = replaceEntry(digest, hash, undefined);
      expect(digest).toEqual(emptyDigest);
    }),
  );
});

test("tells key, version and content apart", () => {
  const hashes = [
    entryHash("a", 1, Buffer.from("x")),
    entryHash("b", 1, Buffer.from("x")),
    entryHash("a", 2, Buffer.from("x")),
    entryHash("a", 1, Buffer.from("y")),
  ];
  expect(new Set(hashes).size).toBe(4);
});

test("survives the message", () => {
  const digest = digestOf([entryHash("a", 1, Buffer.from("x")), 2n ** 256n - 1n]);
  expect(sameDigest(digestFromMessage(digestToMessage(digest)), digest)).toBe(true);
  expect(digestFromMessage(undefined)).toEqual(emptyDigest);
});
