import type { AppendMessage } from "@holdfast/kernel";
import {
  type Draft,
  HoldfastError,
  type Resolution,
  ResolutionResourceCodec,
  ResourceCodec,
  resolutionResource,
  resource,
  TwinResourceCodec,
  type TwinTarget,
  twinResource,
} from "@holdfast/proto";
import type { JsonObject } from "./object-json.ts";
import type { ObjectEntry, ResolutionEntry, Resources, TwinEntry } from "./resources.ts";

/** Largest object and event, as JSON or bytes (docs/protocol.md 2). */
export const objectBytesMax = 512 * 1024;
/** Largest record: a NATS server takes messages of 1 MiB, headers included. */
const recordBytesMax = 1_000_000;

interface ObjectWrite {
  readonly object: JsonObject;
  readonly applied: JsonObject;
  readonly removed: boolean;
  readonly actor: string;
  readonly atMs: number;
}

/** Compare-and-set against what this process knows of the subject. */
function casMessage({ seqs }: Resources, subject: string, data: Uint8Array): AppendMessage {
  return { subject, data, expectSeq: seqs.get(subject) ?? 0 };
}

/** Error: `too_large`. */
export function objectMessage(
  resources: Resources,
  { noun: kind, namespace, name }: Pick<ObjectEntry, "noun" | "namespace" | "name">,
  { object, applied, removed, actor, atMs }: ObjectWrite,
): AppendMessage {
  const data = ResourceCodec.encode({
    object: JSON.stringify(object),
    applied: JSON.stringify(applied),
    removed,
    actor,
    atMs,
  });
  if (data.length > recordBytesMax) {
    const size = `${kind} "${name}" takes ${data.length} bytes together with its manifest`;
    throw new HoldfastError("too_large", `${size}; at most ${recordBytesMax} can be stored.`);
  }
  return casMessage(resources, resource.subject.build({ kind, namespace, name }), data);
}

export function twinMessage(
  resources: Resources,
  { namespace, device, property }: Pick<TwinEntry, "namespace" | "device" | "property">,
  target: Draft<TwinTarget>,
  removed = false,
): AppendMessage {
  const data = TwinResourceCodec.encode({ target, removed });
  return casMessage(resources, twinResource.subject.build({ namespace, device, property }), data);
}

/** Create-only: a proposal that has a resolution is never decided again (docs/protocol.md 8). */
export function resolutionMessage(
  resources: Resources,
  { node, id }: Pick<ResolutionEntry, "node" | "id">,
  resolution: Draft<Resolution>,
): AppendMessage {
  const subject = resolutionResource.subject.build({ node, id });
  if (resources.resolutions.get(node)?.has(id)) throw new HoldfastError("conflict", `Proposal ${id} was decided.`);
  return casMessage(resources, subject, ResolutionResourceCodec.encode({ resolution }));
}

/** Gives up a subject and its history; the empty message that is left is removed later. */
export function forgetMessage(resources: Resources, subject: string): AppendMessage {
  return { ...casMessage(resources, subject, new Uint8Array()), rollup: true };
}
