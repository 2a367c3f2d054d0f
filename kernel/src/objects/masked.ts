import { isJsonObject, type JsonObject } from "./object-reader.ts";

/** Stands where a value of a Secret is not shown. No base64, so that nobody applies it by mistake. */
export const maskedValue = "***";

/** Copies of the data that kubectl leaves in an object. */
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** A Secret as it is shown to those who did not ask for its values: its keys, not its values. Others as they are. */
export function masked(object: JsonObject): JsonObject {
  if (object.kind !== "Secret") return object;
  const { data, stringData, metadata } = object;
  return {
    ...object,
    ...(data === undefined ? {} : { data: maskAll(data) }),
    ...(stringData === undefined ? {} : { stringData: maskAll(stringData) }),
    ...(isJsonObject(metadata) ? { metadata: withoutCopies(metadata) } : {}),
  };
}

function maskAll(values: unknown): JsonObject {
  return Object.fromEntries(Object.keys(isJsonObject(values) ? values : {}).map((name) => [name, maskedValue]));
}

function withoutCopies(metadata: JsonObject): JsonObject {
  const { annotations } = metadata;
  if (!isJsonObject(annotations) || !Object.hasOwn(annotations, lastApplied)) return metadata;
  return { ...metadata, annotations: { ...annotations, [lastApplied]: maskedValue } };
}

/** The same for an object as text. */
export function maskedText(text: string): string {
  try {
    const object: unknown = JSON.parse(text);
    return isJsonObject(object) ? JSON.stringify(masked(object)) : text;
  } catch {
    // What is no JSON is no Secret that anybody could have applied; better nothing than too much.
    return "";
  }
}
