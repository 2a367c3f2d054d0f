import { createHash } from "node:crypto";
import { desiredTaken, ResolutionCodec, TwinTargetCodec, tokenBytesMax } from "@holdfast/proto";
import { isObject, type JsonObject, objectAt, textAt, without } from "./object-json.ts";
import { referencesOf } from "./references.ts";
import {
  declaredNodes,
  keyOf,
  liveObject,
  nodeNameOf,
  type ObjectEntry,
  type Resources,
  type TwinEntry,
} from "./resources.ts";

/** One object that a node should have. */
export interface Wanted {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly content: Uint8Array;
  /** Equal fingerprints: nothing that concerns the node differs. */
  readonly fingerprint: string;
  /** Sequence in RESOURCES. */
  readonly source: number;
  /** The key of the pod or device that may be on one node only; absent = it may be on several. */
  readonly exclusive?: string;
  /** Both nodes may have it for a while. */
  readonly force?: boolean;
}

/** A pod or device with this annotation set to "force" moves before its old node has let it go. */
const moveAnnotation = "holdfast.dev/move";

const keyPrefix = desiredTaken.key.prefix({});

/** `kind/namespace/name`, as digests and the node's log have it. */
export function desiredKey(params: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return desiredTaken.key.build(params).slice(keyPrefix.length);
}

/** Everything that all nodes should have (docs/protocol.md 6). Pure: the same resources give the same bytes. */
export function derive(resources: Resources): Map<string, Map<string, Wanted>> {
  return new Map([...declaredNodes(resources)].map((node) => [node, deriveNode(resources, node)]));
}

/** Everything that one node should have, by key. */
export function deriveNode(resources: Resources, node: string): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  const put = (one: Wanted) => wanted.set(desiredKey(one), one);
  const putObject = (entry: ObjectEntry | undefined) => entry && put(wantedObject(entry));
  for (const entry of resources.onNode.get(node)?.values() ?? []) {
    const { noun, namespace } = entry;
    put(exclusive(wantedObject(entry), entry));
    if (noun === "pod") {
      for (const used of referencesOf(entry)) putObject(liveObject(resources, used.noun, namespace, used.name));
      continue;
    }
    putObject(liveObject(resources, "devicemodel", namespace, textAt(entry.object, "spec", "deviceModelRef", "name")));
    for (const twin of wantedTwins(resources, entry)) put(exclusive(twin, entry));
  }
  for (const one of wantedResolutions(resources, node)) put(one);
  return wanted;
}

function exclusive(wanted: Wanted, entry: ObjectEntry): Wanted {
  const { noun: kind, namespace, name, object } = entry;
  const force = textAt(object, "metadata", "annotations", moveAnnotation) === "force";
  return { ...wanted, exclusive: desiredKey({ kind, namespace, name }), force };
}

// An entry never changes, so what follows from it is made once.
const made = new WeakMap<ObjectEntry, Wanted>();
const madeTwins = new WeakMap<TwinEntry, Wanted>();

function wantedObject(entry: ObjectEntry): Wanted {
  const known = made.get(entry);
  if (known) return known;
  const { noun: kind, namespace, name, seq: source, object } = entry;
  const metadata = { ...objectAt(object, "metadata"), resourceVersion: String(source) };
  const content = Buffer.from(JSON.stringify({ ...object, metadata }));
  const wanted = { kind, namespace, name, content, source, fingerprint: fingerprintOf(kind, content) };
  made.set(entry, wanted);
  return wanted;
}

function* wantedTwins(resources: Resources, device: ObjectEntry): Generator<Wanted> {
  const uid = textAt(device.object, "metadata", "uid");
  for (const twin of resources.twins.get(keyOf(device.namespace, device.name))?.values() ?? []) {
    // A target of an earlier device of this name is not one of this device.
    if (!twin.removed && twin.target.deviceUid === uid && fitsToken(twin)) yield wantedTwin(twin);
  }
}

/** The name under which a desired value travels: one token of a subject. */
export function twinName({ device, property }: { readonly device: string; readonly property: string }): string {
  return `${device}.${property}`;
}

export function fitsToken(twin: { readonly device: string; readonly property: string }): boolean {
  return Buffer.byteLength(twinName(twin)) <= tokenBytesMax;
}

function wantedTwin(twin: TwinEntry): Wanted {
  const known = madeTwins.get(twin);
  if (known) return known;
  const content = TwinTargetCodec.encode(twin.target);
  const { namespace, seq: source } = twin;
  const name = twinName(twin);
  const wanted = { kind: "twin", namespace, name, content, source, fingerprint: fingerprintOf("twin", content) };
  madeTwins.set(twin, wanted);
  return wanted;
}

function* wantedResolutions(resources: Resources, node: string): Generator<Wanted> {
  for (const { id, seq: source, resolution } of resources.resolutions.get(node)?.values() ?? []) {
    // The accepted value stands right before its resolution: both were one atomic batch.
    const version = resolution.accepted ? source - 1 : resolution.version;
    const content = ResolutionCodec.encode({ ...resolution, version });
    const fingerprint = fingerprintOf("resolution", content);
    yield { kind: "resolution", namespace: resolution.namespace, name: id, content, source, fingerprint };
  }
}

/**
 * What makes two contents different for a node: everything but an object's resourceVersion, so that a write
 * that changes only the cloud's own notes does not reach the gateway.
 */
export function fingerprintOf(kind: string, content: Uint8Array): string {
  const relevant = kind === "twin" || kind === "resolution" ? content : withoutVersion(content);
  return createHash("sha256").update(relevant).digest("base64");
}

function withoutVersion(content: Uint8Array): string | Uint8Array {
  const object: unknown = parseOrUndefined(content);
  if (!isObject(object)) return content;
  const metadata: JsonObject = without(objectAt(object, "metadata"), "resourceVersion");
  return JSON.stringify({ ...object, metadata });
}

function parseOrUndefined(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString());
  } catch {
    return undefined;
  }
}

/** The nodes whose desired state one changed object touches. */
export function nodesOf(resources: Resources, entry: ObjectEntry | undefined): Set<string> {
  const nodes = new Set<string>();
  if (!entry) return nodes;
  const { noun, namespace, name } = entry;
  if (noun === "pod" || noun === "device") {
    nodes.add(nodeNameOf(entry));
    nodes.delete("");
    return nodes;
  }
  const uses = (user: ObjectEntry): boolean => {
    if (user.namespace !== namespace) return false;
    if (noun === "devicemodel") return textAt(user.object, "spec", "deviceModelRef", "name") === name;
    return user.noun === "pod" && referencesOf(user).some((used) => used.noun === noun && used.name === name);
  };
  for (const [node, entries] of resources.onNode) {
    if (node !== "" && [...entries.values()].some(uses)) nodes.add(node);
  }
  return nodes;
}
