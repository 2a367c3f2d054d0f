import { convertValue } from "@holdfast/kernel";
import { type Epoch, hasCode, type Value } from "@holdfast/proto";
import { sameEpoch } from "./desired.ts";
import type { BoundDevice } from "./devices.ts";
import type { Proposal } from "./reports.ts";
import { nodeNameOf, type TwinEntry } from "./resources.ts";

/** What the cloud decides of a set that was made on a gateway. */
export type Decision =
  | { readonly accepted: true; readonly value: Value | undefined }
  | { readonly accepted: false; readonly reason: string };

export interface Situation {
  /** The gateway that proposed it. */
  readonly node: string;
  readonly device: BoundDevice | undefined;
  /** The property's desired value now, tombstones included. */
  readonly current: TwinEntry | undefined;
  readonly incarnation: Epoch | undefined;
}

/**
 * Accepts a proposal whose base is the property's current version, or whose current value came from an earlier
 * proposal of the same gateway; everything else has been overtaken (docs/protocol.md 8). Undefined = it must
 * wait: the device's model is not there yet. Pure.
 */
export function decideProposal(
  proposal: Proposal,
  { node, device, current, incarnation }: Situation,
): Decision | undefined {
  if (!device || device.uid !== proposal.deviceUid || nodeNameOf(device.entry) !== node)
    return refused("unknownDevice");
  if (!device.device) return undefined;
  const { properties } = device.device;
  const property = Object.hasOwn(properties, proposal.property) ? properties[proposal.property] : undefined;
  if (!property) return refused("unsupported");
  if (property.accessMode === "ReadOnly") return refused("readOnly");
  if (!isCurrent(proposal, device, current, incarnation)) return refused("superseded");
  if (!proposal.value) return { accepted: true, value: undefined };
  try {
    return { accepted: true, value: convertValue(property, proposal.value) };
  } catch (error) {
    return refused(hasCode(error, "out_of_range") ? "outOfRange" : "unsupported");
  }
}

function refused(reason: string): Decision {
  return { accepted: false, reason };
}

function isCurrent(
  { baseIncarnation, baseVersion, own }: Proposal,
  device: BoundDevice,
  current: TwinEntry | undefined,
  incarnation: Epoch | undefined,
): boolean {
  // What an earlier device of this name left behind is no value of this one.
  const isOfDevice = current && !current.removed && current.target.deviceUid === device.uid;
  if (!isOfDevice) return baseVersion === 0;
  if (own.includes(current.target.id)) return true;
  return baseVersion === current.seq && incarnation !== undefined && sameEpoch(baseIncarnation, incarnation);
}
