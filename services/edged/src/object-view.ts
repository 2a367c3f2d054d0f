import { HoldfastError, isJsonObject, type JsonObject, keptObject, labelSelector, listKey } from "@holdfast/kernel";
import type { Happening } from "@holdfast/proto";
import type { ConfigEntry } from "./pod-inputs.ts";
import { type PodRecord, type PodTable, podKey } from "./pod-table.ts";

export const nouns = ["pod", "configmap", "secret"] as const;
export type Noun = (typeof nouns)[number];

const describedEvents = 10;

/** All namespaces. */
const everywhere = "_";

/** The objects of this gateway as others see them: what was declared, a pod with its status. */
export function findObject(table: PodTable, noun: Noun, namespace: string, name: string): JsonObject | undefined {
  if (noun !== "pod") return table.config(namespace, noun, name)?.raw;
  const record = table.pods.get(podKey(namespace, name));
  return record && podObject(record);
}

/** Error: `not_here`. */
export function getObject(table: PodTable, noun: Noun, namespace: string, name: string): JsonObject {
  const object = findObject(table, noun, namespace, name);
  if (object) return object;
  throw new HoldfastError("not_here", `${noun} "${namespace}/${name}" is not on this gateway; ask the cloud.`);
}

/** Error: `invalid_argument`. */
export function listObjects(table: PodTable, noun: Noun, namespace: string, selector: string): JsonObject[] {
  return allObjects(table, noun, namespace).filter(labelSelector(selector));
}

function allObjects(table: PodTable, noun: Noun, namespace: string): JsonObject[] {
  const isIn = (of: string) => namespace === everywhere || namespace === of;
  if (noun === "pod") {
    const records = [...table.pods.values()].filter((record) => isIn(record.namespace));
    return records.map(podObject).filter((object) => object !== undefined);
  }
  const isOf = ({ object }: ConfigEntry) => object.kind === noun && isIn(object.namespace);
  return [...table.configs.values()].filter(isOf).map(({ raw }) => raw);
}

/** A pod that goes is shown until it is gone, as it was started. */
function podObject({ namespace, name, desired, inputs, told }: PodRecord): JsonObject | undefined {
  const object = desired?.object ?? inputs?.pod;
  const pod = object && keptObject(object, { apiVersion: "v1", kind: "Pod", namespace, name });
  return pod && { ...pod, ...(told?.status && { status: told.status }) };
}

/** The order of lists. */
export function objectKey({ metadata }: JsonObject): string {
  const { namespace, name } = isJsonObject(metadata) ? metadata : {};
  return listKey({ namespace: String(namespace), name: String(name) });
}

/** What happened last to the pod that is meant by its name now, oldest first; nothing of an earlier one. */
export function podHappenings(table: PodTable, namespace: string, name: string): Happening[] {
  const { desired, told, events = [] } = table.pods.get(podKey(namespace, name)) ?? {};
  const uid = desired?.kind === "runnable" ? desired.pod.uid : (desired?.uid ?? told?.uid);
  const own = events.filter((event) => event.uid === uid).slice(-describedEvents);
  return own.map(({ atMs, what, message }) => ({ atMs, what, message, actor: "edged" }));
}
