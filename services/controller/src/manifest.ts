import {
  checkConfigObject,
  checkPod,
  dnsSubdomain,
  type ObjectProblem,
  ObjectReader,
  parseDevice,
  parseDeviceModel,
  readLabels,
  readMeta,
} from "@holdfast/kernel";
import { type FieldProblem, HoldfastError } from "@holdfast/proto";
import { clusterNamespace, type Kind } from "./kinds.ts";
import { isObject, type JsonObject, objectAt, textAt, textsAt, without } from "./object-json.ts";

/** A manifest that may be applied: complete, checked, without what only a server writes. */
export interface Manifest {
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  /** "" = whatever version is there. */
  readonly resourceVersion: string;
  /** "" = whatever object of this name is there. */
  readonly uid: string;
  readonly warnings: readonly string[];
}

/** Filled in by the server; in a manifest (from `get -o yaml`) they mean nothing. */
const serverMetadata = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

/**
 * Reads a manifest for objects of `kind` in the namespace of the command ("_" = the manifest says it). Errors:
 * `invalid_argument` or `unsupported` with every problem and its path.
 */
export function readManifest(kind: Kind, commandNamespace: string, text: string): Manifest {
  const given = parseObject(text);
  const problems: ObjectProblem[] = [];
  const namespace = namespaceOf(kind, commandNamespace, given, problems);
  const metadata = { ...objectAt(given, "metadata"), ...(kind.namespaced ? { namespace } : {}) };
  const object = without({ ...given, metadata }, "status");
  const { problems: found, warnings } = check(kind, object);
  for (const one of found) if (!problems.some(({ path }) => path === one.path)) problems.push(one);
  if (problems.length > 0) throw refused(kind, textAt(given, "metadata", "name"), problems);
  return {
    namespace,
    name: textAt(metadata, "name"),
    object: normalized(kind, { ...object, metadata: without(metadata, ...serverMetadata) }),
    resourceVersion: textAt(metadata, "resourceVersion"),
    uid: textAt(metadata, "uid"),
    warnings,
  };
}

function parseObject(text: string): JsonObject {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch (error) {
    throw new HoldfastError("invalid_argument", "The manifest is not valid JSON.", { cause: error });
  }
  if (isObject(object)) return object;
  throw new HoldfastError("invalid_argument", "The manifest must be a JSON object with apiVersion, kind and metadata.");
}

function namespaceOf(kind: Kind, commanded: string, given: JsonObject, problems: ObjectProblem[]): string {
  const written = textAt(given, "metadata", "namespace");
  const wrong = (problem: string) => problems.push({ path: "metadata.namespace", problem, code: "invalid_argument" });
  if (!kind.namespaced) {
    if (written !== "") wrong(`must be left out: a ${kind.kind} has no namespace`);
    return clusterNamespace;
  }
  if (commanded !== clusterNamespace && written !== "" && written !== commanded) {
    wrong(`is "${written}", but the command is for namespace "${commanded}"`);
  }
  return commanded === clusterNamespace ? written || "default" : commanded;
}

interface Checked {
  readonly problems: readonly ObjectProblem[];
  readonly warnings: readonly string[];
}

function check(kind: Kind, object: JsonObject): Checked {
  switch (kind.noun) {
    case "pod":
      return { problems: checkPod(object).problems, warnings: nodeWarnings(object) };
    case "configmap":
    case "secret":
      return { problems: checkConfigObject(kind.noun, object).problems, warnings: [] };
    case "node":
      return { problems: checkNode(kind, object), warnings: [] };
    case "device":
      return checkDevice(kind, object);
    case "devicemodel": {
      const { problems, warnings } = parseDeviceModel(object);
      return { problems: [...metaProblems(kind, object), ...asInvalid(problems)], warnings };
    }
  }
}

function nodeWarnings(object: JsonObject): string[] {
  const isPlaced =
    textAt(object, "spec", "nodeName") !== "" || Object.keys(textsAt(object, "spec", "nodeSelector")).length > 0;
  return isPlaced ? [] : ["spec names no node: it stays Pending until spec.nodeName or spec.nodeSelector is set"];
}

function checkNode(kind: Kind, object: JsonObject): ObjectProblem[] {
  const reader = new ObjectReader(object);
  readMeta(reader, kind.apiVersion, kind.kind);
  const spec = reader.object("spec");
  spec?.flag("unschedulable");
  // Of a node that another system has set up; without meaning here.
  spec?.accept("podCIDR", "podCIDRs", "providerID");
  spec?.end();
  reader.end();
  return reader.problems;
}

function checkDevice(kind: Kind, object: JsonObject): Checked {
  const { problems, warnings } = parseDevice(object);
  const reader = new ObjectReader(objectAt(object, "spec"), "spec");
  reader.text("nodeName", dnsSubdomain);
  readLabels(reader, "nodeSelector");
  return {
    problems: [...metaProblems(kind, object), ...asInvalid(problems), ...reader.problems],
    warnings: [...warnings, ...nodeWarnings(object)],
  };
}

function metaProblems(kind: Kind, object: JsonObject): ObjectProblem[] {
  const reader = new ObjectReader(object);
  readMeta(reader, kind.apiVersion, kind.kind);
  return reader.problems;
}

function asInvalid(problems: readonly FieldProblem[]): ObjectProblem[] {
  return problems.map((one) => ({ ...one, code: "invalid_argument" }));
}

function refused(kind: Kind, name: string, problems: readonly ObjectProblem[]): HoldfastError {
  const words = problems.map(({ path, problem }) => `${path} ${problem}`).join("; ");
  const code = problems.every((one) => one.code === "unsupported") ? "unsupported" : "invalid_argument";
  const told = problems.map(({ path, problem }) => ({ path, problem }));
  return new HoldfastError(code, `${kind.kind} "${name}": ${words}.`, { problems: told });
}

/** `stringData` of a Secret is a way of writing `data`, as in Kubernetes. */
function normalized(kind: Kind, object: JsonObject): JsonObject {
  const plain = Object.entries(textsAt(object, "stringData"));
  if (kind.noun !== "secret" || plain.length === 0) return object;
  const encoded = plain.map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
  return { ...without(object, "stringData"), data: { ...objectAt(object, "data"), ...Object.fromEntries(encoded) } };
}
