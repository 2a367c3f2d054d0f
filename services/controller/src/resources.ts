import { resourceHistoryMax, type StoredMessage } from "@holdfast/kernel";
import {
  type Resolution,
  ResolutionResourceCodec,
  ResourceCodec,
  resolutionResource,
  resource,
  TwinResourceCodec,
  type TwinTarget,
  twinResource,
  type Value,
} from "@holdfast/proto";
import { isNoun, type Noun } from "./kinds.ts";
import { isObject, type JsonObject, textAt, valueAt } from "./object-json.ts";

/** A declared object at its newest version. `seq` is its resourceVersion. */
export interface ObjectEntry {
  readonly noun: Noun;
  readonly namespace: string;
  readonly name: string;
  readonly seq: number;
  /** A tombstone; `object` is what it was. */
  readonly removed: boolean;
  /** Without status and resourceVersion. */
  readonly object: JsonObject;
  /** The manifest last applied; {} when nobody applied one. */
  readonly applied: JsonObject;
  readonly actor: string;
  readonly atMs: number;
  /** Where this object began; of those that were there when this process loaded, at best a guess. */
  readonly createdSeq: number;
}

/** The desired value of one property. `target.version` is its sequence. */
export interface TwinEntry {
  readonly namespace: string;
  readonly device: string;
  readonly property: string;
  readonly seq: number;
  readonly removed: boolean;
  readonly target: TwinTarget;
  readonly answers: TwinAnswers;
}

/** What sets of one property were answered, by the command's id; shared by the versions of a property. */
export interface TwinAnswers {
  readonly byId: Map<string, { readonly seq: number; readonly value: Value | undefined }>;
  /** What was set before this process loaded is in it too. */
  complete: boolean;
}

/** Ids remembered per property: as many as versions are kept of it. */
const answersMax = resourceHistoryMax;

/** A decided proposal. */
export interface ResolutionEntry {
  readonly node: string;
  readonly id: string;
  readonly seq: number;
  readonly storedAtMs: number;
  readonly resolution: Resolution;
}

/** The fold of the stream RESOURCES: the truth (docs/protocol.md 6). */
export interface Resources {
  readonly objects: Readonly<Record<Noun, Map<string, ObjectEntry>>>;
  /** By device ("namespace/name"), then by property. */
  readonly twins: Map<string, Map<string, TwinEntry>>;
  /** By node, then by id. */
  readonly resolutions: Map<string, Map<string, ResolutionEntry>>;
  /** Live pods and devices by their node; "" = those without one. */
  readonly onNode: Map<string, Map<string, ObjectEntry>>;
  /** The newest sequence of each subject: what a compare-and-set must name. */
  readonly seqs: Map<string, number>;
  /** Subjects whose history was given up: an empty message is all that is left of them. */
  readonly emptied: Set<string>;
}

export type Change =
  | { readonly what: "object"; readonly before?: ObjectEntry | undefined; readonly after?: ObjectEntry | undefined }
  | { readonly what: "twin"; readonly namespace: string; readonly device: string }
  | { readonly what: "resolution"; readonly node: string };

export function emptyResources(): Resources {
  const objects = {
    pod: new Map(),
    configmap: new Map(),
    secret: new Map(),
    node: new Map(),
    device: new Map(),
    devicemodel: new Map(),
  };
  return { objects, twins: new Map(), resolutions: new Map(), onNode: new Map(), seqs: new Map(), emptied: new Set() };
}

/** Nodes that something is declared for. */
export function declaredNodes({ onNode, resolutions }: Resources): Set<string> {
  const nodes = new Set([...onNode.keys(), ...resolutions.keys()]);
  nodes.delete("");
  return nodes;
}

/** A subject turned out to be gone from the stream. */
export function forgetSubject({ seqs, emptied }: Resources, subject: string): void {
  seqs.delete(subject);
  emptied.delete(subject);
}

export function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** The object, unless it was never there or is deleted. */
export function liveObject(resources: Resources, noun: Noun, namespace: string, name: string): ObjectEntry | undefined {
  const entry = resources.objects[noun].get(keyOf(namespace, name));
  return entry?.removed ? undefined : entry;
}

export function nodeNameOf(entry: ObjectEntry | undefined): string {
  return entry && !entry.removed ? textAt(entry.object, "spec", "nodeName") : "";
}

/**
 * Takes one message of RESOURCES into the fold. Undefined = a subject that means nothing here.
 * Error: `invalid_message`; the fold is unchanged then.
 */
export function evolveResources(resources: Resources, message: StoredMessage): Change | undefined {
  const { subject, data } = message;
  resources.seqs.set(subject, message.seq);
  if (data.length > 0) resources.emptied.delete(subject);
  else resources.emptied.add(subject);
  const ofTwin = twinResource.subject.parse(subject);
  if (ofTwin) return takeTwin(resources, ofTwin, message);
  const ofResolution = resolutionResource.subject.parse(subject);
  if (ofResolution) return takeResolution(resources, ofResolution, message);
  const ofObject = resource.subject.parse(subject);
  if (ofObject && isNoun(ofObject.kind)) return takeObject(resources, { ...ofObject, noun: ofObject.kind }, message);
  return undefined;
}

interface ObjectPlace {
  readonly noun: Noun;
  readonly namespace: string;
  readonly name: string;
}

function takeObject(resources: Resources, { noun, namespace, name }: ObjectPlace, message: StoredMessage): Change {
  const all = resources.objects[noun];
  const key = keyOf(namespace, name);
  const before = all.get(key);
  let after: ObjectEntry | undefined;
  if (message.data.length > 0) {
    const { object, applied, removed, actor, atMs } = ResourceCodec.decode(message.data);
    const { seq } = message;
    const parsed = parse(object);
    const createdSeq = before && !before.removed ? before.createdSeq : generationOf(parsed) > 1 && !before ? 0 : seq;
    after = { noun, namespace, name, seq, removed, object: parsed, applied: parse(applied), actor, atMs, createdSeq };
  }
  // Deleted first, so that iteration follows the order of changes.
  all.delete(key);
  if (after) all.set(key, after);
  if (noun === "pod" || noun === "device") placeOnNode(resources, before, after);
  return { what: "object", before, after };
}

function parse(text: string): JsonObject {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  return isObject(value) ? value : {};
}

function generationOf(object: JsonObject): number {
  return Number(valueAt(object, "metadata", "generation") ?? 1);
}

function placeOnNode({ onNode }: Resources, before: ObjectEntry | undefined, after: ObjectEntry | undefined): void {
  const left = onNode.get(nodeNameOf(before));
  if (before) left?.delete(placeKey(before.noun, before.namespace, before.name));
  if (left?.size === 0) onNode.delete(nodeNameOf(before));
  if (!after || after.removed) return;
  const node = nodeNameOf(after);
  const there = onNode.get(node) ?? new Map<string, ObjectEntry>();
  there.set(placeKey(after.noun, after.namespace, after.name), after);
  onNode.set(node, there);
}

/** The key of a pod or device in `onNode`. */
export function placeKey(noun: string, namespace: string, name: string): string {
  return `${noun}/${namespace}/${name}`;
}

type TwinPlace = { readonly namespace: string; readonly device: string; readonly property: string };

function takeTwin(resources: Resources, place: TwinPlace, { data, seq }: StoredMessage): Change {
  const { namespace, device, property } = place;
  const key = keyOf(namespace, device);
  const ofDevice = resources.twins.get(key) ?? new Map<string, TwinEntry>();
  const { target, removed } = TwinResourceCodec.decode(data);
  const before = ofDevice.get(property);
  const answers = before && !before.removed ? before.answers : { byId: new Map(), complete: false };
  if (data.length === 0 || !target) ofDevice.delete(property);
  else ofDevice.set(property, { ...place, seq, removed, target: { ...target, version: seq }, answers });
  if (target && !removed) rememberAnswer(answers, target, seq);
  if (ofDevice.size > 0) resources.twins.set(key, ofDevice);
  else resources.twins.delete(key);
  return { what: "twin", namespace, device };
}

export function rememberAnswer({ byId }: TwinAnswers, { id, value }: TwinTarget, seq: number): void {
  if (id === "" || byId.has(id)) return;
  byId.set(id, { seq, value });
  for (const [oldest] of byId) {
    if (byId.size <= answersMax) return;
    byId.delete(oldest);
  }
}

function takeResolution(
  resources: Resources,
  { node, id }: { readonly node: string; readonly id: string },
  { data, seq, storedAtMs }: StoredMessage,
): Change {
  const ofNode = resources.resolutions.get(node) ?? new Map<string, ResolutionEntry>();
  const { resolution } = ResolutionResourceCodec.decode(data);
  ofNode.delete(id);
  if (data.length > 0 && resolution) ofNode.set(id, { node, id, seq, storedAtMs, resolution });
  if (ofNode.size > 0) resources.resolutions.set(node, ofNode);
  else resources.resolutions.delete(node);
  return { what: "resolution", node };
}
