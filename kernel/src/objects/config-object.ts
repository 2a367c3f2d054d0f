import { maskedValue } from "./masked.ts";
import { dataKey, type ObjectMeta, readMeta } from "./object-meta.ts";
import { isJsonObject, type ObjectProblem, ObjectReader } from "./object-reader.ts";

/** A ConfigMap or Secret: both are named bytes to a pod. */
export interface ConfigObject extends ObjectMeta {
  readonly kind: "configmap" | "secret";
  readonly data: ReadonlyMap<string, Uint8Array>;
}

/**
 * Checks a core/v1 ConfigMap or Secret, given as parsed JSON; every problem with its path. `data` of a Secret and
 * `binaryData` are base64; `stringData` wins over `data`, as in Kubernetes.
 */
export function checkConfigObject(
  kind: ConfigObject["kind"],
  object: unknown,
): { readonly object?: ConfigObject; readonly problems: readonly ObjectProblem[] } {
  const reader = new ObjectReader(object);
  const meta = readMeta(reader, "v1", kind === "secret" ? "Secret" : "ConfigMap");
  const data = new Map<string, Uint8Array>();
  if (kind === "secret") {
    reader.text("type");
    readEncoded(reader, "data", data);
    readPlain(reader, "stringData", data);
    for (const name of ["data", "stringData"]) refuseMasked(reader, object, name);
  } else {
    readPlain(reader, "data", data);
    readEncoded(reader, "binaryData", data);
  }
  reader.flag("immutable");
  reader.end();
  return reader.problems.length > 0 ? { problems: reader.problems } : { object: { ...meta, kind, data }, problems: [] };
}

/** What was shown masked must not become the value. */
function refuseMasked(reader: ObjectReader, object: unknown, name: string): void {
  const values = isJsonObject(object) && isJsonObject(object[name]) ? object[name] : {};
  for (const [key, value] of Object.entries(values)) {
    if (value === maskedValue) reader.invalid(`${name}["${key}"]`, "is masked: get the Secret with --show-secrets");
  }
}

function readPlain(reader: ObjectReader, name: string, into: Map<string, Uint8Array>): void {
  for (const [key, text] of entries(reader, name)) into.set(key, new TextEncoder().encode(text));
}

function readEncoded(reader: ObjectReader, name: string, into: Map<string, Uint8Array>): void {
  for (const [key, text] of entries(reader, name)) {
    const compact = text.replaceAll(/\s/g, "");
    const bytes = Buffer.from(compact, "base64");
    const isRefused = text === maskedValue && name === "data";
    if (bytes.toString("base64") !== compact && !isRefused) reader.invalid(`${name}["${key}"]`, "must be base64");
    into.set(key, Uint8Array.from(bytes));
  }
}

function entries(reader: ObjectReader, name: string): [string, string][] {
  const found = Object.entries(reader.textMap(name));
  for (const [key] of found) {
    const legal = dataKey.matches.test(key) && key.length <= dataKey.lengthMax && key !== "." && !key.startsWith("..");
    if (!legal) reader.invalid(`${name}["${key}"]`, `must be named with ${dataKey.form}`);
  }
  return found;
}
