import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareAccounts } from "@holdfast/kernel";
import {
  accountJwt,
  decodeJwt,
  formatCreds,
  hostsOf,
  keyPairFromSeed,
  newAuthority,
  newKeyPair,
  parseCreds,
  revocationsIn,
  serverCertificate,
  userJwt,
} from "@holdfast/kernel/trust";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openCloudTrust } from "./cloud-trust.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-trust-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const trusted = (name: string) => readFileSync(join(folder, "trust", name), "utf8");
const everything = () =>
  readdirSync(join(folder, "trust"), { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, "trust", name)).isFile())
    .map((name) => [name, trusted(name)]);

test("what is there stays: keys, credentials, certificate", () => {
  openCloudTrust(folder, ["localhost", "::1"]);
  const before = everything();
  expect(before.length).toBeGreaterThan(12);
  openCloudTrust(folder, ["0:0:0:0:0:0:0:1", "LOCALHOST"]);
  expect(everything()).toEqual(before);
});

test("a new host is added to the certificate, under the authority that gateways know", () => {
  openCloudTrust(folder, ["localhost"]);
  const [ca, certificate] = [trusted("ca.pem"), trusted("server.pem")];
  openCloudTrust(folder, ["cloud.example"]);
  expect(trusted("ca.pem")).toBe(ca);
  expect(trusted("server.pem")).not.toBe(certificate);
  expect(hostsOf(trusted("server.pem"))).toEqual(["localhost", "cloud.example"]);
});

test("a certificate of one's own takes the place of ours and is left alone", () => {
  openCloudTrust(folder, ["localhost"]);
  const company = newAuthority("Company CA");
  const own = serverCertificate(company, ["cloud.company"]);
  const files = { certificate: join(folder, "own.pem"), key: join(folder, "own.key"), ca: join(folder, "company.pem") };
  writeFileSync(files.certificate, own.certificate);
  writeFileSync(files.key, own.key);
  writeFileSync(files.ca, company.certificate);
  expect(openCloudTrust(folder, [], files).caFile).toBe(join(folder, "trust/ca.pem"));
  openCloudTrust(folder, ["another.host"]);
  expect([trusted("server.pem"), trusted("server.key"), trusted("ca.pem")]).toEqual([
    ...[own.certificate, own.key, company.certificate],
  ]);
  const { certificate, key } = files;
  expect(openCloudTrust(folder, [], { certificate, key }).caFile).toBeUndefined();
  expect(() => openCloudTrust(folder, [], { certificate: join(folder, "missing"), key })).toThrow(/no such file/);
});

test("the server's token of the account is kept; with other rights of nodes it is made again, revocations and all", async () => {
  const { access } = openCloudTrust(folder, ["localhost"]).server;
  if (access.kind !== "operator") throw new Error(access.kind);
  const operator = keyPairFromSeed(trusted("operator.seed"));
  const account = keyPairFromSeed(trusted("account.seed"));
  const publicKey = keyPairFromSeed(trusted("account-node-signing.seed")).publicKey;
  const revocations = new Map([[newKeyPair("user").publicKey, 77]]);
  const told = (publish: readonly string[]) => {
    const signingKeys = [{ publicKey, role: "node", template: { publish, subscribe: [] } }];
    const jwt = accountJwt({ operator, account, name: "HOLDFAST", jetStream: true, signingKeys, revocations });
    mkdirSync(join(folder, "accounts"), { recursive: true });
    writeFileSync(join(folder, "accounts", `${account.publicKey}.jwt`), jwt);
  };
  const current = () => {
    const again = openCloudTrust(folder, ["localhost"]).server.access;
    return again.kind === "operator" ? (again.accounts.get(account.publicKey) ?? "") : "";
  };
  told(["hf.node.{{name()}}.up.older"]);
  const renewed = current();
  expect(revocationsIn(decodeJwt(renewed))).toEqual(revocations);
  expect(JSON.stringify(decodeJwt(renewed).nats)).toContain("hf.node.{{name()}}.up.>");
  await prepareAccounts(folder, { ...access, accounts: new Map([[account.publicKey, renewed]]) });
  expect(current()).toBe(renewed);
  // The server keeps the newer one of two.
  await prepareAccounts(folder, access);
  expect(readFileSync(join(folder, "accounts", `${account.publicKey}.jwt`), "utf8")).toBe(renewed);
});

test("a folder from before people had an account of their own: keys stay, tokens and accounts are made anew", () => {
  const { access } = openCloudTrust(folder, ["localhost"]).server;
  if (access.kind !== "operator") throw new Error(access.kind);
  const [account, users] = ["account", "users"].map((name) => keyPairFromSeed(trusted(`${name}.seed`)));
  if (!account || !users) throw new Error("no keys");
  const admin = parseCreds(trusted("creds/admin.creds"));
  const { publicKey } = keyPairFromSeed(admin.seed);
  const permissions = { publish: ["$JS.>"], subscribe: [">"] };
  const whom = { signer: account, accountPublicKey: account.publicKey, userPublicKey: publicKey, name: "user_admin" };
  writeFileSync(join(folder, "trust/creds/admin.creds"), formatCreds(userJwt({ ...whom, permissions }), admin.seed));
  const operator = keyPairFromSeed(trusted("operator.seed"));
  mkdirSync(join(folder, "accounts"));
  const before = accountJwt({ operator, account, name: "HOLDFAST", jetStream: true });
  writeFileSync(join(folder, "accounts", `${account.publicKey}.jwt`), before);
  for (const name of ["users.seed", "creds/owner.creds"]) rmSync(join(folder, "trust", name));
  const again = openCloudTrust(folder, ["localhost"]).server.access;
  const now = parseCreds(trusted("creds/admin.creds"));
  const made = keyPairFromSeed(trusted("users.seed")).publicKey;
  expect([now.seed, decodeJwt(now.jwt).issuer]).toEqual([admin.seed, made]);
  if (again.kind !== "operator") throw new Error(again.kind);
  const [ofModules, ofUsers] = [account.publicKey, made].map((key) => decodeJwt(again.accounts.get(key) ?? ""));
  expect(ofModules?.issuedAtSec).toBeGreaterThan(decodeJwt(before).issuedAtSec);
  const discovery = expect.objectContaining({ subject: "$SRV.>", type: "service" });
  expect(ofModules?.nats).toMatchObject({ exports: expect.arrayContaining([discovery]) });
  expect(ofUsers?.nats).toMatchObject({ imports: expect.arrayContaining([discovery]) });
  expect(decodeJwt(parseCreds(trusted("creds/owner.creds")).jwt).issuer).toBe(account.publicKey);
});

test("a damaged key is told by its file, not by what is in it", () => {
  openCloudTrust(folder, ["localhost"]);
  writeFileSync(join(folder, "trust/operator.seed"), trusted("account.seed"));
  expect(() => openCloudTrust(folder, ["localhost"])).toThrow(/operator\.seed holds no key of an operator/);
});
