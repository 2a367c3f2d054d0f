import { type AppendMessage, desiredBytesMax, objectBytesMax } from "@holdfast/kernel";
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

/** The object and its manifest, each within the limit: together they fit one message. Error: `too_large`. */
export function objectMessage(
  resources: Resources,
  { noun: kind, namespace, name }: Pick<ObjectEntry, "noun" | "namespace" | "name">,
  { object, applied, removed, actor, atMs }: ObjectWrite,
): AppendMessage {
  const texts = { object: JSON.stringify(object), applied: JSON.stringify(applied) };
  const bytes = Math.max(Buffer.byteLength(texts.object), Buffer.byteLength(texts.applied));
  if (bytes > objectBytesMax) {
    const message = `${kind} "${name}" has ${bytes} bytes as JSON; an object may have ${objectBytesMax}.`;
    throw new HoldfastError("too_large", message);
  }
  const data = ResourceCodec.encode({ ...texts, removed, actor, atMs });
  return casMessage(resources, resource.subject.build({ kind, namespace, name }), data);
}

/** Error: `too_large`. */
export function twinMessage(
  resources: Resources,
  { namespace, device, property }: Pick<TwinEntry, "namespace" | "device" | "property">,
  target: Draft<TwinTarget>,
  removed = false,
): AppendMessage {
  const data = TwinResourceCodec.encode({ target, removed });
  if (data.length > desiredBytesMax) {
    const size = `The desired value of "${device}.${property}" has ${data.length} bytes`;
    throw new HoldfastError("too_large", `${size}; ${desiredBytesMax} fit the log of a gateway.`);
  }
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
