import { HoldfastError } from "@holdfast/proto";
import type { Kind } from "./kinds.ts";
import type { Manifest } from "./manifest.ts";
import { merge } from "./merge.ts";
import { type JsonObject, objectAt, sameJson, textAt, valueAt, without } from "./object-json.ts";
import type { ObjectEntry } from "./resources.ts";

/** What an apply does. */
export interface Application {
  readonly outcome: "created" | "configured" | "unchanged";
  /** The object as it is to be stored. */
  readonly object: JsonObject;
  /** False when what is stored is that already. */
  readonly writes: boolean;
}

/**
 * Decides what becomes of an object when a manifest is applied; `declared` is the manifest as it shapes the
 * object, `appliedBefore` the one applied before in the same form. Pure. Errors: `conflict` (another version or
 * another object of this name), `invalid_argument` (immutable).
 */
export function decideApply(
  kind: Kind,
  manifest: Manifest,
  shapes: { readonly declared: JsonObject; readonly appliedBefore: JsonObject },
  live: ObjectEntry | undefined,
  fresh: { readonly uid: string; readonly creationTimestamp: string },
): Application {
  checkExpected(kind, manifest, live);
  const { declared, appliedBefore } = shapes;
  if (!live) {
    const metadata = { ...objectAt(declared, "metadata"), ...fresh, generation: 1 };
    return { outcome: "created", object: { ...merge({}, declared, {}), metadata }, writes: true };
  }
  const merged = unbound(manifest.object, live, merge(appliedBefore, declared, live.object));
  if (sameJson(merged, live.object)) {
    return { outcome: "unchanged", object: live.object, writes: !sameJson(manifest.object, live.applied) };
  }
  if (sameJson(without(merged, "metadata"), without(live.object, "metadata"))) {
    return { outcome: "configured", object: merged, writes: true };
  }
  checkMutable(kind, manifest, live);
  const generation = Number(valueAt(live.object, "metadata", "generation") ?? 0) + 1;
  const metadata = { ...objectAt(merged, "metadata"), generation };
  return { outcome: "configured", object: { ...merged, metadata }, writes: true };
}

function checkExpected(kind: Kind, { resourceVersion, uid, name }: Manifest, live: ObjectEntry | undefined): void {
  if (resourceVersion !== "" && resourceVersion !== String(live?.seq ?? ""))
    throw versionConflict(kind, name, resourceVersion, live);
  const liveUid = textAt(live?.object, "metadata", "uid");
  if (uid !== "" && live && uid !== liveUid) {
    throw new HoldfastError("conflict", `${kind.kind} "${name}" has uid ${liveUid}, not ${uid}: it was created anew.`);
  }
}

/** Somebody changed, deleted or created the object since the caller read it. */
export function versionConflict(
  kind: Kind,
  name: string,
  expected: string,
  live: ObjectEntry | undefined,
): HoldfastError {
  const now = live ? `has resourceVersion ${live.seq}` : "is not there";
  const advice = "read it again and decide anew, or leave resourceVersion out";
  return new HoldfastError("conflict", `${kind.kind} "${name}" ${now}, not ${expected}: ${advice}.`);
}

function checkMutable(kind: Kind, { name }: Manifest, live: ObjectEntry): void {
  if (kind.noun !== "configmap" && kind.noun !== "secret") return;
  if (valueAt(live.object, "immutable") !== true) return;
  const problems = [{ path: "immutable", problem: "is true: delete the object and create it anew" }];
  throw new HoldfastError("invalid_argument", `${kind.kind} "${name}" is immutable; delete it and create it anew.`, {
    problems,
  });
}

/** A node that was chosen by a selector holds only as long as the selector is the same. */
function unbound(manifest: JsonObject, live: ObjectEntry, merged: JsonObject): JsonObject {
  if (textAt(manifest, "spec", "nodeName") !== "" || textAt(live.object, "spec", "nodeName") === "") return merged;
  const wanted = objectAt(manifest, "spec", "nodeSelector");
  if (sameJson(wanted, objectAt(live.object, "spec", "nodeSelector"))) return merged;
  return { ...merged, spec: without(objectAt(merged, "spec"), "nodeName") };
}
