import { isObject, type JsonObject } from "./object-json.ts";

/**
 * What an object becomes when a manifest is applied: the manifest's fields win, a field that the manifest applied
 * before named and this one does not is gone, and what others have added stays. Lists are replaced whole;
 * null removes a field.
 */
export function merge(applied: unknown, manifest: JsonObject, live: JsonObject): JsonObject {
  const before = isObject(applied) ? applied : {};
  const fields: [string, unknown][] = [];
  for (const [name, wanted] of Object.entries(manifest)) {
    if (wanted === null) continue;
    const there = live[name];
    const both = isObject(wanted) && isObject(there);
    fields.push([name, both ? merge(before[name], wanted, there) : withoutNulls(wanted)]);
  }
  for (const [name, value] of Object.entries(live)) {
    if (!Object.hasOwn(manifest, name) && !Object.hasOwn(before, name)) fields.push([name, value]);
  }
  // fromEntries, so that a field called __proto__ stays a field.
  return Object.fromEntries(fields);
}

function withoutNulls(value: unknown): unknown {
  return isObject(value) ? merge({}, value, {}) : value;
}
