import { labelSelector } from "@holdfast/kernel";
import type { ObjectEntry } from "./resources.ts";

/** Which objects a list or watch is about. Error: `invalid_argument` for a selector that is not key=value,… */
export function parseSelector(selector: string): (entry: ObjectEntry) => boolean {
  const isSelected = labelSelector(selector);
  return ({ object }) => isSelected(object);
}
