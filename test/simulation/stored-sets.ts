import type { MemoryDisk, MemoryJetStream } from "@holdfast/kernel/testing";
import {
  ResolutionResourceCodec,
  resolutionResource,
  TwinResourceCodec,
  twinProposed,
  twinResource,
} from "@holdfast/proto";
import { eventsOnDisk, messagesOf } from "./stored.ts";

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

/** Ids of the proposals that the events of a gateway's log name, but for the record at this key. */
export function proposalsOnDisk(disk: MemoryDisk, except?: Uint8Array): string[] {
  return eventsOnDisk(disk).flatMap(({ key, event }) => {
    const counts = event.type === twinProposed.name && !(except && Buffer.compare(key, except) === 0);
    const proposed = counts ? twinProposed.subject.parse(event.subject) : undefined;
    return proposed ? [proposed.id] : [];
  });
}
