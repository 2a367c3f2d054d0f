import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { newAuthority, serverCertificate } from "../trust/certificates.ts";
import { formatCreds, formatSeed } from "../trust/creds.ts";
import { accountJwt, operatorJwt, userJwt } from "../trust/jwt.ts";
import { newKeyPair } from "../trust/keys.ts";
import { nodePermissions, type Permissions } from "../trust/permissions.ts";
import { connectNats } from "./bus-nats.ts";
import { startNatsServer } from "./nats-server.ts";
import type { OperatorAccess } from "./nats-server-config.ts";
import type { NatsOptions } from "./options-nats.ts";
import { whyDisconnected } from "./probe-nats.ts";

const operator = newKeyPair("operator");
const account = newKeyPair("account");
const nodeKey = newKeyPair("account");
const system = newKeyPair("account");
const authority = newAuthority("Holdfast CA");
const text = (value: string) => new TextEncoder().encode(value);

const cleanups: (() => Promise<unknown>)[] = [];
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-access-"));
  return () => rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const access: OperatorAccess = {
  kind: "operator",
  operatorJwt: operatorJwt({ operator, name: "Holdfast", systemAccount: system.publicKey }),
  systemAccount: system.publicKey,
  accounts: new Map([
    [system.publicKey, accountJwt({ operator, account: system, name: "SYS", jetStream: false })],
    [
      account.publicKey,
      accountJwt({
        ...{ operator, account, name: "HOLDFAST", jetStream: true },
        signingKeys: [{ publicKey: nodeKey.publicKey, role: "node", template: nodePermissions() }],
      }),
    ],
  ]),
};

async function secureServer(name: string): Promise<string> {
  const { certificate, key } = serverCertificate(authority, ["127.0.0.1"]);
  const tls = { certificateFile: await file(`${name}.pem`, certificate), keyFile: await file(`${name}.key`, key) };
  const server = await startNatsServer({ folder: join(folder, name), port: 0, jetStream: true, tls, access });
  cleanups.push(() => server.stop());
  return server.url;
}

async function connected(options: Omit<NatsOptions, "name">, errors: unknown[] = []) {
  const { bus } = await connectNats({ name: "test", onError: (error) => errors.push(error), ...options });
  cleanups.push(() => bus.drain());
  return bus;
}

async function user(name: string, permissions?: Permissions, expiresInSec?: number): Promise<string> {
  const pair = newKeyPair("user");
  const jwt = userJwt({
    ...{ signer: permissions ? account : nodeKey, accountPublicKey: account.publicKey, userPublicKey: pair.publicKey },
    ...{ name, ...(permissions ? { permissions } : {}), ...(expiresInSec === undefined ? {} : { expiresInSec }) },
  });
  return file(`${name}-${pair.publicKey}.creds`, formatCreds(jwt, pair.seed));
}

/** What the server said, of an error as the bus has it. */
function violation(error: unknown): string {
  return error instanceof Error ? `${error.message} ${violation(error.cause)}` : "";
}

test("over TLS a node hears and says what its name allows, and has an inbox of its own", {
  timeout: 60_000,
}, async () => {
  const url = await secureServer("cloud");
  expect(url).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/);
  const caFile = await file("ca.pem", authority.certificate);
  const all = { publish: [">"], subscribe: [">"] };
  const cloud = await connected({ url, caFile, credsFile: await user("cloud", all) });
  const heard: string[] = [];
  cloud.subscribe("hf.>", (message) => {
    heard.push(message.subject);
    if (message.subject.endsWith(".hello") && message.reply) cloud.publish(message.reply, text(message.reply));
  });
  await cloud.flush();
  const errors: unknown[] = [];
  const node = await connected({ url, caFile, credsFile: await user("gw-1") }, errors);
  const answer = await node.request("hf.node.gw-1.up.hello", text(""), { timeoutMs: 5000 });
  expect(new TextDecoder().decode(answer.data)).toMatch(/^_INBOX\.gw-1\./);
  for (const subject of ["hf.node.gw-2.up.hello", "hf.res.pod.default.x", "$JS.API.INFO"])
    node.publish(subject, text(""));
  for (const subject of ["hf.node.gw-2.down.>", "hf.>", "_INBOX.>"]) node.subscribe(subject, () => {});
  await node.flush();
  const refused = () => new Set(errors.flatMap((error) => /to "([^"]+)"/.exec(violation(error))?.[1] ?? [])).size;
  await expect.poll(refused, { timeout: 10_000 }).toBe(6);
  expect(heard).toEqual(["hf.node.gw-1.up.hello"]);
  // It may answer what it is asked, once, wherever the answer is wanted.
  node.subscribe("hf.node.gw-1.down.call", ({ reply = "" }) => {
    for (const word of ["first", "second"]) node.publish(reply, text(word));
  });
  await node.flush();
  const answers: string[] = [];
  cloud.subscribe("_INBOX.x", ({ data }) => void answers.push(new TextDecoder().decode(data)));
  cloud.publish("hf.node.gw-1.down.call", text(""), { reply: "_INBOX.x" });
  await expect.poll(refused, { timeout: 10_000 }).toBe(7);
  expect(answers).toEqual(["first"]);
});

test("what keeps somebody out is told in one sentence with a code", { timeout: 60_000 }, async () => {
  const url = await secureServer("strict");
  const caFile = await file("ca2.pem", authority.certificate);
  const good = { url, name: "test", caFile, credsFile: await user("gw-1") };
  const strangerCa = await file("stranger.pem", newAuthority("Holdfast CA").certificate);
  const stranger = newKeyPair("account");
  const pair = newKeyPair("user");
  const foreign = { signer: stranger, accountPublicKey: stranger.publicKey, userPublicKey: pair.publicKey, name: "x" };
  const foreignCreds = await file("foreign.creds", formatCreds(userJwt(foreign), pair.seed));
  const plain = await startNatsServer({ folder: join(folder, "plain"), port: 0, jetStream: false });
  cleanups.push(() => plain.stop());
  const code = async (options: NatsOptions) => (await whyDisconnected(options))?.code;
  expect(await code(good)).toBeUndefined();
  expect(await code({ ...good, credsFile: await file("x.creds", "nothing") })).toBe("config_invalid");
  expect(await code({ ...good, credsFile: join(folder, "missing") })).toBe("config_invalid");
  expect(await code({ ...good, caFile: join(folder, "missing") })).toBe("config_invalid");
  expect(await code({ ...good, credsFile: await user("gw-1", undefined, -10) })).toBe("credentials_expired");
  expect(await code({ ...good, credsFile: foreignCreds })).toBe("unauthorized");
  expect(await code({ url, name: "test", caFile })).toBe("unauthorized");
  expect(await code({ ...good, caFile: strangerCa })).toBe("untrusted_server");
  expect(await code({ ...good, url: url.replace("127.0.0.1", "localhost") })).toBe("untrusted_server");
  expect(await code({ url, name: "test", credsFile: good.credsFile })).toBe("untrusted_server");
  // A server without TLS gets no credentials from who expects it.
  expect(await code({ ...good, url: plain.url })).toBe("untrusted_server");
  expect(await code({ ...good, url: "nats://127.0.0.1:1" })).toBe("disconnected");
});

test("on a gateway each key has the rights of its module", { timeout: 60_000 }, async () => {
  const [one, other] = [newKeyPair("user"), newKeyPair("user")];
  const modules = [
    { publicKey: one.publicKey, permissions: { publish: ["a.>"], subscribe: ["b.>"] } },
    { publicKey: other.publicKey, permissions: { publish: [], subscribe: ["a.>"] } },
  ];
  const access = { kind: "users" as const, modules, people: new Map(), shared: { services: [], streams: [] } };
  const server = await startNatsServer({
    ...{ folder: join(folder, "edge"), port: 0, jetStream: false, access },
  });
  cleanups.push(() => server.stop());
  const { url } = server;
  const errors: unknown[] = [];
  const first = await connected({ url, credsFile: await file("one.creds", formatSeed(one.seed)) }, errors);
  const second = await connected({ url, credsFile: await file("other.creds", formatSeed(other.seed)) }, errors);
  const heard: string[] = [];
  second.subscribe("a.>", ({ subject }) => void heard.push(subject));
  await second.flush();
  first.publish("a.x", text(""));
  first.publish("b.x", text(""));
  second.publish("a.y", text(""));
  await expect.poll(() => errors.length, { timeout: 10_000 }).toBe(2);
  expect(heard).toEqual(["a.x"]);
  expect(await whyDisconnected({ url, name: "stranger" })).toMatchObject({ code: "unauthorized" });
});

test("a refusal is told once, not at every attempt", { timeout: 60_000 }, async () => {
  const url = await secureServer("patient");
  const caFile = await file("ca3.pem", authority.certificate);
  const pair = newKeyPair("user");
  const credsFile = await file("brief.creds", "");
  const brief = { signer: nodeKey, accountPublicKey: account.publicKey, userPublicKey: pair.publicKey, name: "gw-1" };
  const issue = (expiresInSec: number) =>
    writeFile(credsFile, formatCreds(userJwt({ ...brief, expiresInSec }), pair.seed), { mode: 0o600 });
  await issue(2);
  const errors: unknown[] = [];
  const bus = await connected({ url, caFile, credsFile, reconnectMaxMs: 50 }, errors);
  await expect.poll(() => bus.status, { timeout: 10_000, interval: 10 }).toBe("down");
  const refusals = () => errors.filter((error) => /Authorization Violation/i.test(violation(error))).length;
  await expect.poll(refusals, { timeout: 10_000 }).toBe(1);
  const attempts = performance.now() + 500;
  await expect.poll(() => performance.now() > attempts, { timeout: 5000 }).toBe(true);
  expect(refusals()).toBe(1);
  await issue(60);
  await expect.poll(() => bus.status, { timeout: 10_000 }).toBe("up");
});
