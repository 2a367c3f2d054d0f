import { readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { call, inboxPrefix, openNats } from "@holdfast/kernel";
import {
  decodeJwt,
  formatCreds,
  formatJoinToken,
  newAuthority,
  newKeyPair,
  parseJoinToken,
} from "@holdfast/kernel/trust";
import { nodeJoin } from "@holdfast/proto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { linkFiles } from "../../cli/src/edge-trust.ts";
import { joinCloud, joinedCloud } from "../../cli/src/join.ts";
import { type Holdfast, hasCode } from "../../sdk/src/index.ts";
import { boiler, boilerModel } from "../../services/controller/src/testing/manifests.ts";
import { RegistrarCloud, untilUp } from "./fixtures/registrar-cloud.ts";

const within = { timeout: 30_000, interval: 50 };
const text = (value: string) => new TextEncoder().encode(value);

let cloud: RegistrarCloud;
let admin: Holdfast;

/** A token as `holdfast node token` makes it. */
async function tokenFor(node: string, ttlMs = 60_000) {
  return parseJoinToken((await admin.identities.token(node, { url: cloud.server.url, ttlMs })).token);
}

async function joined(node: string): Promise<string> {
  const folder = await cloud.gatewayFolder(node);
  await joinCloud(folder, node, await tokenFor(node));
  return folder;
}

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error) => (hasCode(error, error.code) ? error.code : String(error)),
  );
}

/** What the server said, of an error as the bus has it. */
function violation(error: unknown): string {
  return error instanceof Error ? `${error.message} ${violation(error.cause)}` : "";
}

async function opened(environment: Readonly<Record<string, string>>, ...services: readonly string[]): Promise<void> {
  cloud = await RegistrarCloud.open();
  for (const service of services) cloud.start(service, environment);
  admin = await cloud.connect();
  await vi.waitFor(() => admin.identities.users(), within);
}

describe("with real servers and two registrars", { timeout: 60_000 }, () => {
  beforeAll(() => opened({}, "registrar", "registrar", "controller"));
  afterAll(() => cloud.close());

  test("a gateway joins with a key of its own, and is that node and no other", async () => {
    const folder = await cloud.gatewayFolder("shop-7");
    const token = await tokenFor("shop-7");
    expect(await joinCloud(folder, "shop-7", token)).toBe(true);
    expect(joinedCloud(folder)).toBe(cloud.server.url);
    const { creds, renewalCreds } = linkFiles(folder);
    for (const file of [creds, renewalCreds]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => statSync(join(folder, "trust", "joining"))).toThrow(/ENOENT/);
    const { bus } = await cloud.link(folder, "shop-7");
    await untilUp(bus);
    const ask = (subject: string) => code(bus.request(subject, text(""), { timeoutMs: 5000 }));
    expect(await ask("hf.node.shop-7.up.hello")).toBe("no_responders");
    for (const subject of ["hf.node.shop-8.up.hello", "hf.cmd._.node.token", "$JS.API.INFO", "hf.reg.node.shop-7"])
      expect(await ask(subject), subject).toBe("forbidden");
    // Started again with the same words, as a unit of systemd does it.
    expect(await joinCloud(folder, "shop-7", token)).toBe(false);
    expect((await admin.identities.nodes()).nodes).toMatchObject([{ node: "shop-7", state: "valid" }]);
  });

  test("one time: a crowd with one token, asked of two registrars; then a replay", async () => {
    const token = await tokenFor("crowd");
    const folders = await Promise.all([1, 2, 3, 4].map((index) => cloud.gatewayFolder(`crowd-${index}`)));
    const outcomes = await Promise.all(folders.map((folder) => code(joinCloud(folder, "crowd", token))));
    expect(outcomes.toSorted()).toEqual(["done", "token_used", "token_used", "token_used"]);
    expect(await code(joinCloud(await cloud.gatewayFolder("crowd-5"), "crowd", token))).toBe("token_used");
  });

  test("a token for another node: refused here, and by the server when somebody changes what is in it", async () => {
    const token = await tokenFor("shop-1");
    const folder = await cloud.gatewayFolder("shop-2");
    expect(await code(joinCloud(folder, "shop-2", token))).toBe("token_wrong_node");
    expect(await code(joinCloud(folder, "shop-2", { ...token, node: "shop-2" }))).toBe("forbidden");
    const other = await tokenFor("shop-2");
    expect(await code(joinCloud(folder, "shop-2", { ...other, secret: token.secret }))).toBe("token_invalid");
    expect(await code(joinCloud(folder, "shop-2", { ...other, id: token.id }))).toBe("forbidden");
    expect(joinedCloud(folder)).toBeUndefined();
  });

  test("a token's user hears nothing but its own answer", async () => {
    const token = await tokenFor("spy");
    const credsFile = join(cloud.folder, "spy.creds");
    await writeFile(credsFile, formatCreds(token.jwt, token.seed), { mode: 0o600 });
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const { bus } = openNats({ url: cloud.server.url, name: "spy", credsFile, caFile: cloud.caFile, onError });
    await untilUp(bus);
    for (const subject of [">", "hf.>", "hf.node.spy.down.>", "_INBOX.>", "_INBOX.spy.>"])
      bus.subscribe(subject, () => {});
    await bus.flush();
    const refused = () => new Set(errors.flatMap((error) => /to "([^"]+)"/.exec(violation(error))?.[1] ?? []));
    await expect.poll(() => refused().size, within).toBe(5);
    // An answer that is wanted elsewhere is not sent.
    const request = { secret: token.secret, publicKey: newKeyPair("user").publicKey };
    const forged = { reply: `${inboxPrefix("user_admin")}.x` };
    bus.publish(nodeJoin.subject.build({ node: "spy", id: token.id }), nodeJoin.request.encode(request), forged);
    await bus.flush();
    expect((await admin.identities.nodes()).nodes.some(({ node }) => node === "spy")).toBe(false);
    expect(await code(call(bus, nodeJoin, { node: "spy", id: token.id }, request, { timeoutMs: 5000 }))).toBe("done");
    await bus.drain();
  });

  test("a token that has ended, of another cloud, of a server that is not the cloud", async () => {
    const folder = await cloud.gatewayFolder("late");
    const brief = await tokenFor("late", 1000);
    const endMs = (decodeJwt(brief.jwt).expiresAtSec ?? 0) * 1000;
    await expect.poll(() => Date.now() > endMs, within).toBe(true);
    expect(await code(joinCloud(folder, "late", brief))).toBe("token_expired");
    const good = await tokenFor("late");
    const foreign = formatJoinToken({ ...good, ca: newAuthority("Holdfast CA").certificate });
    expect(await code(joinCloud(folder, "late", parseJoinToken(foreign)))).toBe("untrusted_server");
    const { seed } = newKeyPair("user");
    expect(await code(joinCloud(folder, "late", { ...good, seed }))).toBe("unauthorized");
    expect(await code(joinCloud(folder, "late", { ...good, url: "tls://127.0.0.1:1" }))).toBe("disconnected");
    expect(await code(joinCloud(folder, "late", good))).toBe("done");
  });

  test("revoked: the live session is closed within seconds, and nothing lets it in again but a new token", async () => {
    const folder = await joined("thief");
    const { bus } = await cloud.link(folder, "thief");
    await untilUp(bus);
    const revokedMs = performance.now();
    await admin.identities.revokeNode("thief");
    await untilUp(bus, false);
    expect(performance.now() - revokedMs).toBeLessThan(5000);
    const { creds, renewalCreds } = linkFiles(folder);
    for (const credsFile of [creds, renewalCreds])
      expect(await cloud.refusal({ ...cloud.linkOptions(folder, "thief"), credsFile })).toBe("unauthorized");
    expect((await admin.identities.nodes()).nodes.find(({ node }) => node === "thief")?.state).toBe("revoked");
    await joinCloud(folder, "thief", await tokenFor("thief"));
    await untilUp(bus);
  });

  test("a viewer looks and cannot set; an app has its twins and commands; each until it is revoked", async () => {
    await vi.waitFor(() => admin.objects.apply(boilerModel()), within);
    for (const name of ["boiler", "pump"]) await admin.objects.apply({ ...boiler(), metadata: { name } });
    const user = async (name: string, options: Parameters<typeof admin.identities.createUser>[1]) => {
      const credsFile = join(cloud.folder, `${name}.creds`);
      await writeFile(credsFile, (await admin.identities.createUser(name, options)).creds, { mode: 0o600 });
      return cloud.connect(credsFile);
    };
    const viewer = await user("anna@example.org", { role: "viewer" });
    expect((await viewer.twins.list()).map(({ device }) => device).toSorted()).toEqual(["boiler", "pump"]);
    expect(await code(viewer.twins.set("boiler", "setpoint", 60))).toBe("forbidden");
    expect(await code(viewer.identities.users())).toBe("forbidden");
    expect(await code(viewer.identities.token("x", { url: cloud.server.url }))).toBe("forbidden");
    const app = await user("till", { role: "app", twins: ["default.boiler"], commands: ["pod.list"] });
    expect(await code(app.twins.set("boiler", "setpoint", 60))).toBe("done");
    expect(await app.twins.get("boiler")).toMatchObject({ device: "boiler" });
    expect((await app.objects.list("pod", { namespace: "default" })).items).toEqual([]);
    expect(await app.twins.history({ device: "boiler" })).toMatchObject({ events: [], more: false });
    for (const refused of [
      app.twins.set("pump", "setpoint", 60),
      app.twins.get("pump"),
      app.twins.list(),
      app.twins.history({ device: "pump" }),
      app.twins.history(),
      app.objects.list("node", { namespace: "_" }),
      app.objects.delete("device", "boiler"),
      app.nodes.status(),
    ])
      expect(await code(refused)).toBe("forbidden");
    const operator = await user("otto", { role: "operator" });
    expect(await code(operator.twins.set("pump", "setpoint", 50))).toBe("done");
    expect(await code(operator.identities.createUser("eve", { role: "admin" }))).toBe("forbidden");
    await admin.identities.revokeUser("till");
    await untilUp(app.bus, false);
    expect(await code(cloud.connect(join(cloud.folder, "till.creds")))).toBe("unauthorized");
    await untilUp(operator.bus);
  });

  test("no secret is in what the modules log, and every change is", () => {
    for (const line of ["join token made", "node joined", "node revoked", "user created", "user revoked"])
      expect(cloud.log).toContain(`audit: ${line}`);
    expect(cloud.log).not.toMatch(/\bS[UAO][A-Z2-7]{50,}|hf1\.|eyJ[\w-]{20,}\./);
  });
});

describe("credentials that live for three seconds", { timeout: 60_000 }, () => {
  const short = { HF_NODE_CREDS_LIFE_MS: "3000", HF_NODE_CREDS_GRACE_MS: "60000" };
  beforeAll(() => opened(short, "registrar"));
  afterAll(() => cloud.close());
  const tokenIn = (file: string) => readFileSync(file, "utf8").split("\n")[1];

  test("a node that is linked renews in time, again and again, and comes back when the server ends a session", async () => {
    const folder = await joined("gw-1");
    const link = await cloud.link(folder, "gw-1");
    await untilUp(link.bus);
    const { stats, keeper } = cloud.renewing(folder, "gw-1", link);
    await expect.poll(() => stats.snapshot().renewals ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    expect(stats.snapshot().renewals_failed ?? 0).toBe(0);
    await untilUp(link.bus);
    keeper.stop();
  });

  test("a node that was away until its credentials had ended renews with the others and is linked again", async () => {
    const folder = await joined("gw-2");
    const link = await cloud.link(folder, "gw-2");
    const options = cloud.linkOptions(folder, "gw-2");
    await expect.poll(() => cloud.refusal(options), { timeout: 20_000 }).toBe("credentials_expired");
    await untilUp(link.bus, false);
    const before = tokenIn(linkFiles(folder).creds);
    const { stats } = cloud.renewing(folder, "gw-2", link);
    await expect.poll(() => stats.snapshot().renewals ?? 0, within).toBeGreaterThanOrEqual(1);
    await untilUp(link.bus);
    expect(tokenIn(linkFiles(folder).creds)).not.toBe(before);
  });

  test("with the credentials for renewal it can do nothing else", async () => {
    const folder = await joined("gw-3");
    const options = { ...cloud.linkOptions(folder, "gw-3"), credsFile: linkFiles(folder).renewalCreds };
    const { bus } = openNats(options);
    await untilUp(bus);
    const ask = (subject: string) => code(bus.request(subject, text(""), { timeoutMs: 5000 }));
    for (const subject of ["hf.node.gw-3.up.hello", "hf.node.gw-3.up.events", "hf.node.gw-1.up.renew"])
      expect(await ask(subject), subject).toBe("forbidden");
    expect(await ask("hf.node.gw-3.up.renew")).toBe("done");
    await bus.drain();
  });
});
