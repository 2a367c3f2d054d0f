/** The value at a path, when everything on the way is an object or array. */
export function at(object: unknown, ...path: readonly (string | number)[]): unknown {
  let here = object;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** A copy with another value at a path; what is missing on the way is made. */
export function withValueAt<T extends object>(object: T, path: readonly string[], value: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return object;
  const below: unknown = Reflect.get(object, step);
  const inner = typeof below === "object" && below !== null ? below : {};
  return { ...object, [step]: rest.length === 0 ? value : withValueAt(inner, rest, value) };
}
