import { answerBytesMax } from "@holdfast/kernel";
import { HoldfastError, type WatchEvent, type WatchReply, type WatchRequest } from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { deviceReport } from "./device-status.ts";
import { kindOf } from "./kinds.ts";
import { entriesOf } from "./list.ts";
import { podReport } from "./pod-status.ts";
import { objectText, presentObject } from "./present.ts";
import type { ObjectEntry } from "./resources.ts";
import { parseSelector } from "./selector.ts";
import { parsePosition, positionNow, printPosition, type WatchPosition } from "./watch-position.ts";

/** Longest wait of one request; the client asks again. */
const waitMaxMs = 60_000;

/**
 * The objects that changed after a position, each as it is now: several changes of one object are one event. ""
 * = everything that is there, then as before. Errors: `invalid_argument`, `expired` (the position is ahead of a
 * cloud that was restored: list again).
 */
export async function watchObjects(
  controller: Controller,
  { namespace, noun }: ObjectPlace,
  { position, waitMs, labelSelector, showSecrets }: WatchRequest,
): Promise<WatchReply> {
  const kind = kindOf(noun);
  const isSelected = parseSelector(labelSelector);
  const since = position === "" ? { resources: 0, events: 0, presence: 0 } : parsePosition(position);
  const { clock, stopping } = controller.context;
  const untilMs = clock.monotonicMs() + Math.min(waitMs, waitMaxMs);
  await checkReached(controller, since);
  for (;;) {
    const now = positionNow(controller);
    const changed = [...entriesOf(controller, kind, namespace)].filter(
      (entry) => isSelected(entry) && isNewer(controller, entry, since),
    );
    const leftMs = untilMs - clock.monotonicMs();
    if (changed.length > 0 || position === "" || leftMs <= 0 || stopping.aborted) {
      return page(controller, changed, since, now, showSecrets);
    }
    await controller.changed.next(clock, leftMs);
  }
}

/** Another controller may have been quicker than this one; a position beyond the stream is of another life. */
async function checkReached({ resourcesStream }: Controller, since: WatchPosition): Promise<void> {
  if (since.resources <= resourcesStream.at) return;
  await resourcesStream.current();
  if (since.resources <= resourcesStream.at) return;
  throw new HoldfastError(
    "expired",
    "The position is ahead of the cloud, which was restored; list again and watch from there.",
  );
}

function isNewer(controller: Controller, entry: ObjectEntry, since: WatchPosition): boolean {
  if (entry.seq > since.resources) return !(entry.removed && since.resources === 0);
  const isNode = entry.noun === "node";
  return !entry.removed && statusSeq(controller, entry) > (isNode ? since.presence : since.events);
}

/** Where the status changed last: in PRESENCE for nodes, in EVENTS for the others. */
function statusSeq(controller: Controller, entry: ObjectEntry): number {
  switch (entry.noun) {
    case "pod":
      return podReport(controller, entry)?.seq ?? 0;
    case "device":
      return deviceReport(controller, entry)?.connectivitySeq ?? 0;
    case "node":
      return controller.presence.known.get(entry.name)?.seq ?? 0;
    default:
      return 0;
  }
}

/**
 * As many as fit into one answer: first what was declared, in order, then what only has a newer status, in order.
 * The position says where the next answer goes on.
 */
function page(
  controller: Controller,
  changed: readonly ObjectEntry[],
  since: WatchPosition,
  now: WatchPosition,
  showSecrets: boolean,
): WatchReply {
  const declared = changed.filter(({ seq }) => seq > since.resources).sort((a, b) => a.seq - b.seq);
  const told = changed
    .filter(({ seq }) => seq <= since.resources)
    .map((entry) => ({ entry, at: statusSeq(controller, entry) }));
  told.sort((a, b) => a.at - b.at);
  const steps = [
    ...declared.map((entry) => ({ entry, after: { ...since, resources: entry.seq } })),
    ...told.map(({ entry, at }) => ({
      entry,
      after: { ...now, ...(entry.noun === "node" ? { presence: at } : { events: at }) },
    })),
  ];
  const events: WatchEvent[] = [];
  let bytes = 0;
  let position = since;
  for (const { entry, after } of steps) {
    const object = objectText(presentObject(controller, entry, showSecrets));
    bytes += Buffer.byteLength(object);
    if (events.length > 0 && bytes > answerBytesMax) return { events, position: printPosition(position) };
    events.push({ type: typeOf(entry, since), object });
    position = after;
  }
  return { events, position: printPosition(now) };
}

function typeOf({ removed, createdSeq }: ObjectEntry, since: WatchPosition): string {
  if (removed) return "DELETED";
  return createdSeq > since.resources ? "ADDED" : "MODIFIED";
}
