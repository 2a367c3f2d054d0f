import { userInfo } from "node:os";
import { HoldfastError } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { findInstance, type Instance, stateFolder } from "./instance.ts";

export interface TargetOptions {
  readonly bus?: string;
  readonly dir?: string;
}

const answerMs = 10_000;
const connectMs = 3000;

/** The URL behind `--bus cloud|NODE|URL`; without it the cloud, or the only gateway. Error: `not_found`. */
export function busUrl({ bus = process.env.HF_BUS_URL, dir }: TargetOptions): string {
  if (bus?.includes("://")) return bus;
  const instance = findInstance(stateFolder(dir));
  const url = bus === undefined ? defaultUrl(instance) : bus === "cloud" ? instance.cloudUrl : instance.nodes[bus];
  if (url) return url;
  const known = [...(instance.cloudUrl ? ["cloud"] : []), ...Object.keys(instance.nodes)].join(", ");
  throw new HoldfastError(
    "not_found",
    `--bus ${bus ?? "cloud"}: this instance has ${known}; give one of these, or a URL such as nats://host:4222.`,
  );
}

function defaultUrl({ cloudUrl, nodes }: Instance): string | undefined {
  const gateways = Object.values(nodes);
  return cloudUrl ?? (gateways.length === 1 ? gateways[0] : undefined);
}

/** Connects, does the work, and always closes. */
export async function withBus<T>(options: TargetOptions, work: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const url = busUrl(options);
  const holdfast = await connect({ url, name: actor(), timeoutMs: answerMs, connectTimeoutMs: connectMs });
  try {
    return await work(holdfast);
  } finally {
    await holdfast.close();
  }
}

/** Who stands in the history of what is done here. */
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
