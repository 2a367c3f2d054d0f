import { decodeJwt, newKeyPair } from "@holdfast/kernel/trust";
import { userCreate, userIdentity, userList, userRevoke } from "@holdfast/proto";
import { beforeEach, expect, test } from "vitest";
import { recordWrite } from "./registry.ts";
import { dayMs, Registrars } from "./testing/registrars.ts";

let cloud: Registrars;
beforeEach(async () => {
  cloud = new Registrars();
  await cloud.start();
});

const create = (name: string, role: string, more: object = {}) => {
  const { publicKey } = newKeyPair("user");
  return cloud.ask(userCreate, {}, { name, role, publicKey, ...more });
};

test.each(["admin", "operator", "viewer"])("a %s gets what the role may", async (role) => {
  const { jwt, expiresMs } = await cloud.done(create("anna", role));
  const { name, nats } = decodeJwt(jwt);
  expect(name).toBe("user_anna");
  expect(JSON.stringify(nats).includes("hf.cmd._.user.create")).toBe(role === "admin");
  expect(JSON.stringify(nats).includes("hf.cmd._.node.token")).toBe(role !== "viewer");
  expect(expiresMs - cloud.nowMs).toBeCloseTo(90 * dayMs, -4);
});

test("an app gets its twins and commands, a viewer has none of its own", async () => {
  const { jwt } = await cloud.done(create("till", "app", { twins: ["default.boiler"], commands: ["pod.list"] }));
  const rights = JSON.stringify(decodeJwt(jwt).nats);
  expect(rights).toContain("hf.cmd.default.pod.list");
  expect(rights).not.toMatch(/node\.token|user\.create|\$JS/);
  expect(await cloud.refusal(create("a", "app"))).toBe("invalid_argument");
  expect(await cloud.refusal(create("a", "app", { twins: ["*.boiler"] }))).toBe("invalid_argument");
  expect(await cloud.refusal(create("a", "app", { twins: ["default.a"], commands: ["user.create"] }))).toBe(
    "invalid_argument",
  );
  expect(await cloud.refusal(create("a", "viewer", { twins: ["default.a"] }))).toBe("invalid_argument");
  expect(await cloud.refusal(create("a", "root"))).toBe("invalid_argument");
  expect((await cloud.done(cloud.ask(userList, {}, {}))).users).toHaveLength(1);
});

test("a name belongs to one key until it is revoked or has ended", async () => {
  const { publicKey } = newKeyPair("user");
  const request = { name: "anna", role: "viewer", publicKey, lifeMs: dayMs };
  await cloud.done(cloud.ask(userCreate, {}, request));
  await cloud.done(cloud.ask(userCreate, {}, request));
  expect(await cloud.refusal(create("anna", "viewer"))).toBe("already_exists");
  await cloud.done(cloud.ask(userRevoke, {}, { name: "anna" }));
  expect([...cloud.revokedIn(cloud.users).keys()]).toEqual([publicKey]);
  // Answers that others wait for would be lost with it.
  expect([...cloud.revoked.keys()]).toEqual([]);
  expect(await cloud.refusal(cloud.ask(userCreate, {}, request))).toBe("revoked");
  await cloud.done(create("anna", "operator", { lifeMs: dayMs }));
  await cloud.later(dayMs);
  const { users } = await cloud.done(cloud.ask(userList, {}, {}));
  expect(users).toMatchObject([{ name: "anna", role: "operator", state: "expired" }]);
  await cloud.done(create("anna", "viewer"));
  expect(await cloud.refusal(cloud.ask(userRevoke, {}, { name: "otto" }))).toBe("not_found");
  // The inbox of that name belongs to who owns the machine.
  expect(await cloud.refusal(create("admin", "viewer"))).toBe("already_exists");
});

test("a user from before the account of users is refused in both accounts", async () => {
  const { publicKey } = newKeyPair("user");
  const expiresMs = cloud.nowMs + dayMs;
  const before = { role: "viewer", publicKey, issuedMs: cloud.nowMs, expiresMs, actor: "anna" };
  const message = recordWrite(userIdentity, { name: "old" }, before, { value: undefined, seq: 0 });
  await cloud.done(cloud.streams.append("REGISTRY", [message]));
  // Who asks again with the same key has a token of each.
  await cloud.done(cloud.ask(userCreate, {}, { name: "old", role: "viewer", publicKey }));
  await cloud.done(cloud.ask(userRevoke, {}, { name: "old" }));
  for (const account of [cloud.account, cloud.users]) expect([...cloud.revokedIn(account).keys()]).toEqual([publicKey]);
});
