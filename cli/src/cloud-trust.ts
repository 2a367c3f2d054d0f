import { existsSync, mkdirSync, rmSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { HoldfastError, identityOf, inboxPrefix, type NatsServerOptions } from "@holdfast/kernel";
import {
  accountJwt,
  type Claims,
  canonicalHost,
  cloudModulePermissions,
  decodeJwt,
  formatCreds,
  hostsOf,
  type KeyPair,
  keyPairFromSeed,
  modulesAccountJwt,
  newAuthority,
  newKeyPair,
  operatorJwt,
  ownerPermissions,
  type Permissions,
  parseCreds,
  revocationsIn,
  rolePermissions,
  serverCertificate,
  userJwt,
  usersAccountJwt,
} from "@holdfast/kernel/trust";
import { cloudModuleNames, credsFile } from "./parts.ts";
import { keyPairIn, readText, writeSecret } from "./trust-files.ts";

/** The keys of a cloud and what its server needs of them. */
export interface CloudTrust {
  readonly folder: string;
  readonly server: Required<Pick<NatsServerOptions, "tls" | "access">>;
  /** Absent = the server's certificate is one that every machine trusts. */
  readonly caFile: string | undefined;
}

/** Certificates of somebody else's authority, as paths of PEM files. */
export interface GivenCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Absent = one that every machine trusts. */
  readonly ca?: string;
}

const trustFolder = (cloudFolder: string): string => join(cloudFolder, "trust");
const file = { certificate: "server.pem", key: "server.key", ca: "ca.pem", caKey: "ca.key" };

/**
 * Makes what is missing in the trust folder of a cloud, and brings credentials and certificate up to date with this
 * version and these hosts. The server keeps its accounts in its own folder. Error: `config_invalid`,
 * `invalid_argument` (a host that is none).
 */
export function openCloudTrust(
  cloudFolder: string,
  hosts: readonly string[],
  given?: GivenCertificate,
  serverFolder = cloudFolder,
): CloudTrust {
  const folder = trustFolder(cloudFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (given) takeCertificate(folder, given);
  else ensureCertificate(folder, hosts);
  const operator = keyPairIn(join(folder, "operator.seed"), "operator");
  const account = keyPairIn(join(folder, "account.seed"), "account");
  const users = keyPairIn(join(folder, "users.seed"), "account");
  const system = keyPairIn(join(folder, "system.seed"), "account");
  const nodeSigning = keyPairIn(join(folder, "account-node-signing.seed"), "account");
  for (const module of cloudModuleNames)
    ensureCreds(folder, module, account, identityOf("module", module), cloudModulePermissions(module));
  ensureCreds(folder, "owner", account, identityOf("module", "owner"), ownerPermissions());
  ensureCreds(folder, "admin", users, identityOf("user", "admin"), rolePermissions("admin", "admin"));
  ensureCreds(folder, "system", system, identityOf("module", "registrar"), claimsPermissions);
  const ofModules = (said: Said) =>
    modulesAccountJwt({ operator, account, nodeSigning: nodeSigning.publicKey, ...said });
  const ofUsers = (said: Said) => usersAccountJwt({ operator, users, modules: account.publicKey, ...said });
  const accounts = new Map([
    [system.publicKey, accountJwt({ operator, account: system, name: "SYS", jetStream: false, issuedAtSec: 1 })],
    [account.publicKey, currentAccount(serverFolder, account, ofModules)],
    [users.publicKey, currentAccount(serverFolder, users, ofUsers)],
  ]);
  const tls = { certificateFile: join(folder, file.certificate), keyFile: join(folder, file.key) };
  const signed = operatorJwt({ operator, name: "Holdfast", systemAccount: system.publicKey });
  const access = { kind: "operator" as const, operatorJwt: signed, systemAccount: system.publicKey, accounts };
  const caFile = existsSync(join(folder, file.ca)) ? join(folder, file.ca) : undefined;
  return { folder, server: { tls, access }, caFile };
}

/** What the registrar does with the system account: looks an account's token up, and replaces it. */
const claimsPermissions: Permissions = {
  publish: ["$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"],
  subscribe: [`${inboxPrefix(identityOf("module", "registrar"))}.>`],
};

/** Names and addresses under which this machine is found, when its bus listens at `host`. */
export function hostsFor(host: string): string[] {
  // A machine may be called what no certificate can say.
  const machine = /^[A-Za-z0-9.-]+$/.test(hostname()) ? [hostname()] : [];
  const always = ["localhost", "127.0.0.1", "::1", ...machine];
  const everywhere = host === "0.0.0.0" || host === "::";
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  const own = everywhere
    ? addresses.filter((address) => !address.includes("%") && !address.startsWith("fe80"))
    : [host];
  return [...new Set([...always, ...own].map(canonicalHost))];
}

function takeCertificate(folder: string, { certificate, key, ca }: GivenCertificate): void {
  const read = (path: string) => {
    const text = readText(path);
    if (text !== undefined) return text;
    throw new HoldfastError("config_invalid", `${path}: there is no such file.`);
  };
  hostsOf(read(certificate));
  writeSecret(join(folder, file.certificate), read(certificate));
  writeSecret(join(folder, file.key), read(key));
  // An authority of our own could sign nothing that gateways with another one trust.
  for (const name of [file.caKey, file.ca]) rmSync(join(folder, name), { force: true });
  if (ca !== undefined) writeSecret(join(folder, file.ca), read(ca));
}

/** One of our own is made again when it lacks a host; one that was given stays as it is. */
function ensureCertificate(folder: string, hosts: readonly string[]): void {
  const path = (name: string) => join(folder, name);
  const known = readText(path(file.certificate));
  if (known !== undefined && !existsSync(path(file.caKey))) return;
  if (known === undefined) {
    const authority = newAuthority("Holdfast CA");
    writeSecret(path(file.caKey), authority.key);
    writeSecret(path(file.ca), authority.certificate);
  }
  const before = known === undefined ? [] : hostsOf(known);
  const all = new Set([...before, ...hosts.map(canonicalHost)]);
  if (known !== undefined && all.size === before.length) return;
  const authority = { certificate: readText(path(file.ca)) ?? "", key: readText(path(file.caKey)) ?? "" };
  const { certificate, key } = serverCertificate(authority, [...all]);
  writeSecret(path(file.key), key);
  writeSecret(path(file.certificate), certificate);
}

/** The key stays; the token is made again when the rights of this version are others. */
function ensureCreds(folder: string, name: string, account: KeyPair, as: string, permissions: Permissions): void {
  const path = credsFile(folder, name);
  const text = readText(path);
  const known = text === undefined ? undefined : parseCreds(text);
  const user = known === undefined ? newKeyPair("user") : keyPairFromSeed(known.seed);
  const whom = { signer: account, accountPublicKey: account.publicKey, userPublicKey: user.publicKey, name: as };
  const jwt = userJwt({ ...whom, permissions });
  if (known === undefined || !saysTheSame(decodeJwt(jwt), decodeJwt(known.jwt)))
    writeSecret(path, formatCreds(jwt, user.seed));
}

/** What the server may know better. */
interface Said {
  readonly revocations: ReadonlyMap<string, number>;
  readonly issuedAtSec: number;
}

/** The server's own token of an account knows of revocations: it stays, unless this version says something else. */
function currentAccount(serverFolder: string, account: KeyPair, make: (said: Said) => string): string {
  const known = readText(join(serverFolder, "accounts", `${account.publicKey}.jwt`));
  const claims = known === undefined ? undefined : decodeJwt(known);
  const revocations = claims === undefined ? new Map<string, number>() : revocationsIn(claims);
  // Of two the server keeps the newer one, and the registrar's may be dated a little ahead.
  const issuedAtSec = Math.max(Math.floor(Date.now() / 1000), (claims?.issuedAtSec ?? 0) + 1);
  const jwt = make({ revocations, issuedAtSec });
  return known !== undefined && claims && saysTheSame(claims, decodeJwt(jwt)) ? known : jwt;
}

function saysTheSame(one: Claims, other: Claims): boolean {
  const said = ({ issuer, subject, name, nats }: Claims) => JSON.stringify([issuer, subject, name, nats]);
  return said(one) === said(other);
}
