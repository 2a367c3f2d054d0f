import type { ObjectMeta } from "./object-meta.ts";

/** A core/v1 Pod as edged runs it: checked, with Kubernetes' defaults filled in. Made by `parsePod`. */
export interface Pod extends ObjectMeta {
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly containers: readonly ContainerSpec[];
  readonly volumes: readonly VolumeSpec[];
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** From TERM to KILL. */
  readonly terminationGraceMs: number;
  readonly nodeName?: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
}

export interface ContainerSpec {
  readonly name: string;
  /** `host`: the command comes from the host's file system. */
  readonly image: "host";
  /** $(NAME) is expanded from the environment, as in `args` and `env`. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly EnvSource[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly limits: Resources;
  readonly requests: Resources;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

/** An object that a pod uses. */
export interface Reference {
  readonly kind: "configmap" | "secret";
  readonly name: string;
  /** The pod also starts without it. */
  readonly optional: boolean;
}

export type EnvVar =
  | { readonly kind: "value"; readonly name: string; readonly value: string }
  | { readonly kind: "key"; readonly name: string; readonly reference: Reference; readonly key: string }
  | { readonly kind: "field"; readonly name: string; readonly field: PodField };

/** Fields of the pod that an environment variable may name. */
export const podFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "status.hostIP",
  "status.podIP",
] as const;
export type PodField = (typeof podFields)[number];

/** Every key of an object becomes a variable. */
export interface EnvSource {
  readonly prefix: string;
  readonly reference: Reference;
}

export interface VolumeMount {
  readonly volume: string;
  /** Absolute. */
  readonly mountPath: string;
  readonly readOnly: boolean;
}

export type VolumeSpec =
  | {
      readonly kind: "projected";
      readonly name: string;
      readonly reference: Reference;
      readonly items?: readonly KeyPath[];
      readonly mode: number;
    }
  | { readonly kind: "emptyDir"; readonly name: string }
  | { readonly kind: "hostPath"; readonly name: string; readonly path: string; readonly type: HostPathType };

/** One key of a ConfigMap or Secret as a file of a volume. */
export interface KeyPath {
  readonly key: string;
  /** Relative, without "..". */
  readonly path: string;
  readonly mode?: number;
}

/** What must be at a `hostPath`; "" = nothing is checked. */
export const hostPathTypes = [
  "",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
  "CharDevice",
  "BlockDevice",
] as const;
export type HostPathType = (typeof hostPathTypes)[number];

export interface Resources {
  /** Thousandths of a core. */
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
}

export interface Probe {
  readonly action: ProbeAction;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export type ProbeAction =
  | { readonly kind: "exec"; readonly command: readonly string[] }
  | {
      readonly kind: "http";
      /** Absent = this machine. */
      readonly host?: string;
      readonly port: number;
      readonly path: string;
      readonly secure: boolean;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: "tcp"; readonly host?: string; readonly port: number };

/** Every object that the pod uses, each once; optional only if all uses are. */
export function referencesOf(pod: Pod): Reference[] {
  const all = pod.spec.volumes.flatMap((volume) => (volume.kind === "projected" ? [volume.reference] : []));
  for (const { env, envFrom } of pod.spec.containers) {
    all.push(...envFrom.map(({ reference }) => reference));
    all.push(...env.flatMap((variable) => (variable.kind === "key" ? [variable.reference] : [])));
  }
  const byKey = new Map<string, Reference>();
  for (const reference of all) {
    const key = `${reference.kind}/${reference.name}`;
    const known = byKey.get(key);
    byKey.set(key, { ...reference, optional: reference.optional && (known?.optional ?? true) });
  }
  return [...byKey.values()];
}
