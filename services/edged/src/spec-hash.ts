import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "@holdfast/kernel";

/** What may change without a restart: where the pod was bound, not what it is. */
const placement = new Set(["nodeName", "nodeSelector"]);

/**
 * Identifies what a pod's containers are started with. Computed over the spec as it was declared, so that a newer
 * edged with other defaults restarts nothing; what ConfigMaps and Secrets hold is not part of it.
 */
export function specHashOf(pod: JsonObject): string {
  const spec = isJsonObject(pod.spec) ? pod.spec : {};
  const parts = Object.entries(spec).filter(([name]) => !placement.has(name));
  return createHash("sha256")
    .update(canonicalJson(Object.fromEntries(parts)))
    .digest("hex")
    .slice(0, 16);
}

/** JSON with sorted keys and without nulls: equal for equal objects, however they were written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}
