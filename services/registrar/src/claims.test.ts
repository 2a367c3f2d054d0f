import { accountJwt, decodeJwt, newKeyPair } from "@holdfast/kernel/trust";
import { nodeRevoke } from "@holdfast/proto";
import { expect, test } from "vitest";
import { wantedRevocations } from "./claims.ts";
import { dayMs, Registrars } from "./testing/registrars.ts";

async function withRevoked(registrars = 1) {
  const cloud = new Registrars();
  for (let started = 0; started < registrars; started += 1) await cloud.start();
  const key = newKeyPair("user");
  await cloud.done(cloud.join(await cloud.token("shop-7"), key));
  return { cloud, key: key.publicKey, revoke: () => cloud.ask(nodeRevoke, {}, { node: "shop-7" }) };
}

test("a revocation that the server missed is told to it later", async () => {
  const { cloud, key, revoke } = await withRevoked();
  cloud.isServerThere = false;
  expect(await cloud.refusal(revoke())).toBe("unavailable");
  cloud.isServerThere = true;
  await cloud.scheduler.runFor(40_000);
  expect([...cloud.revoked.keys()]).toEqual([key]);
});

test("a server that was restored learns again who is revoked; one that knows is left alone", async () => {
  const { cloud, key, revoke } = await withRevoked(2);
  const old = cloud.accountJwt;
  await cloud.done(revoke());
  const { pushes } = cloud;
  await cloud.scheduler.runFor(120_000);
  expect(cloud.pushes).toBe(pushes);
  cloud.accountJwt = old;
  await cloud.scheduler.runFor(40_000);
  expect([...cloud.revoked.keys()]).toEqual([key]);
});

test("a push that another registrar's of the same second overwrites is made again before the revoke is answered", async () => {
  const { cloud, key, revoke } = await withRevoked();
  const before = decodeJwt(cloud.accountJwt);
  const { operator, account } = cloud;
  cloud.onPush = () => {
    const { issuedAtSec } = decodeJwt(cloud.accountJwt);
    cloud.accountJwt = accountJwt({ operator, account, name: before.name, jetStream: true, issuedAtSec });
    cloud.onPush = () => {};
  };
  await cloud.done(revoke());
  expect([[...cloud.revoked.keys()], cloud.pushes]).toEqual([[key], 2]);
});

test("the server's list is rid of credentials that have ended by themselves, but not of what others wrote", async () => {
  const { cloud, key, revoke } = await withRevoked();
  await cloud.done(revoke());
  const { operator, account } = cloud;
  const other = newKeyPair("user").publicKey;
  const revocations = new Map([...cloud.revoked, [other, 1]]);
  const { issuedAtSec } = decodeJwt(cloud.accountJwt);
  cloud.accountJwt = accountJwt({ operator, account, name: "x", jetStream: true, revocations, issuedAtSec });
  await cloud.later(96 * dayMs);
  expect([...cloud.revoked.keys()]).toEqual([key, other]);
  await cloud.later(2 * dayMs);
  expect([...cloud.revoked.keys()]).toEqual([other]);
});

test("a clock that was far ahead for hours does not let a revoked key in again", async () => {
  const { cloud, key, revoke } = await withRevoked();
  await cloud.done(revoke());
  await cloud.later(365 * dayMs);
  await cloud.scheduler.runFor(3 * 3_600_000);
  await cloud.later(-365 * dayMs);
  expect([...cloud.revoked.keys()]).toEqual([key]);
});

test("nothing changes when the server knows it, or something later", () => {
  const recorded = [
    {
      params: { key: "U1" },
      seq: 1,
      value: { atMs: 1500, untilMs: 9000, identity: "node:a", actor: "", inUsersAccount: false },
    },
  ];
  expect(wantedRevocations(new Map([["U1", 2]]), recorded, 5000)).toBeUndefined();
  expect(wantedRevocations(new Map([["U1", 7]]), recorded, 5000)).toBeUndefined();
  expect(wantedRevocations(new Map([["U1", 1]]), recorded, 5000)).toEqual(new Map([["U1", 2]]));
  expect(wantedRevocations(new Map([["U1", 2]]), recorded, 9000)).toEqual(new Map());
  expect(wantedRevocations(new Map([["U2", 2]]), [], 9000)).toBeUndefined();
});
