import { HoldfastError } from "@holdfast/proto";

/** A kind of declared object. Its noun is what stands in subjects and commands. */
export interface Kind {
  readonly noun: Noun;
  readonly kind: string;
  readonly apiVersion: string;
  /** Objects without a namespace are stored under `clusterNamespace`. */
  readonly namespaced: boolean;
}

/** Stands for "no namespace" in subjects, and for "all namespaces" in lists. */
export const clusterNamespace = "_";

const deviceApi = "devices.kubeedge.io/v1beta1";

export const kinds = [
  { noun: "pod", kind: "Pod", apiVersion: "v1", namespaced: true },
  { noun: "configmap", kind: "ConfigMap", apiVersion: "v1", namespaced: true },
  { noun: "secret", kind: "Secret", apiVersion: "v1", namespaced: true },
  { noun: "node", kind: "Node", apiVersion: "v1", namespaced: false },
  { noun: "device", kind: "Device", apiVersion: deviceApi, namespaced: true },
  { noun: "devicemodel", kind: "DeviceModel", apiVersion: deviceApi, namespaced: true },
] as const;

export type Noun = (typeof kinds)[number]["noun"];

const byNoun: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [kind.noun, kind]));

export function isNoun(noun: string): noun is Noun {
  return byNoun.has(noun);
}

/** Error: `unsupported`. */
export function kindOf(noun: string): Kind {
  const kind = byNoun.get(noun);
  if (kind) return kind;
  const known = kinds.map((one) => one.noun).join(", ");
  throw new HoldfastError("unsupported", `There is no kind "${noun}"; there are ${known}.`);
}
