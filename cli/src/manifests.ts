import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import type { KubeObject } from "@holdfast/sdk";
import { type Document, parseAllDocuments } from "yaml";

export interface Manifest {
  /** Where it came from, for messages: "device.yaml, document 2". */
  readonly source: string;
  readonly object: KubeObject;
}

const bytesMax = 16 * 1024 * 1024;

/**
 * All objects of a file, of every .yaml, .yml and .json of a folder, or of standard input ("-"). Errors:
 * `invalid_argument` with all problems, `not_found`, `too_large`.
 */
export function readManifests(path: string): Manifest[] {
  const problems: { path: string; problem: string }[] = [];
  const manifests: Manifest[] = [];
  for (const [name, text] of readSources(path)) {
    parseAllDocuments(text).forEach((document, index) => {
      const source = `${name}, document ${index + 1}`;
      const value = documentValue(document, (problem) => problems.push({ path: source, problem }));
      if (value === null || value === undefined) return;
      for (const object of listed(value)) {
        if (isObject(object)) manifests.push({ source, object });
        else problems.push({ path: source, problem: "needs apiVersion, kind and metadata.name" });
      }
    });
  }
  if (problems.length > 0) {
    throw new HoldfastError("invalid_argument", "Not everything there is a manifest; nothing was done:", { problems });
  }
  return manifests.sort((a, b) => rank(a.object.kind) - rank(b.object.kind));
}

/** Undefined for what is empty, and for what is wrong, which is told. */
function documentValue(document: Document.Parsed, tell: (problem: string) => void): unknown {
  for (const { message } of document.errors) tell((message.split("\n")[0] ?? "").replace(/:$/, ""));
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch (error) {
    // Aliases of aliases, which would take all memory.
    tell(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

// What others refer to first, so that a whole folder is accepted at once.
const order = ["Node", "ConfigMap", "Secret", "DeviceModel", "Device", "Pod"];
const rank = (kind: string) => (order.indexOf(kind) === -1 ? order.length : order.indexOf(kind));

function listed(value: unknown): readonly unknown[] {
  if (typeof value === "object" && value !== null && "kind" in value && value.kind === "List" && "items" in value) {
    return Array.isArray(value.items) ? value.items : [];
  }
  return [value];
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== "object" || value === null) return false;
  if (!("kind" in value && "apiVersion" in value && "metadata" in value)) return false;
  const { kind, metadata } = value;
  return typeof kind === "string" && typeof metadata === "object" && metadata !== null && "name" in metadata;
}

function readSources(path: string): [string, string][] {
  try {
    if (path === "-") return [["standard input", readFileSync(0, "utf8")]];
    if (!statSync(path).isDirectory()) return [[path, readLimited(path)]];
    const files = readdirSync(path)
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .sort();
    return files.map((name) => [join(path, name), readLimited(join(path, name))]);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    const why = error instanceof Error ? error.message.replace(/^\w+: /, "").replace(/, \w+ '.*$/, "") : String(error);
    throw new HoldfastError("not_found", `Cannot read ${path}: ${why}.`);
  }
}

function readLimited(path: string): string {
  if (statSync(path).size > bytesMax) throw new HoldfastError("too_large", `${path} is over ${bytesMax} bytes.`);
  return readFileSync(path, "utf8");
}
