import { nkeys } from "@nats-io/transport-node";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicKey, type KeyKind, keyPairFromSeed, newKeyPair, verify } from "./keys.ts";

const kinds: readonly KeyKind[] = ["operator", "account", "user"];
const text = (value: string) => new TextEncoder().encode(value);

test.each(kinds)("a key pair of an %s is one that the NATS library knows", (kind) => {
  const pair = newKeyPair(kind);
  const theirs = nkeys.fromSeed(text(pair.seed));
  expect(theirs.getPublicKey()).toBe(pair.publicKey);
  expect(pair.publicKey[0]).toBe({ operator: "O", account: "A", user: "U" }[kind]);
  const data = text("nonce");
  expect(nkeys.fromPublic(pair.publicKey).verify(data, pair.sign(data))).toBe(true);
  expect(verify(pair.publicKey, data, theirs.sign(data))).toBe(true);
  expect(verify(pair.publicKey, text("another"), theirs.sign(data))).toBe(false);
  expect(keyPairFromSeed(pair.seed).publicKey).toBe(pair.publicKey);
  expect(kinds.filter((each) => isPublicKey(each, pair.publicKey))).toEqual([kind]);
});

test("a damaged key is refused, and never named", () => {
  const { seed, publicKey } = newKeyPair("user");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: seed.length - 1 }), fc.constantFrom(..."ABCXYZ234567 "), (at, letter) => {
      const damaged = seed.slice(0, at) + letter + seed.slice(at + 1);
      fc.pre(damaged.trim() !== seed);
      expect(() => keyPairFromSeed(damaged)).toThrow(/^This is not a NATS key/);
    }),
  );
  for (const wrong of ["", "S", "SU", publicKey, seed.slice(0, -4), `${seed}AAAA`])
    expect(() => keyPairFromSeed(wrong)).toThrow(/^This is not a NATS key/);
  expect(isPublicKey("user", seed)).toBe(false);
  expect(verify("no key", text("x"), text("y"))).toBe(false);
});
