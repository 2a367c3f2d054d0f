import { HoldfastError } from "@holdfast/proto";
import { isJsonObject, type JsonObject } from "./object-reader.ts";

/** Whether an object has all labels of "key=value, key=value"; "" = every object. Error: `invalid_argument`. */
export function labelSelector(text: string): (object: JsonObject) => boolean {
  const wanted = text.split(",").flatMap((term) => {
    if (term.trim() === "") return [];
    const [, key, value] = /^([^=!<>\s()]+)\s*==?\s*([^=!<>\s()]*)$/.exec(term.trim()) ?? [];
    if (key !== undefined && value !== undefined) return [{ key, value }];
    throw new HoldfastError("invalid_argument", `labelSelector: "${term.trim()}" is not key=value.`);
  });
  return ({ metadata }) => {
    const labels = isJsonObject(metadata) && isJsonObject(metadata.labels) ? metadata.labels : {};
    return wanted.every(({ key, value }) => Object.hasOwn(labels, key) && labels[key] === value);
  };
}
