import { HoldfastError } from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { clusterNamespace, kindOf } from "./kinds.ts";
import { liveObject, type ObjectEntry } from "./resources.ts";

/**
 * The object as the cloud has it now, whichever controller wrote it. Errors: `not_found`, `invalid_argument`,
 * `timeout`, `disconnected`.
 */
export async function findObject(controller: Controller, place: ObjectPlace, name: string): Promise<ObjectEntry> {
  const kind = kindOf(place.noun);
  if (name === "") throw new HoldfastError("invalid_argument", `name: the name of the ${kind.kind} is missing.`);
  const namespace = kind.namespaced ? place.namespace : clusterNamespace;
  if (kind.namespaced && namespace === clusterNamespace) {
    throw new HoldfastError("invalid_argument", `A ${kind.kind} is in a namespace; name it in the command's subject.`);
  }
  await controller.resourcesStream.current();
  const entry = liveObject(controller.resources, kind.noun, namespace, name);
  if (entry) return entry;
  const where = kind.namespaced ? ` in namespace "${namespace}"` : "";
  throw new HoldfastError("not_found", `There is no ${kind.kind} "${name}"${where}.`);
}
