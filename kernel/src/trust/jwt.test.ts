import { expect, test } from "vitest";
import { formatCreds, formatSeed, parseCreds, parseKeyFile } from "./creds.ts";
import { accountJwt, decodeJwt, operatorJwt, revocationsIn, userJwt } from "./jwt.ts";
import { newKeyPair } from "./keys.ts";

const operator = newKeyPair("operator");
const account = newKeyPair("account");
const user = newKeyPair("user");

test("a user's token says who it is, what it may and until when", () => {
  const jwt = userJwt({
    signer: account,
    accountPublicKey: account.publicKey,
    userPublicKey: user.publicKey,
    name: "mapper",
    permissions: { publish: ["a.>"], subscribe: [], responses: { max: 1, withinMs: 1000 } },
    issuedAtSec: 1000,
    expiresInSec: 60,
  });
  expect(decodeJwt(jwt)).toMatchObject({
    ...{ issuer: account.publicKey, subject: user.publicKey, name: "mapper", kind: "user" },
    ...{ issuedAtSec: 1000, expiresAtSec: 1060 },
    nats: { pub: { allow: ["a.>"] }, sub: { deny: [">"] }, resp: { max: 1, ttl: 1_000_000_000 } },
  });
});

test("a token of a scoped key carries no rights of its own, but the account's key", () => {
  const signer = newKeyPair("account");
  const whom = { accountPublicKey: account.publicKey, userPublicKey: user.publicKey, name: "gw-1" };
  const { issuer, nats } = decodeJwt(userJwt({ signer, ...whom }));
  expect(issuer).toBe(signer.publicKey);
  expect(nats).toEqual({ issuer_account: account.publicKey, type: "user", version: 2 });
});

test("an account's token keeps revocations and templates", () => {
  const scoped = newKeyPair("account").publicKey;
  const template = { publish: ["hf.node.{{name()}}.up.>"], subscribe: [] };
  const jwt = accountJwt({
    ...{ operator, account, name: "HOLDFAST", jetStream: true },
    signingKeys: [{ publicKey: scoped, role: "node", template }],
    revocations: new Map([[user.publicKey, 77]]),
  });
  const claims = decodeJwt(jwt);
  expect(revocationsIn(claims)).toEqual(new Map([[user.publicKey, 77]]));
  expect(claims.nats).toMatchObject({ signing_keys: [{ key: scoped, kind: "user_scope", role: "node" }] });
  expect(revocationsIn(decodeJwt(operatorJwt({ operator, name: "x", systemAccount: account.publicKey })))).toEqual(
    new Map(),
  );
});

test("a token that was changed, or is none, is refused", () => {
  const jwt = userJwt({
    signer: account,
    accountPublicKey: account.publicKey,
    userPublicKey: user.publicKey,
    name: "x",
  });
  const [header = "", body = "", signature = ""] = jwt.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, name: "y" })).toString("base64url");
  const none = Buffer.from(JSON.stringify({ typ: "JWT", alg: "none" })).toString("base64url");
  const stranger = newKeyPair("account").sign(Buffer.from(`${header}.${body}`));
  for (const wrong of [
    ...["", "a.b.c", jwt.slice(0, -8), `${jwt}.x`, `${header}.${forged}.${signature}`, `${none}.${body}.`],
    `${header}.${body}.${Buffer.from(stranger).toString("base64url")}`,
  ]) {
    expect(() => decodeJwt(wrong)).toThrow(/^This is not a token of NATS/);
  }
});

test("credentials files are read back, also those of other programs", () => {
  const creds = formatCreds("a.b.c", user.seed);
  expect(parseCreds(creds)).toEqual({ jwt: "a.b.c", seed: user.seed });
  expect(parseCreds(creds.replaceAll("\n", "\r\n"))).toEqual({ jwt: "a.b.c", seed: user.seed });
  expect(parseKeyFile(formatSeed(user.seed))).toEqual({ seed: user.seed });
  expect(() => parseCreds(formatSeed(user.seed))).toThrow(/lacks a token/);
  expect(() => parseCreds("SU...")).toThrow(/^This is not a NATS credentials file/);
});
