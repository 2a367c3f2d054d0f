import { hashJoinSecret } from "@holdfast/kernel/trust";
import type { JoinToken, NodeIdentity } from "@holdfast/proto";
import { expect, test } from "vitest";
import { decideJoin, decideRenew, nodeState, revocationMs } from "./decide.ts";

const token: JoinToken = {
  ...{ node: "shop-7", secretHash: hashJoinSecret("secret"), createdMs: 1000, expiresMs: 2000, actor: "anna" },
  ...{ joinedKey: "", joinedMs: 0 },
};
const asked = { node: "shop-7", secret: "secret", publicKey: "U1", nowMs: 1500 };
const used = { ...token, joinedKey: "U1", joinedMs: 1400 };

test("a token is used once, by one key, before it ends", () => {
  expect(decideJoin(token, asked)).toBe("join");
  expect(decideJoin(used, asked)).toBe("again");
});

test.each([
  ["token_invalid", undefined, asked],
  ["token_invalid", token, { ...asked, secret: "guess" }],
  ["token_wrong_node", token, { ...asked, node: "shop-8" }],
  ["token_used", used, { ...asked, publicKey: "U2" }],
  ["token_used", used, { ...asked, publicKey: "U2", nowMs: 5000 }],
  ["token_expired", token, { ...asked, nowMs: 2000 }],
  ["token_expired", used, { ...asked, nowMs: 2000 }],
])("%s", (code, known, joining) => {
  expect(() => decideJoin(known, joining)).toThrow(expect.objectContaining({ code }));
});

const identity: NodeIdentity = {
  ...{ publicKey: "U1", joinedMs: 1000, issuedMs: 1000, expiresMs: 2000, renewableUntilMs: 3000 },
  ...{ revokedMs: 0, revokedBy: "", machineId: "", tokenId: "" },
};

test("an identity renews until the end of its grace, unless it is revoked", () => {
  expect(decideRenew(identity, "shop-7", 2999)).toBe(identity);
  const refused = (known: NodeIdentity | undefined, nowMs: number, code: string) =>
    expect(() => decideRenew(known, "shop-7", nowMs)).toThrow(expect.objectContaining({ code }));
  refused(identity, 3000, "credentials_expired");
  refused({ ...identity, revokedMs: 1500 }, 1600, "revoked");
  refused(undefined, 1600, "not_found");
  const states = [1500, 2000, 3000].map((nowMs) => nodeState(identity, nowMs));
  expect(states).toEqual(["valid", "expired", "lapsed"]);
  expect(nodeState({ ...identity, revokedMs: 1 }, 5000)).toBe("revoked");
});

test("a revocation is never before what it revokes", () => {
  expect([revocationMs(1000, 500), revocationMs(1000, 1500)]).toEqual([1000, 1500]);
});
