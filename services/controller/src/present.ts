import { keptObject, masked } from "@holdfast/kernel";
import type { Controller } from "./controller.ts";
import { withDesired } from "./device-desired.ts";
import { deviceStatus } from "./device-status.ts";
import { kindOf } from "./kinds.ts";
import { nodeObjectStatus } from "./node-object-status.ts";
import { type JsonObject, objectAt } from "./object-json.ts";
import { podStatus } from "./pod-status.ts";
import { keyOf, type ObjectEntry } from "./resources.ts";

/**
 * An object as people and programs see it: with its resourceVersion, with its status joined in, and the values of a
 * Secret masked unless somebody asks for them.
 */
export function presentObject(controller: Controller, entry: ObjectEntry, showSecrets = false): JsonObject {
  const { noun, namespace, name, seq } = entry;
  const { apiVersion, kind, namespaced } = kindOf(noun);
  const object = keptObject(entry.object, { apiVersion, kind, name, ...(namespaced ? { namespace } : {}) });
  const twins = noun === "device" ? controller.resources.twins.get(keyOf(namespace, name)) : undefined;
  const shown = noun === "device" ? withDesired(object, twins) : object;
  const metadata = { ...objectAt(object, "metadata"), resourceVersion: String(seq) };
  const status = statusOf(controller, entry);
  const presented = { ...shown, metadata, ...(status ? { status } : {}) };
  return showSecrets ? presented : masked(presented);
}

/** Status is never stored with the declared object: it is what nodes said (docs/protocol.md 6, 8). */
function statusOf(controller: Controller, entry: ObjectEntry): JsonObject | undefined {
  switch (entry.noun) {
    case "pod":
      return podStatus(controller, entry);
    case "device":
      return deviceStatus(controller, entry);
    case "node":
      return nodeObjectStatus(controller, entry.name);
    default:
      return undefined;
  }
}

export function objectText(object: JsonObject): string {
  return JSON.stringify(object);
}
