import type { Stats } from "./context.ts";

/** Counters and gauges in memory, from zero at each start of the module. */
export function createStats(): Stats {
  const values = new Map<string, number>();
  const named = new Map<string, readonly string[]>();
  return {
    count: (name, by = 1) => void values.set(name, (values.get(name) ?? 0) + by),
    gauge: (name, value) => void values.set(name, value),
    names(of, names) {
      const all = [...names];
      if (all.length > 0) named.set(of, all);
      else named.delete(of);
    },
    namesOf: () => Object.fromEntries(named),
    snapshot: () => Object.fromEntries([...values].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
}
