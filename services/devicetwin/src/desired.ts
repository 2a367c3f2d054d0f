import type { TwinDesired, Value } from "@holdfast/proto";
import type { PropertyState, Proposal, Target } from "./state.ts";

/** What a property shall be: the newest unresolved proposal, else the cloud's value (docs/protocol.md 8). */
export interface Desired {
  /** The id of the command; "" when nothing was ever desired. */
  readonly id: string;
  /** Absent = nothing is wanted, or it was cleared. */
  readonly value: Value | undefined;
  readonly origin: "cloud" | "gateway";
  /** "<version>" or "proposal:<id>"; "0" when nothing was ever desired. */
  readonly revision: string;
  readonly actor: string;
  readonly atMs: number;
  /** 0 = no limit. */
  readonly validForMs: number;
  /** Wall time at which this gateway recorded it. */
  readonly recordedMs: number;
}

const nothing: Desired = {
  id: "",
  value: undefined,
  origin: "cloud",
  revision: "0",
  actor: "",
  atMs: 0,
  validForMs: 0,
  recordedMs: 0,
};

/**
 * Wants of an earlier device of the same name do not count: `uid` is that of the device that is here.
 * `except` leaves out proposals that are about to end.
 */
export function effectiveDesired(
  property: Pick<PropertyState, "target" | "proposals">,
  uid: string,
  except: ReadonlySet<string> = new Set(),
): Desired {
  for (let index = property.proposals.length - 1; index >= 0; index -= 1) {
    const proposal = property.proposals[index];
    if (proposal && !except.has(proposal.id) && concernsDevice(proposal.deviceUid, uid)) return ofProposal(proposal);
  }
  return cloudDesired(property.target, uid);
}

/** What the cloud wants, whatever was proposed here. */
export function cloudDesired(target: Target | undefined, uid: string): Desired {
  if (target === undefined || !concernsDevice(target.target.deviceUid, uid)) return nothing;
  const { id, value, version, actor, atMs, validForMs } = target.target;
  return {
    id: id === "" ? `version-${version}` : id,
    value,
    origin: "cloud",
    revision: String(version),
    actor,
    atMs,
    validForMs,
    recordedMs: target.recordedMs,
  };
}

export function proposalRevision(id: string): string {
  return `proposal:${id}`;
}

/** True unless both sides name a device and they differ. */
export function concernsDevice(wantedUid: string, uid: string): boolean {
  return wantedUid === "" || uid === "" || wantedUid === uid;
}

function ofProposal(proposal: Proposal): Desired {
  const { id, value, actor, atMs, validForMs, recordedMs } = proposal;
  return { id, value, origin: "gateway", revision: proposalRevision(id), actor, atMs, validForMs, recordedMs };
}

/** Whether the desired value must still be told. What was lost from history is told again only while it is open. */
export function mustAnnounce(property: PropertyState, desired: Desired): boolean {
  if (property.announced) return property.announced.id !== desired.id;
  return desired.value !== undefined && !isDecided(property, desired);
}

/** Applied or rejected: nothing is left to do for this id. */
export function isDecided(property: PropertyState, desired: Desired): boolean {
  return property.applied === desired.id || property.rejections.has(desired.id);
}

export function announcement({ value, id, origin, revision, actor }: Desired): TwinDesired {
  return { value, id, origin, revision, actor };
}

/** As people see it. On a gateway what is desired has been delivered by being there. */
export function convergenceOf(
  property: PropertyState,
  desired: Desired,
): { readonly convergence: string; readonly reason: string } {
  if (desired.value === undefined) return { convergence: "", reason: "" };
  if (property.applied === desired.id) return { convergence: "applied", reason: "" };
  const rejection = property.rejections.get(desired.id);
  if (rejection) return { convergence: "rejected", reason: rejection.reason };
  return { convergence: "delivered", reason: "" };
}
