import { isJsonObject as isObject, type JsonObject } from "@holdfast/kernel";

/** Objects as parsed JSON, read without trusting their shape. */
export { isObject, type JsonObject };

/** What stands at this path; undefined when something on the way is not an object. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const name of path) {
    if (!isObject(here) || !Object.hasOwn(here, name)) return undefined;
    here = here[name];
  }
  return here;
}

/** "" when there is no text at this path. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** {} when there is no object at this path. */
export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = valueAt(value, ...path);
  return isObject(found) ? found : {};
}

/** [] when there is no list at this path. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The texts of an object; everything else in it is left out. */
export function textsAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const texts: [string, string][] = [];
  for (const [name, text] of Object.entries(objectAt(value, ...path))) {
    if (typeof text === "string") texts.push([name, text]);
  }
  return Object.fromEntries(texts);
}

/** Without these fields. */
export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Whether both are the same document; the order of fields does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]));
}
