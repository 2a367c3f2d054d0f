/** An object with its fields in the order in which people write them: what it is, what is wanted, what is. */
export function ordered(object: unknown): unknown {
  if (typeof object !== "object" || object === null) return object;
  const { apiVersion, kind, metadata, status, ...rest } = Object.fromEntries(Object.entries(object));
  return { apiVersion, kind, metadata, ...rest, ...(status === undefined ? {} : { status }) };
}
