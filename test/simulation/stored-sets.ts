import type { MemoryDisk, MemoryJetStream } from "@holdfast/kernel/testing";
import {
  ResolutionResourceCodec,
  resolutionResource,
  TwinResourceCodec,
  twinProposed,
  twinRejected,
  twinResource,
} from "@holdfast/proto";
import type { Gateway } from "./machine.ts";
import { eventsOf, eventsOnDisk, messagesOf } from "./stored.ts";

/** Sets as they are really stored: decided ones in RESOURCES, proposals on the disks of gateways. */

/** By the set's id: the sequences of the values that it made; a proposal that was rejected made none. */
export function decidedSets(server: MemoryJetStream): Map<string, number[]> {
  const decided = new Map<string, number[]>();
  const seqsOf = (id: string) => {
    const seqs = decided.get(id) ?? [];
    decided.set(id, seqs);
    return seqs;
  };
  for (const { subject, data, seq } of messagesOf(server, "RESOURCES")) {
    if (data.length === 0) continue;
    if (twinResource.subject.parse(subject)) {
      const { target, removed } = TwinResourceCodec.decode(data);
      if (target && !removed) seqsOf(target.id).push(seq);
    }
    const resolved = resolutionResource.subject.parse(subject);
    if (resolved && ResolutionResourceCodec.decode(data).resolution) seqsOf(resolved.id);
  }
  return decided;
}

const ofTheGateway: ReadonlySet<string> = new Set(["notTaken", "expired"]);

/**
 * Ids of the proposals of which a gateway says that the cloud rejected them. A controller whose clock was set to
 * years from now gives up the record of that decision.
 */
export function rejectionsTold(server: MemoryJetStream, { name, disk }: Gateway): string[] {
  const stored = eventsOf(server, name).map(({ subject, data }) => ({ subject: subject.replace("hfs.", "hf."), data }));
  const kept = eventsOnDisk(disk).map(({ event: { subject, body: data } }) => ({ subject, data }));
  return [...stored, ...kept].flatMap(({ subject, data }) => {
    if (!twinRejected.subject.parse(subject)) return [];
    const { id, reason } = twinRejected.message.decode(data);
    return ofTheGateway.has(reason) ? [] : [id];
  });
}

/** Ids of the proposals that the events of a gateway's log name, but for the record at this key. */
export function proposalsOnDisk(disk: MemoryDisk, except?: Uint8Array): string[] {
  return eventsOnDisk(disk).flatMap(({ key, event }) => {
    const counts = event.type === twinProposed.name && !(except && Buffer.compare(key, except) === 0);
    const proposed = counts ? twinProposed.subject.parse(event.subject) : undefined;
    return proposed ? [proposed.id] : [];
  });
}
