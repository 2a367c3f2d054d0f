import { type AppendMessage, hasCode } from "@holdfast/kernel";
import { type DeleteReply, type DeleteRequest, HoldfastError } from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import { type Controller, writeResources } from "./controller.ts";
import { versionConflict } from "./decide-apply.ts";
import { findObject } from "./find.ts";
import { kindOf } from "./kinds.ts";
import { objectText, presentObject } from "./present.ts";
import { objectMessage, twinMessage } from "./records.ts";
import { keyOf, type ObjectEntry } from "./resources.ts";

const triesMax = 8;

/**
 * Writes the tombstone of an object; a device takes its desired values along in the same atomic batch
 * (docs/protocol.md 6). Errors: `not_found`, `conflict`, `invalid_argument`, `busy`, those of `append`.
 */
export async function deleteObject(
  controller: Controller,
  place: ObjectPlace,
  { name, resourceVersion, dryRun }: DeleteRequest,
  actor: string,
): Promise<DeleteReply> {
  const kind = kindOf(place.noun);
  for (let tries = 1; ; tries += 1) {
    const entry = await findObject(controller, place, name);
    if (resourceVersion !== "" && resourceVersion !== String(entry.seq)) {
      throw versionConflict(kind, name, resourceVersion, entry);
    }
    const object = objectText(presentObject(controller, entry));
    if (dryRun) return { object };
    try {
      await writeResources(controller, tombstones(controller, entry, actor));
      return { object };
    } catch (error) {
      if (!hasCode(error, "conflict")) throw error;
      if (tries === triesMax)
        throw new HoldfastError("busy", `${kind.kind} "${name}" changes all the time; try again.`);
    }
  }
}

function tombstones({ resources, context }: Controller, entry: ObjectEntry, actor: string): AppendMessage[] {
  const { noun, namespace, name, object, applied } = entry;
  const atMs = context.clock.wallMs();
  const messages = [objectMessage(resources, entry, { object, applied, removed: true, actor, atMs })];
  if (noun !== "device") return messages;
  for (const twin of resources.twins.get(keyOf(namespace, name))?.values() ?? []) {
    if (!twin.removed) messages.push(twinMessage(resources, twin, twin.target, true));
  }
  return messages;
}
