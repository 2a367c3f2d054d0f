import { type Bus, type Context, every, HoldfastError, sleep, withDeadline } from "@holdfast/kernel";
import { decodeJwt, revocationsIn } from "@holdfast/kernel/trust";
import { type Revocation, revocation } from "@holdfast/proto";
import type { Account, Authority } from "./authority.ts";
import type { RegistrarConfig } from "./config.ts";
import { type Listed, listRecords } from "./registry.ts";

/** What the server knows of revocations, kept equal to what is recorded. */
export interface Claims {
  /** Resolves when the server knows everything that was recorded before the call. Error: `unavailable`. */
  current(): Promise<void>;
  stop(): void;
}

type Revoked = Listed<{ readonly key: string }, Revocation>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Compares now and then, and whenever asked: a push that was lost, overtaken by another registrar's, or undone by a
 * server that was restored is made again. `system` is a connection of the system account.
 */
export function keepClaims(context: Context<RegistrarConfig>, authority: Authority, system: Bus): Claims {
  const { clock, config, logger, stats } = context;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  /** One comparison after the other: an older one must not overtake. */
  const compare = (): Promise<void> => {
    if (!running) {
      running = compareOnce(context, authority, system).finally(() => {
        running = undefined;
      });
      return running;
    }
    queued ??= running
      .catch(() => {})
      .then(() => {
        queued = undefined;
        return compare();
      });
    return queued;
  };
  const look = async () => {
    try {
      await compare();
      stats.gauge("claims_current", 1);
    } catch (error) {
      if (context.stopping.aborted) return;
      stats.gauge("claims_current", 0);
      logger.warn({ reason: String(error) }, "the server's revocations could not be compared");
    }
  };
  const stop = every(clock, config.claimsMs, look);
  const forget = system.onStatus((status) => status === "up" && void look());
  if (system.status === "up") void look();
  return {
    async current() {
      const told = untilTold(context, compare);
      try {
        await withDeadline(clock, config.claimsTimeoutMs, "Telling the server", told.done);
      } catch (cause) {
        const sentence =
          "It is recorded, but the server cannot be told at the moment; it will be, as soon as it answers";
        throw new HoldfastError("unavailable", `${sentence}. Until then the old credentials may still count.`, {
          cause,
        });
      } finally {
        told.stop();
      }
    },
    stop() {
      stop();
      forget();
    },
  };
}

const retryMs = 200;

function untilTold(context: Context<unknown>, compare: () => Promise<void>) {
  const over = new AbortController();
  const attempt = async () => {
    for (;;) {
      try {
        return await compare();
      } catch (error) {
        if (over.signal.aborted || context.stopping.aborted) throw error;
        await sleep(context.clock, retryMs, over.signal);
      }
    }
  };
  const done = attempt();
  done.catch(() => {});
  return { done, stop: () => over.abort() };
}

/** Another registrar's push of the same moment may stand in for this one's: then look and push again. */
const pushesMax = 3;

async function compareOnce(context: Context<RegistrarConfig>, authority: Authority, system: Bus): Promise<void> {
  for (const account of authority.accounts) await compareAccount(context, account, system);
}

async function compareAccount(context: Context<RegistrarConfig>, account: Account, system: Bus): Promise<void> {
  const { clock, streams, config, logger, stats } = context;
  const timeoutMs = config.claimsTimeoutMs;
  for (let pushes = 0; pushes <= pushesMax; pushes += 1) {
    // What the server holds is asked after what is recorded: whoever overwrote a push is seen.
    const recorded = await listRecords(streams, revocation);
    const answer = await system.request(lookupSubject(account.publicKey), new Uint8Array(), { timeoutMs });
    const claims = decodeJwt(decoder.decode(answer.data));
    const concerned = recorded.filter(({ value }) => concerns(account, value));
    const wanted = wantedRevocations(revocationsIn(claims), concerned, clock.wallMs());
    if (!wanted) return;
    // The server keeps the newer one of two; of two within one second it could keep either.
    const issuedAtSec = Math.max(Math.floor(clock.wallMs() / 1000), claims.issuedAtSec + 1);
    const jwt = account.jwt(wanted, issuedAtSec);
    const pushed = await system.request(updateSubject, encoder.encode(jwt), { timeoutMs });
    refuseFailure(decoder.decode(pushed.data));
    stats.count("claims_pushed");
    logger.info({ revoked: wanted.size }, "the server was told who is revoked");
  }
  throw new HoldfastError("unavailable", "The server keeps taking other lists of revocations.");
}

/**
 * A new token of the modules' account makes the server forget who waits for which answer of theirs: it gets none for
 * those who never had a token of it.
 */
function concerns({ isOfUsers }: Account, { identity, inUsersAccount }: Revocation): boolean {
  return isOfUsers ? identity.startsWith("user:") : !inUsersAccount;
}

/**
 * What the server should refuse; undefined when it does so already. Revocations of which there is no record stay:
 * an operator may have made them by other means, or the registry is older than the server.
 */
export function wantedRevocations(
  known: ReadonlyMap<string, number>,
  recorded: readonly Revoked[],
  nowMs: number,
): Map<string, number> | undefined {
  const wanted = new Map(known);
  for (const { params, value } of recorded) {
    // Credentials that have ended by themselves need no place in the list.
    if (value.untilMs <= nowMs) wanted.delete(params.key);
    else wanted.set(params.key, Math.max(known.get(params.key) ?? 0, Math.ceil(value.atMs / 1000)));
  }
  const isSame = wanted.size === known.size && [...wanted].every(([key, atSec]) => known.get(key) === atSec);
  return isSame ? undefined : wanted;
}

/** Subjects of nats-server's system account. */
const updateSubject = "$SYS.REQ.CLAIMS.UPDATE";

function lookupSubject(publicKey: string): string {
  return `$SYS.REQ.ACCOUNT.${publicKey}.CLAIMS.LOOKUP`;
}

/** `{"data": {"code": 200, …}}` or `{"error": {"code", "description"}}` */
function refuseFailure(text: string): void {
  const answer: unknown = JSON.parse(text);
  if (typeof answer === "object" && answer !== null && !("error" in answer && answer.error)) return;
  throw new HoldfastError("unavailable", `The server refused the new list of revocations: ${text.slice(0, 500)}`);
}
