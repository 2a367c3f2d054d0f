import {
  asHoldfastError,
  type Bus,
  type Connection,
  type Context,
  call,
  fraction,
  fullJitterMs,
  HoldfastError,
  sleep,
  withDeadline,
} from "@holdfast/kernel";
import { type Claims, decodeJwt, formatCreds, parseCreds } from "@holdfast/kernel/trust";
import { type NodeCredentialsGrant, nodeRenew } from "@holdfast/proto";
import { cloudConnection } from "./cloud-connection.ts";
import type { EdgeHubConfig } from "./config.ts";

/** Renewed between these shares of their life: a thousand gateways that joined at once do not renew at once. */
const dueShareMin = 0.6;
const dueShareMax = 2 / 3;
/** A renewal that failed is tried again within this time, more and more seldom. */
const retryMaxMs = 15 * 60_000;
/** Of an expired node that waits for its cloud to come back. */
const offlineRetryMaxMs = 60_000;

export interface Credentials {
  /** What was asked already may still be written: it is the same key's, and it is all or nothing. */
  stop(): void;
}

interface Seen {
  readonly claims: Pick<Claims, "issuedAtSec" | "expiresAtSec">;
  readonly nowMs: number;
  /** Since this process has renewed them, by the monotonic clock; undefined = it has not. */
  readonly renewedAgoMs: number | undefined;
  readonly isLinked: boolean;
  /** How long there has been no link. */
  readonly downMs: number;
  readonly credsDownMs: number;
  readonly dueShare: number;
}

/**
 * Whether, and over which connection, to renew. The gateway's clock may be wrong: credentials from its future are
 * renewed, for their age is not known, and after a long time without a link the other credentials are tried, for the
 * cloud may count differently.
 */
export function renewalStep(seen: Seen): "wait" | "over-link" | "with-renewal" {
  const { claims, nowMs, renewedAgoMs, isLinked, downMs, credsDownMs, dueShare } = seen;
  if (claims.expiresAtSec === undefined) return "wait";
  const lifeMs = (claims.expiresAtSec - claims.issuedAtSec) * 1000;
  const ageMs = renewedAgoMs ?? nowMs - claims.issuedAtSec * 1000;
  if (isLinked) return ageMs < 0 || ageMs >= lifeMs * dueShare ? "over-link" : "wait";
  return ageMs >= lifeMs || nowMs >= claims.expiresAtSec * 1000 || downMs >= credsDownMs ? "with-renewal" : "wait";
}

interface Keeper {
  readonly context: Context<EdgeHubConfig>;
  readonly cloud: Connection;
  readonly dueShare: number;
  renewedMs: number | undefined;
  downSinceMs: number;
}

/** Renews the node's credentials well before their end, and after it, until it is stopped (docs/protocol.md 12). */
export function keepCredentials(context: Context<EdgeHubConfig>, cloud: Connection): Credentials {
  const ended = new AbortController();
  const { config, clock, random } = context;
  if (config.cloudCreds === "") return { stop: () => {} };
  const dueShare = dueShareMin + fraction(random) * (dueShareMax - dueShareMin);
  const keeper: Keeper = { context, cloud, dueShare, renewedMs: undefined, downSinceMs: clock.monotonicMs() };
  const forget = cloud.bus.onStatus((status) => {
    if (status === "down") keeper.downSinceMs = clock.monotonicMs();
  });
  void keep(keeper, ended.signal);
  return {
    stop() {
      ended.abort();
      forget();
    },
  };
}

async function keep(keeper: Keeper, ended: AbortSignal): Promise<void> {
  const { config, clock, random, logger, stats } = keeper.context;
  let failures = 0;
  let pauseMs = config.credsCheckMs;
  for (;;) {
    await sleep(clock, pauseMs, ended);
    if (ended.aborted) return;
    pauseMs = config.credsCheckMs;
    try {
      await look(keeper, ended);
      failures = 0;
    } catch (error) {
      if (ended.aborted) return;
      failures += 1;
      stats.count("renewals_failed");
      const isOffline = keeper.cloud.bus.status === "down";
      const maxMs = isOffline ? offlineRetryMaxMs : retryMaxMs;
      pauseMs += fullJitterMs(random, failures, config.credsCheckMs, maxMs);
      const { code, message } = asHoldfastError(error);
      if (failures === 1 || !isOffline) logger.warn({ code, reason: message }, "credentials not renewed");
    }
  }
}

async function look(keeper: Keeper, ended: AbortSignal): Promise<void> {
  const { context, cloud, dueShare, renewedMs, downSinceMs } = keeper;
  const { config, clock, stats } = context;
  const { jwt, seed } = await readCreds(context, config.cloudCreds);
  const claims = decodeJwt(jwt);
  const nowMs = clock.wallMs();
  if (claims.expiresAtSec) stats.gauge("credentials_left_s", Math.floor(claims.expiresAtSec - nowMs / 1000));
  const monotonicMs = clock.monotonicMs();
  const renewedAgoMs = renewedMs === undefined ? undefined : monotonicMs - renewedMs;
  const isLinked = cloud.bus.status === "up";
  const downMs = isLinked ? 0 : monotonicMs - downSinceMs;
  const { credsDownMs } = config;
  const step = renewalStep({ claims, nowMs, renewedAgoMs, isLinked, downMs, credsDownMs, dueShare });
  if (step === "wait" || (step === "with-renewal" && config.renewalCreds === "")) return;
  const grant = step === "over-link" ? await ask(context, cloud.bus) : await askWithRenewal(context, ended);
  refuseForeign(decodeJwt(grant.jwt), claims);
  // First the one that counts longer: whatever happens in between, there is one to go on with.
  if (config.renewalCreds !== "")
    await context.secretFile(config.renewalCreds).replace(formatCreds(grant.renewalJwt, seed));
  await context.secretFile(config.cloudCreds).replace(formatCreds(grant.jwt, seed));
  keeper.renewedMs = clock.monotonicMs();
  keeper.downSinceMs = keeper.renewedMs;
  stats.count("renewals");
  context.logger.info({ expires: decodeJwt(grant.jwt).expiresAtSec }, "credentials renewed");
}

async function readCreds({ secretFile }: Context<unknown>, path: string) {
  const text = await secretFile(path).read();
  if (text !== undefined) return parseCreds(text);
  throw new HoldfastError("config_invalid", `The node's credentials are not in ${path} any more: let it join again.`);
}

/** What does not fit the key that is here would lock the node out. */
function refuseForeign(granted: Claims, own: Claims): void {
  if (granted.subject === own.subject) return;
  throw new HoldfastError("internal", "The cloud renewed the credentials of another key; they are not used.");
}

function ask({ config, machineId }: Context<EdgeHubConfig>, bus: Bus): Promise<NodeCredentialsGrant> {
  const { node, requestTimeoutMs: timeoutMs } = config;
  return call(bus, nodeRenew, { node }, { machineId }, { timeoutMs });
}

/** A connection of its own, for this question alone. */
async function askWithRenewal(context: Context<EdgeHubConfig>, ended: AbortSignal): Promise<NodeCredentialsGrant> {
  const { config, clock } = context;
  const { bus } = await context.connect(cloudConnection(config, `renewal of ${config.node}`, config.renewalCreds));
  try {
    await withDeadline(clock, config.requestTimeoutMs, "Connecting to renew the credentials", isUp(bus, ended));
    return await ask(context, bus);
  } finally {
    await bus.drain();
  }
}

function isUp(bus: Bus, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (status: Bus["status"]) => {
      if (status !== "up") return;
      forget();
      resolve();
    };
    const forget = bus.onStatus(settle);
    ended.addEventListener("abort", () => reject(new HoldfastError("unavailable", "The hub stops.")), { once: true });
    settle(bus.status);
  });
}
