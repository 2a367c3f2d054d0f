import type { Connection, Context, LogClient } from "@holdfast/kernel";
import { call, HoldfastError } from "@holdfast/kernel";
import type { Contract, Draft, Params } from "@holdfast/proto";
import type { EdgeHubConfig } from "./config.ts";
import type { DesiredState } from "./desired.ts";

/** What the parts of the edge hub share. */
export interface EdgeHub {
  readonly context: Context<EdgeHubConfig>;
  readonly cloud: Connection;
  readonly log: LogClient;
  readonly desired: DesiredState;
  readonly openProposals: Set<string>;
  /** Wall time of the last answer of the cloud to a heartbeat, for people. */
  lastContactMs: number;
  /** The cloud serves another machine under this identity, or none (docs/protocol.md 5). */
  refused: HoldfastError | undefined;
}

/** The cloud and the node no longer agree on where they stand: say hello again. */
export class HelloNeeded extends Error {
  override readonly name = "HelloNeeded";
}

/** A request to the cloud hub below this node's prefix. */
export function askCloud<Request, Reply>(
  { cloud, context }: EdgeHub,
  contract: Contract<{ readonly node: string }, Request, Reply>,
  request: Draft<Request>,
): Promise<Reply> {
  const { node, requestTimeoutMs: timeoutMs } = context.config;
  return call(cloud.bus, contract, { node }, request, { timeoutMs });
}

/** A request to metamanager. */
export function askLog<Request, Reply>(
  { context }: EdgeHub,
  contract: Contract<Params, Request, Reply>,
  request: Draft<Request>,
): Promise<Reply> {
  return call(context.bus, contract, {}, request, { timeoutMs: context.config.requestTimeoutMs });
}

/** Turns the refusals that mean "start over" into HelloNeeded. */
export function rethrowAsHello(error: unknown): never {
  if (error instanceof HoldfastError && error.code === "stale_epoch") throw new HelloNeeded(error.message);
  throw error;
}
