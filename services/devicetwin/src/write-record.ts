import { bindingOf, uidOf } from "./binding.ts";
import { effectiveDesired, isDecided } from "./desired.ts";
import { type Place, placeKey, type TwinFact } from "./fact.ts";
import type { Recorder } from "./recorder.ts";
import { type Reading, reportOf } from "./report.ts";
import { rejection } from "./settle.ts";
import { findDevice, findProperty, type TwinState } from "./state.ts";

/** The device has the value: reported under the id of the set, also when nothing had to be written. */
export function decideApplied(state: TwinState, place: Place, id: string, reading: Reading): readonly TwinFact[] {
  const device = findDevice(state, place.namespace, place.device);
  const property = findProperty(state, place);
  const isHere = device?.object && Object.hasOwn(bindingOf(state, device).device?.properties ?? {}, place.property);
  if (!isHere || !property || property.applied === id) return [];
  // Superseded while it was being written: it has had its end, but the value is news all the same.
  const satisfied = property.rejections.has(id) ? property.applied : id;
  return [{ kind: "reported", place, message: reportOf(property, reading, satisfied) }];
}

/** The desired value will not be reached; only while it is still the one in force. */
export function decideNotReached(
  state: TwinState,
  place: Place,
  id: string,
  why: Pick<NonNullable<Extract<TwinFact, { kind: "rejected" }>["message"]>, "reason" | "message" | "value">,
): readonly TwinFact[] {
  const device = findDevice(state, place.namespace, place.device);
  const property = findProperty(state, place);
  if (!device?.object || !property) return [];
  const desired = effectiveDesired(property, uidOf(device));
  if (desired.id !== id || isDecided(property, desired)) return [];
  return [{ kind: "rejected", place, message: rejection(id, why.reason, why.message, why.value) }];
}

export function recordFacts(
  recorder: Recorder,
  place: Place,
  decide: (state: TwinState) => readonly TwinFact[],
): Promise<void> {
  return recorder.record(placeKey(place), (state) => ({ facts: decide(state), reply: undefined }));
}
