import { checkPod, referencesOf as referencesOfPod } from "@holdfast/kernel";
import type { ObjectEntry } from "./resources.ts";

/** A ConfigMap or Secret that a pod names. */
export interface Reference {
  readonly noun: "configmap" | "secret";
  readonly name: string;
}

const known = new WeakMap<ObjectEntry, readonly Reference[]>();

/** What a pod's spec names; it travels with the pod. Nothing for a pod that this version cannot read. */
export function referencesOf(pod: ObjectEntry): readonly Reference[] {
  let references = known.get(pod);
  if (!references) {
    const { pod: checked } = checkPod(pod.object);
    references = checked ? referencesOfPod(checked).map(({ kind, name }) => ({ noun: kind, name })) : [];
    known.set(pod, references);
  }
  return references;
}
