import { type LogEntry, type NewEvent, newEvent } from "@holdfast/kernel";
import {
  type DesiredTaken,
  DesiredTakenCodec,
  desiredTaken,
  deviceOffline,
  deviceOnline,
  LinkPositionCodec,
  linkPosition,
  ResolutionCodec,
  TwinTargetCodec,
  twinDesired,
  twinProposed,
  twinRejected,
  twinReported,
  twinResult,
  twinStarted,
} from "@holdfast/proto";
import type { Fact, Recorded, TwinFact } from "./fact.ts";

/** Keys that twins are made of. */
export const prefixes: readonly string[] = [
  ...["device", "devicemodel", "twin", "resolution"].map((kind) => desiredTaken.key.prefix({ kind })),
  ...[twinReported, twinRejected, twinDesired].map(({ key }) => key.prefix()),
  ...[twinProposed.key.prefix(), twinStarted.key.prefix(), deviceOnline.key.prefix(), deviceOffline.key.prefix()],
  linkPosition.key.prefix(),
];

/** Keys of one device, or of one of its properties, that `twin.history` tells of. */
export function historyPrefixes(device: { readonly namespace?: string; readonly device?: string }): readonly string[] {
  const keys = [twinReported, twinRejected, twinDesired, twinProposed, twinStarted].map(({ key }) =>
    key.prefix(device),
  );
  // The device is the last part of these two: without it they are a prefix, with it the whole key.
  return [...keys, deviceOnline.key.prefix(device), deviceOffline.key.prefix(device)];
}

/** Keys of all that the twin of one device is made of, and perhaps those of devices whose names begin alike. */
export function devicePrefixes(place: { readonly namespace: string; readonly device: string }): readonly string[] {
  const { namespace, device } = place;
  const desiredOf = (kind: string, name: string) => desiredTaken.key.prefix({ kind, namespace, name });
  const models = desiredTaken.key.prefix({ kind: "devicemodel", namespace });
  return [...historyPrefixes(place), desiredOf("device", device), desiredOf("twin", `${device}.`), models];
}

export function recordedOf({ seq, event }: LogEntry): Recorded {
  return { seq, wallMs: event.stamp?.wallMs ?? 0, bootId: event.stamp?.bootId ?? "" };
}

/** What an event of the log says of twins; undefined = nothing. Errors: `invalid_message`. */
export function readFact({ event }: LogEntry): Fact | undefined {
  const { key, type, body } = event;
  const gone = event.ending === "removal";
  switch (type) {
    case desiredTaken.name:
      return readTaken(key, gone ? undefined : DesiredTakenCodec.decode(body));
    case twinReported.name: {
      const place = twinReported.key.parse(key);
      if (!place || gone) return place && { kind: "reported", place };
      return { kind: "reported", place, message: twinReported.message.decode(body), local: !event.up };
    }
    case twinRejected.name: {
      const place = twinRejected.key.parse(key);
      return place && { kind: "rejected", place, message: gone ? undefined : twinRejected.message.decode(body) };
    }
    case twinDesired.name: {
      const place = twinDesired.key.parse(key);
      return place && { kind: "desired", place, message: twinDesired.message.decode(body) };
    }
    case twinProposed.name: {
      const place = twinProposed.key.parse(key);
      return (
        place && {
          kind: "proposed",
          place,
          id: place.id,
          message: gone ? undefined : twinProposed.message.decode(body),
        }
      );
    }
    case twinStarted.name: {
      const place = twinStarted.key.parse(key);
      return (
        place && { kind: "started", place, id: place.id, message: gone ? undefined : twinStarted.message.decode(body) }
      );
    }
    case twinResult.name: {
      const place = twinResult.key.parse(key);
      return place && { kind: "result", place, id: place.id, message: twinResult.message.decode(body) };
    }
    case deviceOnline.name: {
      const device = deviceOnline.key.parse(key);
      return device && { kind: "online", ...device, reason: "", ...deviceOnline.message.decode(body) };
    }
    case deviceOffline.name: {
      const device = deviceOffline.key.parse(key);
      return device && { kind: "offline", ...device, ...deviceOffline.message.decode(body) };
    }
    case linkPosition.name:
      return { kind: "incarnation", epoch: gone ? undefined : LinkPositionCodec.decode(body).incarnation };
    default:
      return undefined;
  }
}

function readTaken(key: string, taken: DesiredTaken | undefined): Fact | undefined {
  const params = desiredTaken.key.parse(key);
  if (!params) return undefined;
  const { kind, namespace, name } = params;
  switch (kind) {
    case "device":
      return { kind: "device", namespace, name, json: text(taken) };
    case "devicemodel":
      return { kind: "model", namespace, name, json: text(taken) };
    case "resolution": {
      // One that the cloud no longer names says nothing: it will be decided again (docs/protocol.md 7, 8).
      const resolution = taken && !taken.withheld ? ResolutionCodec.decode(taken.content) : undefined;
      return { kind: "resolution", id: name, resolution };
    }
    case "twin":
      return readTarget(namespace, name, taken);
    default:
      return undefined;
  }
}

function readTarget(namespace: string, name: string, taken: DesiredTaken | undefined): Fact | undefined {
  // Names of devices may have dots, those of properties have none.
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return undefined;
  const place = { namespace, device: name.slice(0, dot), property: name.slice(dot + 1) };
  if (!taken) return { kind: "target", place };
  const { content, incarnation, withheld } = taken;
  return { kind: "target", place, taken: { target: TwinTargetCodec.decode(content), incarnation, withheld } };
}

function text(taken: DesiredTaken | undefined): string | undefined {
  return taken && Buffer.from(taken.content).toString("utf8");
}

/** The event that records a fact of this module. Errors: `invalid_token`. */
export function eventOf(node: string, fact: TwinFact): NewEvent {
  switch (fact.kind) {
    case "reported": {
      const cause = fact.message?.id ? { cause: fact.message.id } : {};
      const event = newEvent(twinReported, { node, ...fact.place }, fact.message, cause);
      return fact.local === true ? { ...event, up: false, digested: false } : event;
    }
    case "rejected":
      return newEvent(
        twinRejected,
        { node, ...fact.place },
        fact.message,
        fact.message ? { cause: fact.message.id } : {},
      );
    case "desired": {
      const { actor, id } = fact.message;
      return newEvent(twinDesired, { node, ...fact.place }, fact.message, { actor, cause: id });
    }
    case "proposed": {
      const { namespace, device } = fact.place;
      const by = { actor: fact.message?.actor ?? "", cause: fact.id };
      return newEvent(twinProposed, { node, namespace, device, id: fact.id }, fact.message, by);
    }
    case "started": {
      const by = { actor: fact.message?.actor ?? "", cause: fact.id };
      return newEvent(twinStarted, { node, ...fact.place, id: fact.id }, fact.message, by);
    }
    case "result": {
      // The last words of the call's key: what has ended is not kept in the base.
      const end = { cause: fact.id, ending: "removal" as const };
      return newEvent(twinResult, { node, ...fact.place, id: fact.id }, fact.message, end);
    }
    case "online": {
      const { namespace, device, atMs } = fact;
      return newEvent(deviceOnline, { node, namespace, device }, { atMs });
    }
    case "offline": {
      const { namespace, device, atMs, reason } = fact;
      return newEvent(deviceOffline, { node, namespace, device }, { atMs, reason });
    }
  }
}
