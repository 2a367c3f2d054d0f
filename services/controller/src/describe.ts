import { parseKept, parseRfc3339 } from "@holdfast/kernel";
import {
  type DescribeReply,
  type DescribeRequest,
  deviceOffline,
  deviceOnline,
  type Happening,
  podChanged,
  ResourceCodec,
  resource,
  twinDesired,
  twinRejected,
  twinResult,
  twinStarted,
} from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { findObject } from "./find.ts";
import { textAt } from "./object-json.ts";
import { objectText, presentObject } from "./present.ts";
import type { ObjectEntry } from "./resources.ts";
import { finalSubject, readEvent, type StoredEvent, storedSubject } from "./stored-event.ts";

/** Things told of one object. */
const happeningsMax = 10;
/** How far back events are looked for. */
const lookBackMs = 24 * 60 * 60 * 1000;

/**
 * The object with its status, and the last things that happened to it, oldest first: who changed it, what its
 * node said. Errors: `not_found`, `invalid_argument`, `timeout`, `disconnected`.
 */
export async function describeObject(
  controller: Controller,
  place: ObjectPlace,
  { name, showSecrets }: DescribeRequest,
): Promise<DescribeReply> {
  const entry = await findObject(controller, place, name);
  const object = objectText(presentObject(controller, entry, showSecrets));
  const happenings = [...(await changesOf(controller, entry)), ...(await eventsOf(controller, entry))];
  happenings.sort((a, b) => a.atMs - b.atMs);
  return { object, events: happenings.slice(-happeningsMax) };
}

async function changesOf({ context }: Controller, entry: ObjectEntry): Promise<Happening[]> {
  const { noun: kind, namespace, name } = entry;
  const changes: Happening[] = [];
  const filters = [resource.subject.build({ kind, namespace, name })];
  for await (const { data, seq } of context.streams.read("RESOURCES", { filters, from: "first" })) {
    if (data.length === 0) continue;
    const { object, removed, actor, atMs } = ResourceCodec.decode(data);
    // An earlier object of this name is another one.
    if (textAt(parseKept(object), "metadata", "uid") !== uidOf(entry)) continue;
    changes.push({ atMs, actor, what: removed ? "Deleted" : "Applied", message: `resourceVersion ${seq}` });
  }
  return changes.slice(-happeningsMax);
}

async function eventsOf({ context }: Controller, entry: ObjectEntry): Promise<Happening[]> {
  const filters = filtersOf(entry).map(storedSubject);
  if (filters.length === 0) return [];
  const found: Happening[] = [];
  // What is told of a pod names its uid; what is told of a device does not.
  const created = entry.noun === "device" ? textAt(entry.object, "metadata", "creationTimestamp") : "";
  const createdMs = parseRfc3339(created) ?? 0;
  const sinceMs = Math.max(0, createdMs, context.clock.wallMs() - lookBackMs);
  for await (const message of context.streams.read("EVENTS", { filters, from: { sinceMs } })) {
    const event = finalSubject(message.subject) === undefined ? undefined : readEvent(message);
    if (!event || isOfAnother(event, uidOf(entry))) continue;
    found.push(happening(event));
    if (found.length > happeningsMax) found.shift();
  }
  return found;
}

const uidOf = ({ object }: ObjectEntry): string => textAt(object, "metadata", "uid");

/** Of an earlier pod of this name, which may still have been ending when this one was made. */
function isOfAnother({ type, removal, body }: StoredEvent, uid: string): boolean {
  if (type !== podChanged.name || (removal && body.length === 0)) return false;
  try {
    return podChanged.message.decode(body).uid !== uid;
  } catch {
    return false;
  }
}

function filtersOf({ noun, namespace, name }: ObjectEntry): string[] {
  if (noun === "pod") return [podChanged.subject.filter({ namespace, name })];
  if (noun !== "device") return [];
  const device = { namespace, device: name };
  return [deviceOnline, deviceOffline, twinRejected, twinDesired, twinStarted, twinResult].map(({ subject }) =>
    subject.filter(device),
  );
}

function happening(event: StoredEvent): Happening {
  const { atMs, node } = event;
  const actor = event.actor || `node:${node}`;
  // The result of a call is the end of its key, and has its say.
  const isGone = event.removal && event.type !== twinResult.name;
  const what = isGone ? "Removed" : event.type;
  try {
    return { atMs, actor, what, message: "", ...(isGone ? {} : wordsOf(event)) };
  } catch {
    return { atMs, actor, what, message: "the event could not be read" };
  }
}

function wordsOf({ type, subject, body }: StoredEvent): Partial<Happening> {
  switch (type) {
    case podChanged.name: {
      const { message, reason } = podChanged.message.decode(body);
      const what = podChanged.subject.parse(subject)?.what ?? type;
      return { what, message: [reason, message].filter((part) => part !== "").join(": ") };
    }
    case twinRejected.name: {
      const { reason, message } = twinRejected.message.decode(body);
      const property = twinRejected.subject.parse(subject)?.property ?? "";
      return { what: "Rejected", message: `${property}: ${reason}: ${message}` };
    }
    case twinDesired.name: {
      const { origin } = twinDesired.message.decode(body);
      const property = twinDesired.subject.parse(subject)?.property ?? "";
      return { what: "Desired", message: `${property}: in effect on the gateway (set at the ${origin})` };
    }
    case twinStarted.name:
      return { what: "Started", message: twinStarted.message.decode(body).method };
    case twinResult.name: {
      const { method, outcome, reason, message } = twinResult.message.decode(body);
      return { what: "Result", message: [`${method}: ${outcome}`, reason, message].filter(Boolean).join(": ") };
    }
    case deviceOnline.name:
      return { what: "Online" };
    case deviceOffline.name:
      return { what: "Offline", message: deviceOffline.message.decode(body).reason };
    default:
      return {};
  }
}
