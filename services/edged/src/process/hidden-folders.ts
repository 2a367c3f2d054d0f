import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";

/** Where a path leads when the links of the host are followed; what is not there yet lies below what is. */
export function realPlace(path: string): string {
  let ancestor = path;
  while (!existsSync(ancestor)) ancestor = dirname(ancestor);
  return join(realpathSync(ancestor), path.slice(ancestor.length));
}

export function isWithinAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Of folders those that lie in no other one of them. */
export function outermost(folders: readonly string[]): string[] {
  const all = [...new Set(folders)];
  const others = (folder: string) => all.filter((other) => other !== folder);
  return all.filter((folder) => !isWithinAny(folder, others(folder)));
}

/** Keys and the log lie there: no container gets them by naming them as a folder of the host. Error: `forbidden`. */
export function refuseHidden(path: string, hidden: readonly string[]): void {
  if (!isWithinAny(realPlace(path), hidden.map(realPlace))) return;
  throw new HoldfastError("forbidden", `${path} belongs to this gateway itself, and no container may have it.`);
}
