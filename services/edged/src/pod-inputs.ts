import {
  type ConfigObject,
  type ContainerSpec,
  type EnvVar,
  isJsonObject,
  type JsonObject,
  type KeyPath,
  type Pod,
  type PodField,
  type Reference,
  referencesOf,
  type VolumeSpec,
} from "@holdfast/kernel";
import { expand } from "./expand.ts";
import type { VolumeFile, VolumeRequest } from "./runtime.ts";

/** A ConfigMap or Secret as the log holds it. */
export interface ConfigEntry {
  readonly object: ConfigObject;
  readonly raw: JsonObject;
  /** A Secret that was sealed with a key that is gone; it has no data. */
  readonly unreadable?: boolean;
}

/** What a pod was started with, as the log holds it. */
export interface RecordedInputs {
  readonly uid: string;
  readonly specHash: string;
  readonly pod: JsonObject;
  /** By "configmap/<name>" and "secret/<name>". */
  readonly references: Readonly<Record<string, JsonObject>>;
}

/** The objects that a pod uses, found or missing. */
export interface ResolvedInputs {
  readonly objects: ReadonlyMap<string, ConfigObject>;
  readonly references: Readonly<Record<string, JsonObject>>;
  /** A sentence for each that is missing and not optional. */
  readonly missing: readonly string[];
}

export type FindConfig = (kind: Reference["kind"], name: string) => ConfigEntry | undefined;

const lostKey = "was sealed with another key: bring the key back, or link the gateway, and the cloud gives it again";

/** Path variable of a container that names none. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Finds what the pod refers to: as it is now, else as it was when the pod was started (docs/protocol.md 7), so that
 * a running pod can be started again when its ConfigMap is gone.
 */
export function resolveInputs(pod: Pod, now: FindConfig, recorded: FindConfig): ResolvedInputs {
  const objects = new Map<string, ConfigObject>();
  const references: Record<string, JsonObject> = {};
  const missing: string[] = [];
  for (const { kind, name, optional } of referencesOf(pod)) {
    const current = now(kind, name);
    const entry = current === undefined || current.unreadable ? recorded(kind, name) : current;
    if (entry) {
      objects.set(`${kind}/${name}`, entry.object);
      references[`${kind}/${name}`] = withoutVersion(entry.raw);
    } else if (current?.unreadable) missing.push(`${kind} "${name}" ${lostKey}`);
    else if (!optional) missing.push(`${kind} "${name}" not found`);
  }
  return { objects, references, missing };
}

/** The place of an object in the cloud's history says nothing of what is in it. */
function withoutVersion(raw: JsonObject): JsonObject {
  if (!isJsonObject(raw.metadata)) return raw;
  const { name, namespace } = raw.metadata;
  return { ...raw, metadata: { name, namespace } };
}

export interface Gateway {
  readonly node: string;
  readonly hostIp: string;
}

/** A command and its environment, or what is missing for it. */
export type ResolvedCommand =
  | { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> }
  | { readonly missing: string };

export function resolveCommand(
  pod: Pod,
  container: ContainerSpec,
  objects: ResolvedInputs["objects"],
  gateway: Gateway,
): ResolvedCommand {
  const env: Record<string, string> = { PATH: defaultPath };
  for (const { prefix, reference } of container.envFrom) {
    const data = objects.get(`${reference.kind}/${reference.name}`)?.data ?? new Map<string, Uint8Array>();
    for (const [key, bytes] of data) env[`${prefix}${key}`] = text(bytes);
  }
  for (const variable of container.env) {
    const value = variableValue(variable, pod, objects, gateway, env);
    if (value === undefined && variable.kind === "key" && !variable.reference.optional) {
      const { reference, key } = variable;
      return { missing: `${reference.kind} "${reference.name}" has no key "${key}"` };
    }
    if (value !== undefined) env[variable.name] = value;
  }
  return { argv: [...container.command, ...container.args].map((word) => expand(word, env)), env };
}

function variableValue(
  variable: EnvVar,
  pod: Pod,
  objects: ResolvedInputs["objects"],
  gateway: Gateway,
  env: Readonly<Record<string, string>>,
): string | undefined {
  if (variable.kind === "value") return expand(variable.value, env);
  if (variable.kind === "field") return fieldOf(variable.field, pod, gateway);
  const { reference, key } = variable;
  const bytes = objects.get(`${reference.kind}/${reference.name}`)?.data.get(key);
  return bytes && text(bytes);
}

function fieldOf(field: PodField, pod: Pod, { node, hostIp }: Gateway): string {
  return {
    "metadata.name": pod.name,
    "metadata.namespace": pod.namespace,
    "metadata.uid": pod.uid,
    "spec.nodeName": node,
    "status.hostIP": hostIp,
    "status.podIP": hostIp,
  }[field];
}

/** NUL cannot stand in an environment. */
function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replaceAll("\0", "");
}

/** What the pod's volumes must hold, or what is missing for them. */
export function resolveVolumes(
  pod: Pod,
  objects: ResolvedInputs["objects"],
): { readonly volumes: readonly VolumeRequest[] } | { readonly missing: string } {
  const volumes: VolumeRequest[] = [];
  for (const volume of pod.spec.volumes) {
    if (volume.kind !== "projected") {
      volumes.push(volume);
      continue;
    }
    const files = filesOf(volume, objects);
    if ("missing" in files) return files;
    const secret = volume.reference.kind === "secret";
    volumes.push({ kind: "projected", name: volume.name, files: files.files, ...(secret && { secret }) });
  }
  return { volumes };
}

function filesOf(
  volume: Extract<VolumeSpec, { kind: "projected" }>,
  objects: ResolvedInputs["objects"],
): { readonly files: readonly VolumeFile[] } | { readonly missing: string } {
  const { kind, name, optional } = volume.reference;
  const data = objects.get(`${kind}/${name}`)?.data ?? new Map<string, Uint8Array>();
  const items: readonly KeyPath[] = volume.items ?? [...data.keys()].map((key) => ({ key, path: key }));
  const files: VolumeFile[] = [];
  for (const { key, path, mode = volume.mode } of items) {
    const content = data.get(key);
    if (content) files.push({ path, content, mode });
    else if (!optional) return { missing: `${kind} "${name}" has no key "${key}"` };
  }
  return { files };
}
