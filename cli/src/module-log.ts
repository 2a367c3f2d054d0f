import { closeSync, copyFileSync, openSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";

/** A log file is put aside at this size; one older piece is kept. */
const bytesMax = 10 * 1024 * 1024;

/** What a module of this machine wrote. */
export function moduleLog(folder: string, name: string): string {
  return join(folder, "logs", `${name}.log`);
}

/** Opens it for a process that is about to start; close it once the process has it. */
export function openModuleLog(folder: string, name: string): { readonly fd: number; close(): void } {
  const path = moduleLog(folder, name);
  rotateModuleLog(path);
  // Everybody writes at the end, so that a file cut short while it is open goes on from there.
  const fd = openSync(path, "a", 0o600);
  return { fd, close: () => closeSync(fd) };
}

/** Keeps a log within its limit, also while a process writes it. */
export function rotateModuleLog(path: string): void {
  try {
    if (statSync(path).size <= bytesMax) return;
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch {
    // There is no log yet, or no room for a second one: the next turn tries again.
  }
}
