import type { Fact, Place } from "./fact.ts";
import { type DeviceState, findDevice, type TwinState } from "./state.ts";

/** The properties that a fact may concern, before it is folded. */
export function concerned(state: TwinState, fact: Fact): readonly Place[] {
  switch (fact.kind) {
    case "device":
      return placesOf(findDevice(state, fact.namespace, fact.name));
    case "model":
      return [...state.devices.values()].filter(({ namespace }) => namespace === fact.namespace).flatMap(placesOf);
    case "incarnation":
      return state.synced ? [] : [...state.devices.values()].flatMap(placesOf);
    case "resolution":
      return proposalPlaces(state, fact.id);
    case "proposed": {
      const { place, message, id } = fact;
      if (message === undefined) return proposalPlaces(state, id);
      return [{ namespace: place.namespace, device: place.device, property: message.property }];
    }
    case "target":
    case "desired":
    case "reported":
    case "rejected":
      return [fact.place];
    default:
      return [];
  }
}

function proposalPlaces(state: TwinState, id: string): readonly Place[] {
  const proposal = state.proposals.get(id);
  if (!proposal) return [];
  const { namespace, device, property } = proposal;
  return [{ namespace, device, property }];
}

export function placesOf(device: DeviceState | undefined): readonly Place[] {
  return device ? [...device.properties.values()].map(({ place }) => place) : [];
}
