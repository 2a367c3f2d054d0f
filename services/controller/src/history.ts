import { answerBytesMax, maskedText } from "@holdfast/kernel";
import {
  type HistoryEntry,
  type HistoryReply,
  type HistoryRequest,
  HoldfastError,
  ResourceCodec,
  resource,
} from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { clusterNamespace, kindOf } from "./kinds.ts";

const limitDefault = 20;

/**
 * Who changed an object, when and to what, newest first; also after it was deleted. Errors: `not_found`,
 * `invalid_argument`, `timeout`, `disconnected`.
 */
export async function objectHistory(
  controller: Controller,
  { namespace, noun }: ObjectPlace,
  { name, limit, showSecrets }: HistoryRequest,
): Promise<HistoryReply> {
  const kind = kindOf(noun);
  if (name === "") throw new HoldfastError("invalid_argument", `name: the name of the ${kind.kind} is missing.`);
  const inNamespace = kind.namespaced ? namespace : clusterNamespace;
  const subject = resource.subject.build({ kind: kind.noun, namespace: inNamespace, name });
  const entries: HistoryEntry[] = [];
  const stored = controller.context.streams.read("RESOURCES", { filters: [subject], from: "first" });
  for await (const { data, seq } of stored) {
    if (data.length === 0) continue;
    const { object: stored, removed, actor, atMs } = ResourceCodec.decode(data);
    const object = showSecrets ? stored : maskedText(stored);
    entries.push({ resourceVersion: String(seq), atMs, actor, what: removed ? "deleted" : "applied", object });
  }
  if (entries.length === 0)
    throw new HoldfastError("not_found", `There never was a ${kind.kind} "${name}", or it is forgotten.`);
  return { entries: fitting(entries.reverse().slice(0, limit || limitDefault)) };
}

/** The newest that fit into one answer. */
function fitting(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let bytes = 0;
  return entries.filter(({ object }) => {
    bytes += Buffer.byteLength(object) + 200;
    return bytes <= answerBytesMax;
  });
}
