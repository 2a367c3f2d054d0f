import { existsSync } from "node:fs";
import { join } from "node:path";
import { identityOf, type NatsServerOptions } from "@holdfast/kernel";
import {
  edgeModulePermissions,
  formatSeed,
  gatewayRolePermissions,
  keyPairFromSeed,
  newKeyPair,
  type Permissions,
  parseKeyFile,
  roles,
  sharedSubjects,
  unionOf,
} from "@holdfast/kernel/trust";
import { credsFile, gatewayModuleNames } from "./parts.ts";
import { readText, writeSecret } from "./trust-files.ts";

/** The keys of a gateway's own bus, each known to its server with the rights of one module or of one role. */
export interface EdgeTrust {
  readonly folder: string;
  readonly server: Required<Pick<NatsServerOptions, "access">>;
}

export const edgeTrustFolder = (gatewayFolder: string): string => join(gatewayFolder, "trust");

/** What a gateway shows to its cloud, when it has joined one. */
export function linkFiles(gatewayFolder: string) {
  const folder = edgeTrustFolder(gatewayFolder);
  return {
    creds: credsFile(folder, "link"),
    renewalCreds: credsFile(folder, "link-renewal"),
    /** Absent = the cloud's certificate is one that every machine trusts. */
    ca: join(folder, "cloud-ca.pem"),
  };
}

/** The environment of the edge's hub. Without credentials it can only link to a cloud that asks for none. */
export function linkEnvironment(gatewayFolder: string): Readonly<Record<string, string>> {
  const { creds, renewalCreds, ca } = linkFiles(gatewayFolder);
  if (!existsSync(creds)) return {};
  return {
    HF_CLOUD_CREDS: creds,
    ...(existsSync(renewalCreds) ? { HF_CLOUD_RENEWAL_CREDS: renewalCreds } : {}),
    ...(existsSync(ca) ? { HF_CLOUD_CA: ca } : {}),
  };
}

/** Makes what keys are missing. Error: `config_invalid`. */
export function openEdgeTrust(gatewayFolder: string, node: string, compact: boolean): EdgeTrust {
  const folder = edgeTrustFolder(gatewayFolder);
  const modules = gatewayModuleNames.map((name) => [name, edgeModulePermissions(name, node)] as const);
  const all = modules.map(([, permissions]) => permissions);
  // In one process all modules are one identity, which has the rights of all.
  const connecting = compact ? [["gateway", unionOf(all)] as const] : modules;
  const userOf = (name: string, permissions: Permissions) => {
    return { publicKey: publicKeyIn(credsFile(folder, name)), permissions };
  };
  const people = roles.map((role) => [identityOf("user", role), userOf(role, gatewayRolePermissions(role))] as const);
  const access = {
    kind: "users" as const,
    modules: connecting.map(([name, permissions]) => userOf(name, permissions)),
    people: new Map(people),
    shared: sharedSubjects("edge"),
  };
  return { folder, server: { access } };
}

function publicKeyIn(path: string): string {
  const text = readText(path);
  if (text !== undefined) return keyPairFromSeed(parseKeyFile(text).seed).publicKey;
  const { seed, publicKey } = newKeyPair("user");
  writeSecret(path, formatSeed(seed));
  return publicKey;
}
