import { type Bus, call, HoldfastError, openNats, randomId, systemClock, systemRandom } from "@holdfast/kernel";
import type { Contract, Draft, Params } from "@holdfast/proto";
import { type Nodes, nodesOver } from "./nodes.ts";
import { type Objects, objectsOver } from "./objects.ts";
import { type Pods, podsOver } from "./pods.ts";
import { type Twins, twinsOver } from "./twins.ts";

export interface ConnectOptions {
  /** The cloud's bus or a gateway's: nats://host:port. Default nats://127.0.0.1:4222. */
  readonly url?: string;
  /** Shown in the server's list of connections, and as the actor of what this program sets. */
  readonly name?: string;
  /** File with NATS credentials. */
  readonly credsFile?: string;
  /** How long one request may take. Default 10 000 ms. */
  readonly timeoutMs?: number;
  /** How long the first connection may take. Default `timeoutMs`. */
  readonly connectTimeoutMs?: number;
}

/** A connection to Holdfast: the same on the cloud's bus and on a gateway's, which works without the cloud. */
export interface Holdfast {
  readonly twins: Twins;
  readonly objects: Objects;
  readonly pods: Pods;
  readonly nodes: Nodes;
  readonly bus: Bus;
  close(): Promise<void>;
}

/** What the parts of the SDK share. */
export interface Client {
  readonly bus: Bus;
  readonly actor: string;
  ask<P extends Params, Req, Res>(
    contract: Contract<P, Req, Res>,
    params: P,
    request: Draft<Req>,
    timeoutMs?: number,
  ): Promise<Res>;
  newId(): string;
}

/** Connects; waits for the bus at most `connectTimeoutMs`. Error: `disconnected` when nobody answers there. */
export async function connect(options: ConnectOptions = {}): Promise<Holdfast> {
  const { url = "nats://127.0.0.1:4222", name = "sdk", timeoutMs = 10_000, credsFile } = options;
  const { bus } = openNats({ url, name, ...(credsFile ? { credsFile } : {}) });
  await untilUp(bus, options.connectTimeoutMs ?? timeoutMs, url);
  return holdfastOver(bus, { name, timeoutMs });
}

/** The same over a bus that is there already; `close` drains it. */
export function holdfastOver(bus: Bus, { name, timeoutMs }: { name: string; timeoutMs: number }): Holdfast {
  const client: Client = {
    bus,
    actor: name,
    ask: (contract, params, request, limitMs = timeoutMs) =>
      call(bus, contract, params, request, { timeoutMs: limitMs, actor: name }),
    newId: () => randomId(systemRandom),
  };
  return {
    twins: twinsOver(client),
    objects: objectsOver(client),
    pods: podsOver(client),
    nodes: nodesOver(client),
    bus,
    close: () => bus.drain(),
  };
}

async function untilUp(bus: Bus, timeoutMs: number, url: string): Promise<void> {
  if (bus.status === "up") return;
  const came = await new Promise<boolean>((resolve) => {
    const settle = (up: boolean) => {
      cancel();
      forget();
      resolve(up);
    };
    const forget = bus.onStatus((status) => status === "up" && settle(true));
    const cancel = systemClock.after(timeoutMs, () => settle(false));
  });
  if (came) return;
  await bus.drain();
  throw new HoldfastError("disconnected", `Nobody answers at ${url}; is Holdfast running there?`);
}
