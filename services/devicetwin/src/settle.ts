import type { Resolution, TwinRejected, Value } from "@holdfast/proto";
import { bindingOf, staysHere, uidOf } from "./binding.ts";
import { announcement, concernsDevice, effectiveDesired, mustAnnounce } from "./desired.ts";
import type { Place, TwinFact } from "./fact.ts";
import {
  type DeviceState,
  findDevice,
  findProperty,
  type PropertyState,
  type Proposal,
  type TwinState,
} from "./state.ts";

/**
 * What must still be recorded of one property: ends of proposals that the cloud has decided, the desired value that
 * took effect, and the end of what belongs to no device any more. It looks at the state alone, so a restart at any
 * point goes on where the last life stopped (docs/protocol.md 8, 9).
 */
export function settle(state: TwinState, place: Place): readonly TwinFact[] {
  const device = findDevice(state, place.namespace, place.device);
  const property = findProperty(state, place);
  if (!device || !property) return [];
  const uid = uidOf(device);
  const ended = new Set<string>();
  const facts: TwinFact[] = [];
  for (const proposal of property.proposals) {
    const end = endOf(state, device, property, proposal, uid);
    if (end === undefined) continue;
    ended.add(proposal.id);
    facts.push(...end);
  }
  if (!isServed(state, device, place.property)) return [...facts, ...farewell(property, facts)];
  const desired = effectiveDesired(property, uid, ended);
  // What was saved of a damaged log may be older than what the device has: the cloud must name it first.
  const isProvisional = !state.synced && desired.origin === "cloud";
  if (mustAnnounce(property, desired) && !isProvisional)
    facts.push({ kind: "desired", place, message: announcement(desired) });
  // Another value was in force meanwhile: the device may have that one, so this is no longer known to be applied.
  const { reported } = property;
  if (reported && reported.id !== "" && reported.id === desired.id && property.applied !== desired.id) {
    facts.push({ kind: "reported", place, message: { ...reported, revision: reported.revision + 1, id: "" } });
  }
  facts.push(...moved(property, staysHere(state, device, place.property)));
  // The last rejection is what stays in a compacted log and in the cloud: it has to be the one in effect.
  const known = property.rejections.get(desired.id);
  if (known && (lastRejection(facts) ?? property.rejected)?.id !== desired.id) {
    facts.push({ kind: "rejected", place, message: known });
  }
  return facts;
}

/** The facts that end a proposal; undefined = it goes on. */
function endOf(
  state: TwinState,
  device: DeviceState,
  property: PropertyState,
  proposal: Proposal,
  uid: string,
): readonly TwinFact[] | undefined {
  const { resolution } = state.resolutions.get(proposal.id) ?? {};
  if (resolution === undefined) return undefined;
  const { place } = property;
  const removal: TwinFact = { kind: "proposed", place, id: proposal.id };
  if (!resolution.accepted) {
    const message = rejection(
      proposal.id,
      resolution.reason || "superseded",
      rejectionSentence(resolution),
      proposal.value,
    );
    return device.object ? [{ kind: "rejected", place, message }, removal] : [removal];
  }
  const gone = device.object === undefined || !concernsDevice(proposal.deviceUid, uid);
  // Until its value has come down the proposal stays in force: the older value of the cloud must not flash up.
  const arrived = (property.target?.target.version ?? 0) >= resolution.version;
  return gone || arrived ? [removal] : undefined;
}

function rejectionSentence({ reason }: Resolution): string {
  if (reason === "" || reason === "superseded") return "The cloud had a newer value when this one arrived.";
  return `The cloud did not accept it: ${reason}.`;
}

export function rejection(id: string, reason: string, message: string, value: Value | undefined): TwinRejected {
  return { id, reason, message, value };
}

/** False when the device is not here, or its model, which is, has no such property. */
function isServed(state: TwinState, device: DeviceState, property: string): boolean {
  if (!device.object) return false;
  const binding = bindingOf(state, device);
  return binding.device === undefined || Object.hasOwn(binding.device.properties, property);
}

/** What was reported goes to the cloud from now on, or leaves it. */
function moved({ place, reported, local }: PropertyState, stays: boolean | undefined): readonly TwinFact[] {
  if (!reported || stays === undefined || stays === local) return [];
  const again: TwinFact = { kind: "reported", place, message: { ...reported, revision: reported.revision + 1 } };
  return stays ? [{ kind: "reported", place }, again] : [again];
}

/** Removes what was reported of a property that is no longer there. */
function farewell(property: PropertyState, before: readonly TwinFact[]): readonly TwinFact[] {
  const { place } = property;
  const facts: TwinFact[] = [];
  if (property.reported) facts.push({ kind: "reported", place });
  if (property.rejected ?? lastRejection(before)) facts.push({ kind: "rejected", place });
  return facts;
}

function lastRejection(facts: readonly TwinFact[]): TwinRejected | undefined {
  return facts.findLast((fact) => fact.kind === "rejected")?.message;
}
