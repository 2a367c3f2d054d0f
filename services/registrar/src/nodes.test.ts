import { decodeJwt, newKeyPair, parseJoinToken } from "@holdfast/kernel/trust";
import { joinToken, nodeCredentials, nodeRevoke, nodeToken } from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { listRecords } from "./registry.ts";
import { dayMs, Registrars } from "./testing/registrars.ts";

let cloud: Registrars;
beforeEach(async () => {
  cloud = new Registrars();
  await cloud.start();
});

const list = () => cloud.done(cloud.ask(nodeCredentials, {}, {}));

test("a token lets one key in, as the node that it names, with credentials that end", async () => {
  const token = await cloud.token("shop-7");
  expect(token).toMatchObject({ node: "shop-7", url: "nats://cloud.example:4222", ca: "PEM" });
  const key = newKeyPair("user");
  const { jwt, renewalJwt, expiresMs, renewableUntilMs } = await cloud.done(cloud.join(token, key));
  expect(expiresMs - cloud.nowMs).toBeCloseTo(7 * dayMs, -4);
  expect(renewableUntilMs - expiresMs).toBe(90 * dayMs);
  const claims = decodeJwt(jwt);
  expect(claims).toMatchObject({ name: "shop-7", subject: key.publicKey, issuer: cloud.nodeSigning.publicKey });
  expect((claims.expiresAtSec ?? 0) * 1000 - expiresMs).toBeLessThan(1000);
  const renewal = decodeJwt(renewalJwt);
  expect(renewal.nats).toMatchObject({ pub: { allow: ["hf.node.shop-7.up.renew"] } });
  expect((renewal.expiresAtSec ?? 0) * 1000 - renewableUntilMs).toBeLessThan(1000);
  const { nodes, tokens } = await list();
  expect(nodes).toMatchObject([{ node: "shop-7", state: "valid", publicKey: key.publicKey, machineId: "m1" }]);
  expect(tokens).toEqual([]);
});

test("a token's user may ask to join as that node with that token, and nothing else", async () => {
  const { jwt, id } = await cloud.token("shop-7", 60_000);
  const { nats, expiresAtSec = 0 } = decodeJwt(jwt);
  expect(nats).toMatchObject({
    pub: { allow: [`hf.join.shop-7.${id}`] },
    sub: { allow: [`_INBOX.join_${id}.>`] },
  });
  expect(expiresAtSec * 1000 - cloud.nowMs).toBeLessThanOrEqual(61_000);
});

test("one time: a replay is refused, the same key may ask again because an answer may be lost", async () => {
  const token = await cloud.token("shop-7");
  const key = newKeyPair("user");
  const first = await cloud.done(cloud.join(token, key));
  expect(await cloud.done(cloud.join(token, key))).toEqual(first);
  expect(await cloud.refusal(cloud.join(token, newKeyPair("user")))).toBe("token_used");
});

test("expired, of another node, unknown, with a wrong secret: refused, each with its code", async () => {
  const token = await cloud.token("shop-7", 60_000);
  const key = newKeyPair("user");
  expect(await cloud.refusal(cloud.join(token, key, "shop-8"))).toBe("token_wrong_node");
  expect(await cloud.refusal(cloud.join({ ...token, secret: "guess" }, key))).toBe("token_invalid");
  expect(await cloud.refusal(cloud.join({ ...token, id: "other" }, key))).toBe("token_invalid");
  expect(await cloud.refusal(cloud.join(token, cloud.account))).toBe("invalid_argument");
  await cloud.scheduler.runFor(60_000);
  expect(await cloud.refusal(cloud.join(token, key))).toBe("token_expired");
});

test("the registry holds no secret of a token, and neither does the log", async () => {
  const token = await cloud.token("shop-7");
  await cloud.done(cloud.join(token, newKeyPair("user")));
  const stored = await cloud.done(listRecords(cloud.streams, joinToken));
  const everything = JSON.stringify([stored.map(({ value }) => ({ ...value, secretHash: "" })), cloud.logger.lines]);
  expect(stored).toHaveLength(1);
  for (const secret of [token.secret, token.seed, token.jwt]) expect(everything).not.toContain(secret);
  expect(JSON.stringify(cloud.logger.lines)).toContain("audit: node joined");
});

test.each([1, 2, 3, 4, 5])("two registrars and a crowd with one token: one of them joins (seed %i)", async (seed) => {
  cloud = new Registrars(seed);
  await cloud.start();
  await cloud.start();
  const token = await cloud.token("shop-7");
  const keys = Array.from({ length: 12 }, () => newKeyPair("user"));
  const outcomes = await cloud.done(Promise.allSettled(keys.map((key) => cloud.join(token, key))));
  const joined = keys.filter((_, index) => outcomes[index]?.status === "fulfilled");
  expect(joined).toHaveLength(1);
  const codes = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
  expect(new Set(codes)).toEqual(new Set(["token_used"]));
  expect((await list()).nodes).toMatchObject([{ node: "shop-7", publicKey: joined[0]?.publicKey }]);
});

test("renewal: for the key on record, before the end and within the grace, not after it", async () => {
  const key = newKeyPair("user");
  await cloud.done(cloud.join(await cloud.token("shop-7"), key));
  await cloud.later(5 * dayMs);
  const renewed = await cloud.done(cloud.renew("shop-7"));
  expect(decodeJwt(renewed.jwt).subject).toBe(key.publicKey);
  expect(renewed.expiresMs - cloud.nowMs).toBeCloseTo(7 * dayMs, -4);
  await cloud.later(50 * dayMs);
  expect((await list()).nodes).toMatchObject([{ state: "expired" }]);
  await cloud.done(cloud.renew("shop-7"));
  await cloud.later(97 * dayMs);
  expect((await list()).nodes).toMatchObject([{ state: "lapsed" }]);
  expect(await cloud.refusal(cloud.renew("shop-7"))).toBe("credentials_expired");
  expect(await cloud.refusal(cloud.renew("shop-8"))).toBe("not_found");
});

test("revoked: the server is told before the answer, renewal is refused, open tokens are closed", async () => {
  const key = newKeyPair("user");
  await cloud.done(cloud.join(await cloud.token("shop-7"), key));
  const open = await cloud.token("shop-7");
  const { revokedMs, tokens } = await cloud.done(cloud.ask(nodeRevoke, {}, { node: "shop-7" }));
  expect(cloud.revoked.get(key.publicKey)).toBe(Math.ceil(revokedMs / 1000));
  expect(tokens).toBe(1);
  expect(await cloud.refusal(cloud.renew("shop-7"))).toBe("revoked");
  expect(await cloud.refusal(cloud.join(open, newKeyPair("user")))).toBe("token_expired");
  expect((await list()).nodes).toMatchObject([{ node: "shop-7", state: "revoked" }]);
  // Again is no error: the first answer may have been lost.
  expect(await cloud.done(cloud.ask(nodeRevoke, {}, { node: "shop-7" }))).toMatchObject({ revokedMs });
  expect(await cloud.refusal(cloud.ask(nodeRevoke, {}, { node: "nobody" }))).toBe("not_found");
});

test("a revoked node comes back with a new token and a new key, not with the old one", async () => {
  const key = newKeyPair("user");
  const first = await cloud.token("shop-7");
  await cloud.done(cloud.join(first, key));
  await cloud.done(cloud.ask(nodeRevoke, {}, { node: "shop-7" }));
  expect(await cloud.refusal(cloud.join(first, key))).toBe("revoked");
  const second = await cloud.token("shop-7");
  expect(await cloud.refusal(cloud.join(second, key))).toBe("revoked");
  await cloud.done(cloud.join(second, newKeyPair("user")));
  expect((await list()).nodes).toMatchObject([{ state: "valid" }]);
  expect([...cloud.revoked.keys()]).toEqual([key.publicKey]);
});

test("a box that is replaced takes the identity with it: the old key is revoked", async () => {
  const [before, after] = [newKeyPair("user"), newKeyPair("user")];
  const first = await cloud.token("shop-7");
  await cloud.done(cloud.join(first, before));
  await cloud.done(cloud.join(await cloud.token("shop-7"), after));
  expect([...cloud.revoked.keys()]).toEqual([before.publicKey]);
  expect(await cloud.refusal(cloud.join(first, before))).toBe("token_used");
  expect((await list()).nodes).toMatchObject([{ publicKey: after.publicKey, state: "valid" }]);
});

test("a clock that went back does not let a revoked token count", async () => {
  const key = newKeyPair("user");
  const { jwt } = await cloud.done(cloud.join(await cloud.token("shop-7"), key));
  cloud.clocks[0]?.jumpWall(-30 * dayMs);
  await cloud.done(cloud.ask(nodeRevoke, {}, { node: "shop-7" }));
  expect(cloud.revoked.get(key.publicKey)).toBeGreaterThanOrEqual(decodeJwt(jwt).issuedAtSec);
});

test("names, times and addresses that cannot be are refused", async () => {
  const url = "nats://cloud.example:4222";
  for (const request of [
    ...["", "Shop", "a b", "a/b", "-a", "_a", "a*", "a.", "x".repeat(64)].map((node) => ({ node, url })),
    ...["", "cloud.example", "http://x", "nats://user:password@x", "nats://a b"].map((bad) => ({
      node: "a",
      url: bad,
    })),
    ...[1, 1e15].map((ttlMs) => ({ node: "a", url, ttlMs })),
  ]) {
    expect(await cloud.refusal(cloud.ask(nodeToken, {}, request)), JSON.stringify(request)).toBe("invalid_argument");
  }
});

test("a cloud without credentials says that there is nothing to issue", async () => {
  cloud = new Registrars();
  await cloud.start({ HF_TRUST_DIR: "" });
  expect(await cloud.refusal(cloud.ask(nodeToken, {}, { node: "a", url: "nats://a" }))).toBe("unsupported");
  expect(await list()).toEqual({ nodes: [], tokens: [] });
});

test("tokens that nobody needs any more are swept away", async () => {
  const { token } = await cloud.done(cloud.ask(nodeToken, {}, { node: "shop-7", url: "nats://a:1" }));
  expect(parseJoinToken(token).node).toBe("shop-7");
  await cloud.later(30 * dayMs);
  expect(await cloud.done(listRecords(cloud.streams, joinToken))).toHaveLength(1);
  await cloud.later(dayMs);
  await cloud.scheduler.runFor(3_600_000);
  expect(await cloud.done(listRecords(cloud.streams, joinToken))).toHaveLength(0);
});
