import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { findInstance, type Instance, nodeFolder, stateFolder } from "./instance.ts";

export interface TargetOptions {
  readonly bus?: string;
  readonly dir?: string;
  readonly creds?: string;
  readonly ca?: string;
}

/** Where a bus is, as whom to connect, and how its server is known. */
export interface BusTarget {
  readonly url: string;
  readonly credsFile?: string;
  readonly caFile?: string;
}

/** Whose credentials of this machine: commands, or the streams of the cloud. */
export type LocalIdentity = "admin" | "owner";

const answerMs = 10_000;
const connectMs = 3000;

/**
 * What `--bus cloud|NODE|URL`, `--creds` and `--ca` say; without them the cloud of this machine, or its only gateway,
 * with the credentials that lie there for who runs it. Error: `not_found`.
 */
export function busTarget(options: TargetOptions, as: LocalIdentity = "admin"): BusTarget {
  const { bus = process.env.HF_BUS_URL, dir, creds = process.env.HF_BUS_CREDS, ca = process.env.HF_BUS_CA } = options;
  const given = { ...(creds ? { credsFile: creds } : {}), ...(ca ? { caFile: ca } : {}) };
  if (bus?.includes("://")) return { url: checkedUrl(bus), ...given };
  const folder = stateFolder(dir);
  const instance = findInstance(folder);
  const name = bus ?? defaultBus(instance);
  const url = name === "cloud" ? instance.cloudUrl : instance.nodes[name];
  if (url) return { ...localTarget(folder, name, url, as), ...given };
  const known = [...(instance.cloudUrl ? ["cloud"] : []), ...Object.keys(instance.nodes)].join(", ");
  throw new HoldfastError(
    "not_found",
    `--bus ${name}: this instance has ${known}; give one of these, or a URL such as tls://host:4222.`,
  );
}

/** Several may stand there, with commas between them. Error: `invalid_argument`. */
function checkedUrl(urls: string): string {
  const wrong = urls.split(",").find((url) => !/^(nats|tls):\/\/[^/\s]+\/?$/.test(url.trim()));
  if (wrong === undefined) return urls;
  const forms = "cloud, a gateway's name, or a URL such as tls://host:4222 or nats://host:4222";
  throw new HoldfastError("invalid_argument", `--bus ${wrong}: give ${forms}.`);
}

/** The cloud, or the only gateway. */
function defaultBus({ cloudUrl, nodes }: Instance): string {
  const [only, ...others] = Object.keys(nodes);
  return cloudUrl === undefined && only !== undefined && others.length === 0 ? only : "cloud";
}

/** A bus of this machine, as who owns the state folder. */
export function localTarget(folder: string, name: string, url: string, as: LocalIdentity = "admin"): BusTarget {
  const trust = join(name === "cloud" ? join(folder, "cloud") : nodeFolder(folder, name), "trust");
  const credsFile = join(trust, "creds", `${as}.creds`);
  const caFile = join(trust, "ca.pem");
  // A gateway's own bus is on loopback, without TLS.
  const isSecure = url.startsWith("tls://") && existsSync(caFile);
  return { url, ...(existsSync(credsFile) ? { credsFile } : {}), ...(isSecure ? { caFile } : {}) };
}

/** Connects, does the work, and always closes. */
export async function withBus<T>(
  options: TargetOptions,
  work: (holdfast: Holdfast) => Promise<T>,
  as?: LocalIdentity,
): Promise<T> {
  const target = busTarget(options, as);
  const holdfast = await connect({ ...target, name: actor(), timeoutMs: answerMs, connectTimeoutMs: connectMs });
  try {
    return await work(holdfast);
  } finally {
    await holdfast.close();
  }
}

/** Who stands, unverified, in the history of what is done where nobody has credentials. */
function actor(): string {
  try {
    return userInfo().username;
  } catch {
    return "cli";
  }
}

/** Aborts at Ctrl-C or SIGTERM, so that what follows something can end in order. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
