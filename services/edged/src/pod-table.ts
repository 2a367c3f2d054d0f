import {
  checkConfigObject,
  checkPod,
  isJsonObject,
  type JsonObject,
  type LogEntry,
  type Pod,
  parseKept,
  type Reference,
  refusal,
  type SecretBox,
} from "@holdfast/kernel";
import {
  DesiredTakenCodec,
  desiredTaken,
  linkPosition,
  PodChangedCodec,
  type PodInputs,
  PodInputsCodec,
  podChanged,
  podInputs,
} from "@holdfast/proto";
import type { ConfigEntry, RecordedInputs } from "./pod-inputs.ts";
import { type PodStatus, readPodStatus } from "./pod-status.ts";
import { specHashOf } from "./spec-hash.ts";

/** A pod that somebody wants on this gateway. */
export type DesiredPod =
  | { readonly kind: "runnable"; readonly object: JsonObject; readonly pod: Pod; readonly specHash: string }
  | {
      readonly kind: "refused";
      readonly object: JsonObject;
      readonly uid: string;
      readonly reason: string;
      readonly message: string;
    };

/** What was last told of a pod. */
export interface ToldPod {
  readonly uid: string;
  readonly status: PodStatus | undefined;
  /** As it was written. */
  readonly text: string;
}

/** Something that happened to a pod, for people. */
export interface PodEvent {
  readonly uid: string;
  readonly atMs: number;
  readonly what: string;
  readonly message: string;
}

export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  readonly desired?: DesiredPod;
  readonly inputs?: RecordedInputs & { readonly configs: ReadonlyMap<string, ConfigEntry> };
  readonly told?: ToldPod;
  /** It was wanted and is not any more, said in so many words, not by silence. */
  readonly removed: boolean;
  readonly events: readonly PodEvent[];
}

/** The prefixes of the log that edged folds. */
export const logPrefixes = ["desired/pod/", "desired/configmap/", "desired/secret/", "podinputs/", "pod/", "link/"];

/** Recent events kept per pod. */
const eventsMax = 20;

/** One change of what edged shows to others: a noun, its key, and the object as it is now. */
export interface TableChange {
  readonly noun: "pod" | "configmap" | "secret";
  readonly namespace: string;
  readonly name: string;
}

/** Everything that the log says of pods, ConfigMaps and Secrets on this gateway. A pure fold. */
export class PodTable {
  readonly pods = new Map<string, PodRecord>();
  /** By "configmap/<namespace>/<name>" and "secret/<namespace>/<name>". */
  readonly configs = new Map<string, ConfigEntry>();
  /** The cloud's desired state has been taken at least once in this log: what it does not name is not wanted. */
  synced = false;
  readonly #secrets: SecretBox | undefined;

  /** `secrets` opens what is sealed in the log. */
  constructor(secrets?: SecretBox) {
    this.#secrets = secrets;
  }

  clear(): void {
    this.pods.clear();
    this.configs.clear();
    this.synced = false;
  }

  config(namespace: string, kind: Reference["kind"], name: string): ConfigEntry | undefined {
    return this.configs.get(`${kind}/${namespace}/${name}`);
  }

  /** Returns what changed for those who look at objects; `undefined` = nothing. */
  apply({ event }: LogEntry): TableChange | undefined {
    const removed = event.ending === "removal";
    if (event.type === desiredTaken.name) return this.#applyDesired(event.key, removed ? undefined : event.body);
    if (event.type === podChanged.name) return this.#applyTold(event.key, event.subject, event.body, removed);
    if (event.type === podInputs.name) return this.#applyInputs(event.key, removed ? undefined : event.body);
    if (event.type === linkPosition.name && !removed) this.synced = true;
    return undefined;
  }

  #applyDesired(key: string, body: Uint8Array | undefined): TableChange | undefined {
    const at = desiredTaken.key.parse(key);
    if (!at) return undefined;
    const { kind, namespace, name } = at;
    // What is no object at all is still wanted, and said to be wrong.
    const object = body && parseKept(this.#content(key, body));
    if (kind === "pod") {
      this.#update(namespace, name, {
        desired: object && readDesiredPod(object, namespace, name),
        removed: body === undefined,
      });
    } else if (kind === "configmap" || kind === "secret") {
      const entry = object && (readConfig(kind, object) ?? this.#sealedEntry(key, body, namespace, name));
      const isItself = entry?.object.namespace === namespace && entry.object.name === name;
      if (isItself) this.configs.set(`${kind}/${namespace}/${name}`, entry);
      else this.configs.delete(`${kind}/${namespace}/${name}`);
    } else return undefined;
    return { noun: kind, namespace, name };
  }

  /** The content of an object; empty when it is sealed and cannot be opened. */
  #content(key: string, body: Uint8Array): Uint8Array {
    const { content, sealed } = DesiredTakenCodec.decode(body);
    return sealed.length === 0 ? content : (this.#open(key, sealed) ?? new Uint8Array());
  }

  #open(key: string, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length === 0) return undefined;
    const opened = this.#secrets?.open(key, sealed) ?? "other key";
    return typeof opened === "string" ? undefined : opened;
  }

  /** A Secret that was sealed with a key that is gone: it is there, and nobody can read it. */
  #sealedEntry(key: string, body: Uint8Array, namespace: string, name: string): ConfigEntry | undefined {
    const { sealed } = DesiredTakenCodec.decode(body);
    if (sealed.length === 0 || this.#open(key, sealed)) return undefined;
    const entry = readConfig("secret", { apiVersion: "v1", kind: "Secret", metadata: { namespace, name } });
    return entry && { ...entry, unreadable: true };
  }

  #applyTold(key: string, subject: string, body: Uint8Array, removed: boolean): TableChange | undefined {
    const at = podChanged.key.parse(key);
    if (!at) return undefined;
    const { namespace, name } = at;
    const message = body.length === 0 ? undefined : PodChangedCodec.decode(body);
    const what = podChanged.subject.parse(subject)?.what ?? "changed";
    const { uid = "", atMs = 0, message: words = "" } = message ?? {};
    const event = { uid, atMs, what, message: words };
    const events = [...(this.pods.get(podKey(namespace, name))?.events ?? []), event].slice(-eventsMax);
    const told = removed || !message ? undefined : readTold(message.uid, message.status);
    this.#update(namespace, name, { told, events: removed ? [] : events });
    return { noun: "pod", namespace, name };
  }

  #applyInputs(key: string, body: Uint8Array | undefined): TableChange | undefined {
    const at = podInputs.key.parse(key);
    if (!at) return undefined;
    const told = body && PodInputsCodec.decode(body);
    const inputs = told && readInputs(told, this.#open(key, told.sealed) ?? "{}");
    this.#update(at.namespace, at.name, { inputs });
    // Inputs show only while they are all that is left of a pod.
    return this.pods.has(podKey(at.namespace, at.name)) ? undefined : { noun: "pod", ...at };
  }

  #update(
    namespace: string,
    name: string,
    change: { [K in "desired" | "inputs" | "told" | "events" | "removed"]?: PodRecord[K] | undefined },
  ): void {
    const key = podKey(namespace, name);
    const { desired, inputs, told, events, removed } = { ...this.pods.get(key), ...change };
    if (!desired && !inputs && !told) {
      this.pods.delete(key);
      return;
    }
    this.pods.set(key, {
      namespace,
      name,
      ...(desired && { desired }),
      ...(inputs && { inputs }),
      ...(told && { told }),
      removed: removed ?? false,
      events: events ?? [],
    });
  }
}

/** One-to-one, also for the names that a forged object may have. */
export function podKey(namespace: string, name: string): string {
  return `${encodeURIComponent(namespace)}/${name}`;
}

/** The key in the log is the name; an object that says otherwise is refused, not run under another name. */
export function readDesiredPod(object: JsonObject, namespace: string, name: string): DesiredPod {
  const { pod, problems } = checkPod(object);
  const uid = isJsonObject(object.metadata) && typeof object.metadata.uid === "string" ? object.metadata.uid : "";
  if (pod && pod.name === name && pod.namespace === namespace) {
    // Without a uid from the cloud the name is the identity, as long as nobody else has it.
    const known = { ...pod, uid: pod.uid === "" ? `${namespace}_${name}` : pod.uid };
    return { kind: "runnable", object, pod: known, specHash: specHashOf(object) };
  }
  const error = pod ? undefined : refusal("Pod", problems);
  const message = error?.message ?? `The object is named ${pod?.namespace}/${pod?.name}, not ${namespace}/${name}.`;
  return { kind: "refused", object, uid, reason: error?.code ?? "invalid_argument", message };
}

function readConfig(kind: Reference["kind"], raw: JsonObject): ConfigEntry | undefined {
  const { object } = checkConfigObject(kind, raw);
  return object && { object, raw };
}

function readTold(uid: string, text: string): ToldPod {
  return { uid, text, status: readPodStatus(text) };
}

function readInputs({ uid, specHash, pod, references }: PodInputs, secrets: string | Uint8Array): PodRecord["inputs"] {
  const object = parseKept(pod);
  const raws = { ...parseKept(references), ...parseKept(secrets) };
  const configs = new Map<string, ConfigEntry>();
  const kept: Record<string, JsonObject> = {};
  for (const [key, raw] of Object.entries(raws)) {
    if (!isJsonObject(raw)) continue;
    kept[key] = raw;
    const entry = readConfig(key.startsWith("secret/") ? "secret" : "configmap", raw);
    if (entry) configs.set(key, entry);
  }
  return { uid, specHash, pod: object, references: kept, configs };
}
