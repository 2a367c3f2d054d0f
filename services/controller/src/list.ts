import { type GetReply, type GetRequest, HoldfastError, type ListReply, type ListRequest } from "@holdfast/proto";
import type { ObjectPlace } from "./apply.ts";
import type { Controller } from "./controller.ts";
import { findObject } from "./find.ts";
import { clusterNamespace, type Kind, kindOf } from "./kinds.ts";
import { objectText, presentObject } from "./present.ts";
import type { ObjectEntry } from "./resources.ts";
import { parseSelector } from "./selector.ts";
import { positionNow, printPosition } from "./watch-position.ts";

/** Largest answer: below what a NATS server takes in one message. */
export const answerBytesMax = 900_000;

/** Errors: `not_found`, `invalid_argument`, `timeout`, `disconnected`. */
export async function getObject(
  controller: Controller,
  place: ObjectPlace,
  { name, showSecrets }: GetRequest,
): Promise<GetReply> {
  const entry = await findObject(controller, place, name);
  return { object: objectText(presentObject(controller, entry, showSecrets)) };
}

/** Live objects by name. Errors: `invalid_argument`, `too_large`, `timeout`, `disconnected`. */
export async function listObjects(
  controller: Controller,
  { namespace, noun }: ObjectPlace,
  { labelSelector, showSecrets }: ListRequest,
): Promise<ListReply> {
  const kind = kindOf(noun);
  const isSelected = parseSelector(labelSelector);
  await controller.resourcesStream.current();
  const position = printPosition(positionNow(controller));
  const entries = [...entriesOf(controller, kind, namespace)].filter((entry) => !entry.removed && isSelected(entry));
  entries.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
  let bytes = 0;
  const items = entries.map((entry) => {
    const object = objectText(presentObject(controller, entry, showSecrets));
    bytes += Buffer.byteLength(object);
    if (bytes > answerBytesMax) throw tooMany(kind, entries.length);
    return { object };
  });
  return { items, position };
}

/** The objects of a kind in a namespace, tombstones included; "_" = of all namespaces. */
export function* entriesOf({ resources }: Controller, kind: Kind, namespace: string): Generator<ObjectEntry> {
  for (const entry of resources.objects[kind.noun].values()) {
    if (!kind.namespaced || namespace === clusterNamespace || entry.namespace === namespace) yield entry;
  }
}

function tooMany(kind: Kind, count: number): HoldfastError {
  const advice = "list one namespace, or give a labelSelector";
  return new HoldfastError("too_large", `${count} objects of kind ${kind.kind} do not fit into one answer; ${advice}.`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
