import fc from "fast-check";
import { expect, test } from "vitest";
import { formatJoinToken, hashJoinSecret, isJoinSecret, newJoinSecret, parseJoinToken } from "./join-token.ts";

const token = {
  node: "shop-7",
  url: "nats://cloud.example:4222",
  ca: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  id: "1f",
  secret: newJoinSecret(),
  jwt: "e30.e30.c2ln",
  seed: "SUAXYZ",
};

test("a token is read as it was written", () => {
  const text = formatJoinToken(token);
  expect(text).toMatch(/^hf1\.[\w-]+$/);
  expect(parseJoinToken(`\n ${text}\n`)).toEqual(token);
  expect(parseJoinToken(formatJoinToken({ ...token, ca: "" })).ca).toBe("");
});

test("whatever is no token is refused, without its text", () => {
  const text = formatJoinToken(token);
  const wrong = fc.oneof(
    fc.string(),
    fc.nat(text.length - 2).map((end) => text.slice(0, end)),
    fc.json().map((json) => `hf1.${Buffer.from(json).toString("base64url")}`),
    fc.constantFrom(...Object.keys(token).filter((name) => name !== "ca")).map((name) => {
      return `hf1.${Buffer.from(JSON.stringify({ ...token, [name]: "" })).toString("base64url")}`;
    }),
  );
  fc.assert(
    fc.property(wrong, (given) => {
      const refused = expect(() => parseJoinToken(given));
      refused.toThrow(expect.objectContaining({ code: "token_invalid" }));
      if (given.length > 12) refused.not.toThrow(given);
    }),
  );
});

test("a secret fits its own hash only", () => {
  const hash = hashJoinSecret(token.secret);
  expect(isJoinSecret(token.secret, hash)).toBe(true);
  expect(isJoinSecret(newJoinSecret(), hash)).toBe(false);
  expect(isJoinSecret(token.secret, new Uint8Array())).toBe(false);
});
