import { HoldfastError } from "@holdfast/proto";
import { matches } from "./bind.ts";
import { textsAt } from "./object-json.ts";
import type { ObjectEntry } from "./resources.ts";

/** Which objects a list or watch is about. Error: `invalid_argument` for a selector that is not key=value,… */
export function parseSelector(selector: string): (entry: ObjectEntry) => boolean {
  const wanted: Record<string, string> = {};
  for (const term of selector.split(",").map((one) => one.trim())) {
    if (term === "") continue;
    const [, name, value] = /^([^=!<>\s()]+)\s*==?\s*([^=!<>\s()]*)$/.exec(term) ?? [];
    if (name === undefined || value === undefined) {
      throw new HoldfastError("invalid_argument", `labelSelector: "${term}" is not key=value.`);
    }
    wanted[name] = value;
  }
  return ({ object }) => matches(wanted, textsAt(object, "metadata", "labels"));
}
