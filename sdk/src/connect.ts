import {
  type Bus,
  call,
  HoldfastError,
  type NatsOptions,
  openNats,
  randomId,
  systemClock,
  systemRandom,
  whyDisconnected,
} from "@holdfast/kernel";
import type { Contract, Draft, Params } from "@holdfast/proto";
import { type Identities, identitiesOver } from "./identities.ts";
import { type Nodes, nodesOver } from "./nodes.ts";
import { type Objects, objectsOver } from "./objects.ts";
import { type Pods, podsOver } from "./pods.ts";
import { type AskTwin, twinAsker } from "./twin-ask.ts";
import { type Twins, twinsOver } from "./twins.ts";

export interface ConnectOptions {
  /** The cloud's bus or a gateway's: tls://host:port or nats://host:port. Default nats://127.0.0.1:4222. */
  readonly url?: string;
  /** Shown in the server's list of connections; where nobody has credentials also, unverified, as who did something. */
  readonly name?: string;
  /** File with NATS credentials; read again at every attempt to connect. */
  readonly credsFile?: string | undefined;
  /** File with the certificate (PEM) of the authority that must have signed the server's. */
  readonly caFile?: string | undefined;
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
  readonly identities: Identities;
  readonly bus: Bus;
  close(): Promise<void>;
}

/** What the parts of the SDK share. */
export interface Client {
  readonly bus: Bus;
  ask<P extends Params, Req, Res>(
    contract: Contract<P, Req, Res>,
    params: P,
    request: Draft<Req>,
    timeoutMs?: number,
  ): Promise<Res>;
  readonly askTwin: AskTwin;
  newId(): string;
}

/**
 * Connects; waits for the bus at most `connectTimeoutMs`. Errors: `disconnected` when nobody answers there; at once
 * `unauthorized`, `credentials_expired`, `untrusted_server` and `config_invalid`, which no waiting mends.
 */
export async function connect(options: ConnectOptions = {}): Promise<Holdfast> {
  const { url = "nats://127.0.0.1:4222", name = "sdk", timeoutMs = 10_000, credsFile, caFile } = options;
  const to = { url, name, ...(credsFile ? { credsFile } : {}), ...(caFile ? { caFile } : {}) };
  const { bus } = openNats(to);
  await untilUp(bus, options.connectTimeoutMs ?? timeoutMs, to);
  return holdfastOver(bus, { name, timeoutMs });
}

/** The same over a bus that is there already; `close` drains it. */
export function holdfastOver(bus: Bus, { name, timeoutMs }: { name: string; timeoutMs: number }): Holdfast {
  const ask: Client["ask"] = (contract, params, request, limitMs = timeoutMs) =>
    call(bus, contract, params, request, { timeoutMs: limitMs, actor: name });
  const client: Client = {
    bus,
    ask,
    askTwin: twinAsker(ask),
    newId: () => randomId(systemRandom),
  };
  return {
    twins: twinsOver(client),
    objects: objectsOver(client),
    pods: podsOver(client),
    nodes: nodesOver(client),
    identities: identitiesOver(client),
    bus,
    close: () => bus.drain(),
  };
}

/** A connection that takes longer than this is asked why. */
const patienceMs = 300;

async function untilUp(bus: Bus, timeoutMs: number, to: NatsOptions): Promise<void> {
  const startMs = systemClock.monotonicMs();
  const leftMs = () => Math.max(0, startMs + timeoutMs - systemClock.monotonicMs());
  if (await cameUp(bus, Math.min(patienceMs, timeoutMs))) return;
  const reason = await Promise.race([whyDisconnected(to), cameUp(bus, leftMs()).then(() => undefined)]);
  const isHopeless = reason !== undefined && !reason.retryable;
  if (bus.status === "up" || (!isHopeless && (await cameUp(bus, leftMs())))) return;
  await bus.drain();
  throw reason ?? new HoldfastError("disconnected", `Nobody answers at ${to.url}; is Holdfast running there?`);
}

/** False when it is not there after this time. */
async function cameUp(bus: Bus, timeoutMs: number): Promise<boolean> {
  if (bus.status === "up") return true;
  return await new Promise<boolean>((resolve) => {
    const settle = (up: boolean) => {
      cancel();
      forget();
      resolve(up);
    };
    const forget = bus.onStatus((status) => status === "up" && settle(true));
    const cancel = systemClock.after(timeoutMs, () => settle(false));
  });
}
