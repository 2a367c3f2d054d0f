import { hasCode, type Message } from "@holdfast/kernel";
import {
  type DeviceOffline,
  type DeviceOnline,
  deviceOffline,
  deviceOnline,
  type TwinDesired,
  type TwinRejected,
  type TwinReported,
  type TwinResult,
  type TwinStarted,
  twinDesired,
  twinRejected,
  twinReported,
  twinResult,
  twinStarted,
  type Value,
} from "@holdfast/proto";

interface Place {
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  /** Opaque; give it back to `watch` to go on from here. Empty when the event carried none. */
  readonly position: string;
  /** Wall time of the gateway, ms since 1970. */
  readonly atMs: number;
  readonly actor: string;
}

/** Something happened to a twin. `removed`: the property is gone; of a call, nobody will say what came of it. */
export type TwinEvent = Place &
  (
    | { readonly type: "reported"; readonly property: string; readonly removed: boolean; readonly body: TwinReported }
    | { readonly type: "desired"; readonly property: string; readonly removed: boolean; readonly body: TwinDesired }
    | { readonly type: "rejected"; readonly property: string; readonly removed: boolean; readonly body: TwinRejected }
    | { readonly type: "started"; readonly id: string; readonly removed: boolean; readonly body: TwinStarted }
    | { readonly type: "result"; readonly id: string; readonly body: TwinResult }
    | { readonly type: "online"; readonly body: DeviceOnline }
    | { readonly type: "offline"; readonly body: DeviceOffline }
  );

/** Some events between `after` and the next one are no longer to be had. */
export interface TwinGap {
  readonly type: "gap";
  readonly after: string;
}

const propertyEvents = [
  ["reported", twinReported],
  ["desired", twinDesired],
  ["rejected", twinRejected],
] as const;

/** A published event as its type; undefined for kinds and bytes that this version does not know. */
export function parseTwinEvent(
  message: Pick<Message, "subject" | "data">,
  where: Omit<Place, "node" | "namespace" | "device">,
  removed: boolean,
): TwinEvent | undefined {
  try {
    return parseKnown(message, where, removed);
  } catch (error) {
    if (hasCode(error, "invalid_message")) return undefined;
    throw error;
  }
}

function parseKnown(
  message: Pick<Message, "subject" | "data">,
  where: Omit<Place, "node" | "namespace" | "device">,
  removed: boolean,
): TwinEvent | undefined {
  for (const [type, contract] of propertyEvents) {
    const params = contract.subject.parse(message.subject);
    if (!params) continue;
    const body = contract.message.decode(message.data);
    return { type, ...params, ...where, removed, body } as TwinEvent;
  }
  const started = twinStarted.subject.parse(message.subject);
  if (started)
    return { type: "started", ...started, ...where, removed, body: twinStarted.message.decode(message.data) };
  const result = twinResult.subject.parse(message.subject);
  if (result) return { type: "result", ...result, ...where, body: twinResult.message.decode(message.data) };
  const online = deviceOnline.subject.parse(message.subject);
  if (online) return { type: "online", ...online, ...where, body: deviceOnline.message.decode(message.data) };
  const offline = deviceOffline.subject.parse(message.subject);
  if (offline) return { type: "offline", ...offline, ...where, body: deviceOffline.message.decode(message.data) };
  return undefined;
}

/** A value as JavaScript has it: int64 and uint64 as bigint. */
export function plain(value: Value | undefined): boolean | bigint | number | string | Uint8Array | undefined {
  if (value === undefined) return undefined;
  switch (value.kind) {
    case "bool":
      return value.bool;
    case "int64":
      return value.int64;
    case "uint64":
      return value.uint64;
    case "double":
      return value.double;
    case "string":
      return value.string;
    case "bytes":
      return value.bytes;
  }
}
