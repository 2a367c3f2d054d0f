import { listKey, listPage } from "@holdfast/kernel";
import type { GetReply, GetRequest, ListReply, ListRequest, ObjectItem } from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { findObject } from "./find.ts";
import { clusterNamespace, type Kind, kindOf } from "./kinds.ts";
import { objectText, presentObject } from "./present.ts";
import type { ObjectEntry } from "./resources.ts";
import { parseSelector } from "./selector.ts";
import { positionNow, printPosition } from "./watch-position.ts";

/** Errors: `not_found`, `invalid_argument`, `timeout`, `disconnected`. */
export async function getObject(
  controller: Controller,
  place: ObjectPlace,
  { name, showSecrets }: GetRequest,
): Promise<GetReply> {
  const entry = await findObject(controller, place, name);
  return { object: objectText(presentObject(controller, entry, showSecrets)) };
}

/** Live objects by namespace and name, a page of them. Errors: `invalid_argument`, `timeout`, `disconnected`. */
export async function listObjects(
  controller: Controller,
  { namespace, noun }: ObjectPlace,
  { labelSelector, showSecrets, after }: ListRequest,
): Promise<ListReply> {
  const kind = kindOf(noun);
  const isSelected = parseSelector(labelSelector);
  await controller.resourcesStream.current();
  const position = printPosition(positionNow(controller));
  const entries = [...entriesOf(controller, kind, namespace)].filter((entry) => !entry.removed && isSelected(entry));
  const itemOf = (entry: ObjectEntry) => ({ object: objectText(presentObject(controller, entry, showSecrets)) });
  const bytesOf = ({ object }: ObjectItem) => Buffer.byteLength(object);
  return { ...listPage({ entries, after, keyOf: listKey, itemOf, bytesOf }), position };
}

/** The objects of a kind in a namespace, tombstones included; "_" = of all namespaces. */
export function* entriesOf({ resources }: Controller, kind: Kind, namespace: string): Generator<ObjectEntry> {
  for (const entry of resources.objects[kind.noun].values()) {
    if (!kind.namespaced || namespace === clusterNamespace || entry.namespace === namespace) yield entry;
  }
}
