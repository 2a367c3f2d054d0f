import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { asHoldfastError, parseSecretsKey } from "@holdfast/kernel";
import { type Claims, decodeJwt, parseCreds } from "@holdfast/kernel/trust";
import { type Finding, ok, warning, wrong } from "./doctor-finding.ts";
import { nodeFolder, nodesIn } from "./instance.ts";
import { secretsKeyFile } from "./parts.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** A certificate is not renewed by itself. */
const certificateWarnMs = 30 * dayMs;
/** Of its life: a hub has long begun to renew. */
const renewalShare = 0.2;
const clockSlackMs = 60_000;

/** Credentials, certificates and keys of this state folder: whether they count, for how long, and who may read them. */
export function inspectTrust(folder: string, nowMs = Date.now()): Finding[] {
  const cloud = join(folder, "cloud", "trust");
  const nodes = nodesIn(folder).map((node) => ({ node, at: nodeFolder(folder, node) }));
  return [
    ...credentials("cloud", join(cloud, "creds"), nowMs),
    ...certificate("cloud certificate", join(cloud, "server.pem"), nowMs),
    ...certificate("cloud authority", join(cloud, "ca.pem"), nowMs),
    ...nodes.flatMap(({ node, at }) => credentials(node, join(at, "trust", "creds"), nowMs, node)),
    ...nodes.flatMap(({ node, at }) => secretsKey(`${node} secrets key`, secretsKeyFile(at))),
    ...readableByOthers([cloud, ...nodes.map(({ at }) => join(at, "trust"))]),
  ];
}

/** Tokens with an end; those without are told only when something is wrong with them. */
function credentials(whose: string, folder: string, nowMs: number, node?: string): Finding[] {
  return namesIn(folder).flatMap((name) => {
    const check = `${whose} credentials ${name.replace(/\.creds$/, "")}`;
    const text = readFileSync(join(folder, name), "utf8");
    // A gateway's own bus knows keys, which have no end.
    if (!text.includes("BEGIN NATS USER JWT")) return [];
    try {
      return lifeOf(check, decodeJwt(parseCreds(text).jwt), nowMs, node);
    } catch (error) {
      const advice = "it was changed or is not whole: bring it back from a copy, or make it again";
      return [wrong(check, asHoldfastError(error).message, advice)];
    }
  });
}

function lifeOf(check: string, { issuedAtSec, expiresAtSec }: Claims, nowMs: number, node?: string): Finding[] {
  if (issuedAtSec * 1000 > nowMs + clockSlackMs) {
    const advice = "this machine's clock is behind: set it, or let it be set (systemd-timesyncd, chrony)";
    return [wrong(check, `issued in the future, at ${when(issuedAtSec * 1000)}`, advice)];
  }
  if (expiresAtSec === undefined) return [];
  const endMs = expiresAtSec * 1000;
  const leftMs = endMs - nowMs;
  const again =
    node === undefined
      ? "start the cloud again: it makes them anew"
      : `the hub renews them when it is linked; if the cloud refuses: holdfast node token ${node}, and holdfast edge --node ${node} --join TOKEN`;
  if (leftMs <= 0) return [wrong(check, `ended ${when(endMs)}`, again)];
  const isLate = leftMs < renewalShare * (endMs - issuedAtSec * 1000);
  return [isLate ? warning(check, `end ${when(endMs)}`, again) : ok(check, `until ${when(endMs)}`)];
}

function certificate(check: string, path: string, nowMs: number): Finding[] {
  if (!existsSync(path)) return [];
  try {
    const { validFromDate, validToDate } = new X509Certificate(readFileSync(path));
    const endMs = validToDate.getTime();
    if (validFromDate.getTime() > nowMs + clockSlackMs) {
      return [wrong(check, `counts from ${when(validFromDate.getTime())}`, "this machine's clock is behind: set it")];
    }
    const advice = "make another one: holdfast cloud init, with --cert and --key for one of your own";
    if (endMs <= nowMs) return [wrong(check, `ended ${when(endMs)}`, advice)];
    return [
      endMs - nowMs < certificateWarnMs
        ? warning(check, `ends ${when(endMs)}`, advice)
        : ok(check, `until ${when(endMs)}`),
    ];
  } catch (error) {
    return [wrong(check, asHoldfastError(error).message, `${path} is no certificate: bring it back from a copy`)];
  }
}

function secretsKey(check: string, path: string): Finding[] {
  if (process.env.HF_SECRETS_KEY) return [ok(check, "from HF_SECRETS_KEY")];
  if (!existsSync(path)) return [];
  try {
    parseSecretsKey(readFileSync(path, "utf8"), path);
    if (!isOpen(path)) return [ok(check, "32 bytes, for its owner alone")];
    return [warning(check, "others may read it", `chmod 600 ${path}; to be safe remove it too: a new one is made`)];
  } catch (error) {
    const advice = `remove ${path}: a new one is made at the next start, and the cloud gives the Secrets again`;
    return [wrong(check, asHoldfastError(error).message, advice)];
  }
}

function readableByOthers(folders: readonly string[]): Finding[] {
  const open = folders.filter(existsSync).flatMap((folder) => {
    const files = namesIn(folder).map((name) => join(folder, name));
    const creds = namesIn(join(folder, "creds")).map((name) => join(folder, "creds", name));
    return [...files, ...creds].filter((path) => /\.(seed|key|creds)$/.test(path) && isOpen(path));
  });
  if (open.length === 0) return [];
  return [wrong("keys", `others may read ${open.length} of them`, `chmod 600 ${open.join(" ")}`)];
}

function isOpen(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

function when(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
