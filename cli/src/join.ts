import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { asHoldfastError, call, HoldfastError, hasCode, whyDisconnected } from "@holdfast/kernel";
import {
  decodeJwt,
  formatCreds,
  type JoinToken,
  keyPairFromSeed,
  newKeyPair,
  parseCreds,
  parseJoinToken,
} from "@holdfast/kernel/trust";
import { type NodeCredentialsGrant, nodeJoin } from "@holdfast/proto";
import { connect } from "@holdfast/sdk";
import { edgeTrustFolder, linkFiles } from "./edge-trust.ts";
import { readText, writeSecret } from "./trust-files.ts";

const connectMs = 5000;
const answerMs = 10_000;
/** A cloud that has just begun to run answers after a while. */
const patienceMs = 30_000;
const retryMs = 1000;

/** Where a gateway's cloud is, and with which token it came. */
interface Membership {
  readonly url: string;
  readonly tokenId: string;
}

const membershipPath = (gatewayFolder: string) => join(edgeTrustFolder(gatewayFolder), "cloud.json");

/** The cloud that this gateway has joined. */
export function joinedCloud(gatewayFolder: string): string | undefined {
  return readMembership(gatewayFolder)?.url;
}

/**
 * When the cloud will no longer renew what this gateway has: then it must join again. Undefined = never; 0 = what it
 * has is damaged.
 */
export function renewableUntilMs(gatewayFolder: string): number | undefined {
  const { creds, renewalCreds } = linkFiles(gatewayFolder);
  const text = readText(renewalCreds) ?? readText(creds);
  if (text === undefined) return undefined;
  try {
    const { expiresAtSec } = decodeJwt(parseCreds(text).jwt);
    return expiresAtSec === undefined ? undefined : expiresAtSec * 1000;
  } catch {
    return 0;
  }
}

function readMembership(gatewayFolder: string): Membership | undefined {
  const text = readText(membershipPath(gatewayFolder));
  const { creds } = linkFiles(gatewayFolder);
  if (text === undefined || !existsSync(creds)) return undefined;
  const parsed: unknown = JSON.parse(text);
  const isOne = typeof parsed === "object" && parsed !== null && "url" in parsed && "tokenId" in parsed;
  return isOne ? { url: String(parsed.url), tokenId: String(parsed.tokenId) } : undefined;
}

/** What `--join TOKEN|@FILE|-` or HF_JOIN_TOKEN gives; no child gets it. Errors: `token_invalid`, `not_found`. */
export async function joinTokenFrom(option: string | undefined): Promise<JoinToken | undefined> {
  const given = option ?? process.env.HF_JOIN_TOKEN;
  delete process.env.HF_JOIN_TOKEN;
  if (given === undefined || given === "") return undefined;
  if (given === "-") return parseJoinToken(await textOf(process.stdin));
  if (!given.startsWith("@")) {
    // Everybody on this machine can read the arguments of a process, and no child of it needs them.
    if (option !== undefined) process.title = "holdfast";
    return parseJoinToken(given);
  }
  const path = given.slice(1);
  try {
    return parseJoinToken(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError("not_found", `--join @${path}: the file cannot be read.`, { cause: error });
  }
}

/**
 * Joins the cloud of the token, unless this gateway came with this very token already. The key is made here and never
 * leaves; it is kept before it is shown, so that an answer that was lost can be asked for again.
 * Returns whether it has joined now. Errors: `token_*`, `revoked`, `unauthorized`, `untrusted_server`, `disconnected`.
 */
export async function joinCloud(gatewayFolder: string, node: string, token: JoinToken): Promise<boolean> {
  if (token.node !== node) {
    const sentence = `This token is for ${token.node}, not for ${node}`;
    throw new HoldfastError("token_wrong_node", `${sentence}: holdfast edge --node ${token.node}, or another token.`);
  }
  if (readMembership(gatewayFolder)?.tokenId === token.id) return false;
  const folder = join(edgeTrustFolder(gatewayFolder), "joining");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = keyFor(join(folder, "key.json"), token.id);
  const grant = await askToJoin(folder, token, key.publicKey);
  if (decodeJwt(grant.jwt).subject !== key.publicKey)
    throw new HoldfastError("internal", "The cloud answered with credentials for another key.");
  const files = linkFiles(gatewayFolder);
  if (token.ca === "") rmSync(files.ca, { force: true });
  else writeSecret(files.ca, token.ca);
  writeSecret(files.renewalCreds, formatCreds(grant.renewalJwt, key.seed));
  writeSecret(files.creds, formatCreds(grant.jwt, key.seed));
  const membership: Membership = { url: token.url, tokenId: token.id };
  writeSecret(membershipPath(gatewayFolder), `${JSON.stringify(membership)}\n`);
  rmSync(folder, { recursive: true, force: true });
  return true;
}

/** The same key for the same token, also after a crash in the middle. */
function keyFor(path: string, tokenId: string) {
  const text = readText(path);
  const known: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof known === "object" && known !== null && "tokenId" in known && "seed" in known && known.tokenId === tokenId)
    return keyPairFromSeed(String(known.seed));
  const pair = newKeyPair("user");
  writeSecret(path, `${JSON.stringify({ tokenId, seed: pair.seed })}\n`);
  return pair;
}

async function askToJoin(folder: string, token: JoinToken, publicKey: string): Promise<NodeCredentialsGrant> {
  const { node, id, url, ca, secret, jwt, seed } = token;
  const [credsFile, caFile] = [join(folder, "token.creds"), join(folder, "ca.pem")];
  writeSecret(credsFile, formatCreds(jwt, seed));
  if (ca !== "") writeSecret(caFile, ca);
  const to = { url, credsFile, ...(ca === "" ? {} : { caFile }), name: `${node} joins`, connectTimeoutMs: connectMs };
  const holdfast = await connect(to).catch((error: unknown) => {
    throw asTokenError(error, token);
  });
  try {
    const request = { secret, publicKey, machineId: process.env.HF_MACHINE_ID || hostname() };
    const ask = () => call(holdfast.bus, nodeJoin, { node, id }, request, { timeoutMs: answerMs });
    return await patiently(ask, async () => {
      const why = holdfast.bus.status === "down" ? await whyDisconnected(to) : undefined;
      if (why && !why.retryable) throw asTokenError(why, token);
    });
  } finally {
    await holdfast.close();
  }
}

/** `check` throws when there is no use in asking again. */
async function patiently<T>(ask: () => Promise<T>, check: () => Promise<void>): Promise<T> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!asHoldfastError(error).retryable || performance.now() > endMs) throw error;
      await check();
      await delay(retryMs);
    }
  }
}

/** What a server says of the user in a token, in the words of tokens. */
function asTokenError(error: unknown, { node, url, jwt }: JoinToken): unknown {
  const another = `Make another one in the cloud: holdfast node token ${node}.`;
  const { expiresAtSec } = decodeJwt(jwt);
  if (hasCode(error, "credentials_expired") || (hasCode(error, "unauthorized") && isOver(expiresAtSec))) {
    const ended = new Date((expiresAtSec ?? 0) * 1000).toISOString();
    return new HoldfastError("token_expired", `This token ended at ${ended}. ${another}`, { cause: error });
  }
  if (hasCode(error, "unauthorized")) {
    const sentence = `The cloud at ${url} does not know this token: it has ended, or another cloud made it`;
    return new HoldfastError("unauthorized", `${sentence}. ${another}`, { cause: error });
  }
  if (hasCode(error, "untrusted_server")) {
    const sentence = `The server at ${url} is not the cloud that made this token: ${error.message}`;
    return new HoldfastError("untrusted_server", sentence, { cause: error });
  }
  return error;
}

function isOver(expiresAtSec: number | undefined): boolean {
  return expiresAtSec !== undefined && expiresAtSec * 1000 <= Date.now();
}
