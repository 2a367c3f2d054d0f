import { type Epoch, IncarnationCodec, incarnation } from "@holdfast/proto";
import type { ControllerConfig } from "./config.ts";
import type { Controller } from "./controller.ts";
import { writeDesired } from "./desired-writer.ts";
import { type Claims, highestCounter, isForeign } from "./presence.ts";

/**
 * A cloud that was created anew learns from its nodes how far it had come. None of them can bring it to the end of the
 * counters at once: it follows in steps of this many.
 */
const counterStepMax = 10_000;
const counterMax = 2 ** 32 - 1;

/** Why a new incarnation must begin. */
export interface Reason {
  readonly words: string;
  /** Nobody but this node says so. */
  readonly node?: string;
}

/** Begins a new incarnation of the cloud; only after everything has been compared. Errors: those of `writeDesired`. */
export async function beginIncarnation(controller: Controller, { words: reason, node }: Reason): Promise<void> {
  const { context, desired, presence } = controller;
  const own = desired.incarnation?.counter ?? 0;
  const counter = Math.min(Math.max(own, highestCounter(presence)), own + counterStepMax, counterMax - 1) + 1;
  // 0 would read like an absent field.
  const epoch: Epoch = { counter, random: context.random.u32() || 1 };
  const data = IncarnationCodec.encode({ epoch });
  const subject = incarnation.subject.build({});
  await writeDesired(controller, [{ subject, data, expectSeq: desired.incarnationSeq }]);
  if (node !== undefined) noteClaim(controller, node);
  context.stats.count("incarnations");
  context.logger.warn({ counter, reason }, "a new incarnation of the cloud begins");
}

/**
 * Why the cloud needs a new incarnation: there is none, or it was restored or created anew (docs/protocol.md 1).
 * Undefined = it does not. Errors: `timeout`, `disconnected`.
 */
export async function reasonForIncarnation(
  controller: Controller,
  suspects: Iterable<string>,
): Promise<Reason | undefined> {
  const { context, desired, desiredStream, resourcesStream, presence } = controller;
  if (!desired.incarnation) return { words: "there was none" };
  if (desired.source > resourcesStream.at) {
    const { lastSeq } = await context.streams.info("RESOURCES");
    if (desired.source > lastSeq)
      return { words: `something was derived from ${desired.source}, but RESOURCES ends at ${lastSeq}` };
  }
  for (const node of suspects) {
    const contact = presence.contacts.get(node);
    if (!contact || !isForeign(contact, desired) || !isBelieved(controller, node)) continue;
    // The hub may only have been quicker than this process; the leader knows.
    await desiredStream.current();
    if (isForeign(contact, desired))
      return { words: `node ${node} knows more than this cloud: it was restored or created anew`, node };
  }
  return undefined;
}

/** Each incarnation costs every node a full sync: one whose word began some lately has to wait (docs/protocol.md 1). */
function isBelieved({ context, presence }: Controller, node: string): boolean {
  const { clock, config, stats, logger } = context;
  const known = presence.claims.get(node);
  if (!known || recent(known, clock.monotonicMs(), config).length < config.foreignClaimsMax) return true;
  stats.count("claims_ignored");
  if (!known.told) logger.error({ node }, "a node claims again to know more than this cloud; it is not believed");
  known.told = true;
  return false;
}

function noteClaim({ context, presence }: Controller, node: string): void {
  const nowMs = context.clock.monotonicMs();
  const before = presence.claims.get(node) ?? { believedMs: [] };
  presence.claims.set(node, { believedMs: [...recent(before, nowMs, context.config), nowMs], told: false });
}

function recent({ believedMs }: Pick<Claims, "believedMs">, nowMs: number, { foreignClaimsMs }: ControllerConfig) {
  return believedMs.filter((atMs) => nowMs - atMs < foreignClaimsMs);
}
