import { type Epoch, IncarnationCodec, incarnation } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { writeDesired } from "./desired-writer.ts";
import { highestCounter, isForeign } from "./presence.ts";

/** Begins a new incarnation of the cloud; only after everything has been compared. Errors: those of `writeDesired`. */
export async function beginIncarnation(controller: Controller, reason: string): Promise<void> {
  const { context, desired, presence } = controller;
  const counter = Math.max(desired.incarnation?.counter ?? 0, highestCounter(presence)) + 1;
  // 0 would read like an absent field.
  const epoch: Epoch = { counter, random: context.random.u32() || 1 };
  const data = IncarnationCodec.encode({ epoch });
  const subject = incarnation.subject.build({});
  await writeDesired(controller, [{ subject, data, expectSeq: desired.incarnationSeq }]);
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
): Promise<string | undefined> {
  const { context, desired, desiredStream, resourcesStream, presence } = controller;
  if (!desired.incarnation) return "there was none";
  if (desired.source > resourcesStream.at) {
    const { lastSeq } = await context.streams.info("RESOURCES");
    if (desired.source > lastSeq)
      return `something was derived from ${desired.source}, but RESOURCES ends at ${lastSeq}`;
  }
  for (const node of suspects) {
    const contact = presence.contacts.get(node);
    if (!contact || !isForeign(contact, desired)) continue;
    // The hub may only have been quicker than this process; the leader knows.
    await desiredStream.current();
    if (isForeign(contact, desired)) return `node ${node} knows more than this cloud: it was restored or created anew`;
  }
  return undefined;
}
