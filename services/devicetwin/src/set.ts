import { checkTwinSet, convertValue, type DeviceProperty } from "@holdfast/kernel";
import {
  type Epoch,
  HoldfastError,
  type TwinSetReply,
  type TwinSetRequest,
  type Value,
  ValueCodec,
} from "@holdfast/proto";
import { bindingOf, uidOf } from "./binding.ts";
import { announcement, cloudDesired, type Desired, effectiveDesired, proposalRevision } from "./desired.ts";
import type { Place, TwinFact } from "./fact.ts";
import { sizeOf } from "./report.ts";
import { type DeviceState, emptyProperty, findDevice, type PropertyState, type TwinState } from "./state.ts";

/** Names and values, desired and reported, of one twin; sets beyond are refused. */
export const twinBytesMax = 65_536;
/** Unresolved sets on one property; more are refused until the cloud has decided some. */
export const proposalsPerPropertyMax = 256;

export interface SetDecision {
  readonly facts: readonly TwinFact[];
  readonly reply: TwinSetReply;
}

/** What `decideSet` needs of the world. */
export interface SetCircumstances {
  /** For a command that brought none. */
  readonly freshId: string;
  readonly atMs: number;
  /** The place of this set among those of the gateway. */
  readonly order: number;
  /** The log is over its soft limit. */
  readonly pressed: boolean;
}

/**
 * A set on the gateway becomes a proposal that is in force at once, or a refusal (docs/protocol.md 8). Errors:
 * `invalid_argument`, `not_here`, `not_found`, `unavailable`, `read_only`, `wrong_type`, `out_of_range`,
 * `too_large`, `conflict`, `busy`.
 */
export function decideSet(
  state: TwinState,
  namespace: string,
  request: TwinSetRequest,
  circumstances: SetCircumstances,
): SetDecision {
  const { device: deviceName, property: name, actor, validForMs } = request;
  const place: Place = { namespace, device: deviceName, property: name };
  checkTwinSet(request);
  const device = findDevice(state, namespace, deviceName);
  if (!device?.object) throw notHere(namespace, deviceName);
  const rules = writableProperty(state, device, name);
  const value = request.value && convertValue(rules, request.value);
  const repeated = answerAgain(state, place, request.id, value);
  if (repeated) return { facts: [], reply: repeated };
  const property = device.properties.get(name) ?? emptyProperty(place);
  const uid = uidOf(device);
  const desired = effectiveDesired(property, uid);
  checkRevision(request.expectRevision, desired, place, property, uid);
  if (circumstances.pressed) throw new HoldfastError("busy", "The gateway's log is nearly full; set again later.");
  checkRoom(device, property, value);
  const id = request.id === "" ? circumstances.freshId : request.id;
  const { atMs, order } = circumstances;
  const own = property.proposals.map((proposal) => proposal.id);
  const message = {
    property: name,
    deviceUid: uid,
    value,
    ...baseOf(state, property, uid),
    own,
    actor,
    atMs,
    order,
    validForMs,
  };
  const taken: Desired = {
    ...{ id, value, origin: "gateway" as const, revision: proposalRevision(id) },
    ...{ actor, atMs, validForMs, recordedMs: atMs },
  };
  return {
    facts: [
      { kind: "proposed", place, id, message },
      { kind: "desired", place, message: announcement(taken) },
    ],
    reply: { id, revision: taken.revision, state: "recorded", value },
  };
}

export function notHere(namespace: string, device: string): HoldfastError {
  const where = "ask the cloud, or the gateway that it is bound to";
  return new HoldfastError("not_here", `Device "${namespace}/${device}" is not on this gateway; ${where}.`);
}

function writableProperty(state: TwinState, device: DeviceState, name: string): DeviceProperty {
  const binding = bindingOf(state, device);
  if (!binding.device) throw new HoldfastError("unavailable", `${binding.problem}; set again when it has.`);
  const { properties } = binding.device;
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (!property) {
    const known = Object.keys(properties).slice(0, 20).join(", ");
    throw new HoldfastError("not_found", `Device "${device.name}" has no property "${name}"; it has ${known}.`);
  }
  if (property.accessMode === "ReadOnly") {
    throw new HoldfastError("read_only", `Property "${name}" of "${device.name}" cannot be written: it is ReadOnly.`);
  }
  return property;
}

/** The answer that this id had before. Error: `conflict` when it was another set. */
function answerAgain(state: TwinState, place: Place, id: string, value: Value | undefined): TwinSetReply | undefined {
  if (id === "") return undefined;
  const answer = state.answers.get(id);
  const target = state.devices.get(`${place.namespace}/${place.device}`)?.properties.get(place.property)
    ?.target?.target;
  const fromCloud = target?.id === id;
  if (!answer && !fromCloud) return undefined;
  const before = answer ?? { ...place, value: target?.value };
  const { namespace, device, property } = before;
  const samePlace = namespace === place.namespace && device === place.device && property === place.property;
  if (!samePlace || !sameBytes(before.value, value)) {
    throw new HoldfastError("conflict", `The id "${id}" was used for another set; take a new one.`);
  }
  const revision = answer ? proposalRevision(id) : String(target?.version ?? 0);
  return { id, revision, state: "recorded", value: before.value };
}

function sameBytes(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(ValueCodec.encode(a), ValueCodec.encode(b)) === 0;
}

/** A proposal that was accepted meanwhile is the same desired value under the cloud's revision. */
function checkRevision(expected: string, desired: Desired, place: Place, property: PropertyState, uid: string): void {
  if (expected === "" || expected === desired.revision) return;
  if (desired.id !== "" && expected === proposalRevision(desired.id)) return;
  const behind = cloudDesired(property.target, uid);
  if (desired.origin === "gateway" && behind.id === desired.id && expected === behind.revision) return;
  const now = desired.value === undefined ? "nothing" : JSON.stringify(ValueCodec.toJson(desired.value));
  const { device, property: name } = place;
  throw new HoldfastError(
    "conflict",
    `The desired value of "${device}.${name}" is ${now} at revision ${desired.revision}, not ${expected}; look at it and set again.`,
  );
}

function checkRoom(device: DeviceState, property: PropertyState, value: Value | undefined): void {
  if (property.proposals.length >= proposalsPerPropertyMax) {
    const many = `has ${proposalsPerPropertyMax} sets that the cloud has not decided`;
    throw new HoldfastError("busy", `"${device.name}.${property.place.property}" ${many}; set again later.`);
  }
  const bytes = twinBytes(device) + sizeOf(value);
  if (bytes <= twinBytesMax) return;
  throw new HoldfastError(
    "too_large",
    `The twin of "${device.name}" would have ${bytes} bytes; at most ${twinBytesMax} are kept. Set a smaller value.`,
  );
}

/** Bytes of all names and values of a twin. */
export function twinBytes(device: DeviceState): number {
  let bytes = 0;
  for (const [name, { target, proposals, reported }] of device.properties) {
    bytes += name.length + sizeOf(target?.target.value) + sizeOf(reported?.value);
    for (const { value } of proposals) bytes += sizeOf(value);
  }
  return bytes;
}

/** The version that this gateway knew, in the life of the cloud in which it knew it. */
function baseOf(
  state: TwinState,
  { target }: PropertyState,
  uid: string,
): { readonly baseIncarnation: Epoch | undefined; readonly baseVersion: number } {
  const counts = target !== undefined && !target.withheld && cloudDesired(target, uid).id !== "";
  const baseIncarnation = newer(state.incarnation, counts ? target.incarnation : undefined);
  return { baseIncarnation, baseVersion: counts ? target.target.version : 0 };
}

/** A full sync under way brings targets of a newer life than the position has. */
function newer(a: Epoch | undefined, b: Epoch | undefined): Epoch | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.counter > a.counter ? b : a;
}
