import { HoldfastError } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { findInstance, stateFolder } from "./instance.ts";

export interface TargetOptions {
  readonly bus?: string;
  readonly dir?: string;
}

/** The URL behind `--bus cloud|NODE|URL`. Errors: `not_found`. */
export function busUrl({ bus = process.env.HF_BUS_URL ?? "cloud", dir }: TargetOptions): string {
  if (bus.includes("://")) return bus;
  const instance = findInstance(stateFolder(dir));
  const url = bus === "cloud" ? instance.cloudUrl : instance.nodes[bus];
  if (url) return url;
  const known = [...(instance.cloudUrl ? ["cloud"] : []), ...Object.keys(instance.nodes)].join(", ");
  throw new HoldfastError(
    "not_found",
    `--bus ${bus}: this instance has ${known}; or give a URL such as nats://host:4222.`,
  );
}

/** Connects, does the work, and always closes. */
export async function withBus<T>(options: TargetOptions, work: (holdfast: Holdfast) => Promise<T>): Promise<T> {
  const holdfast = await connect({ url: busUrl(options), name: process.env.USER ?? "cli", timeoutMs: 10_000 });
  try {
    return await work(holdfast);
  } finally {
    await holdfast.close();
  }
}

/** Aborts at Ctrl-C or SIGTERM, so that what follows something can end in order. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
