import { isJsonObject, type JsonObject } from "./object-reader.ts";

/** By what an object is kept; without `namespace`: of a kind that has none. */
export interface ObjectKey {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * An object as it is shown: under the name by which it is kept. One that is damaged or forged may say something else
 * of itself, or be no object at all, and must not spoil the list that it stands in.
 */
export function keptObject(object: unknown, { apiVersion, kind, namespace, name }: ObjectKey): JsonObject {
  const given = isJsonObject(object) ? object : {};
  const metadata = isJsonObject(given.metadata) ? given.metadata : {};
  const place = namespace === undefined ? { name } : { namespace, name };
  return { ...given, apiVersion, kind, metadata: { ...metadata, ...place } };
}

/** What a text says, when it is JSON of an object; {} when it is anything else. */
export function parseKept(text: string | Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(typeof text === "string" ? text : new TextDecoder().decode(text));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
