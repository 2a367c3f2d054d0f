import { closeSync, copyFileSync, mkdirSync, openSync, statSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";

/** A log file is put aside at this size; one older piece is kept. */
const bytesMax = 10 * 1024 * 1024;

/** What a module of this machine wrote. */
export function moduleLog(folder: string, name: string): string {
  return join(folder, "logs", `${name}.log`);
}

/**
 * Opens it for a process that is about to start; close it once the process has it. Without a place to write to
 * what the process says is lost: better than that it does not run.
 */
export function openModuleLog(folder: string, name: string): { readonly fd: number; close(): void } {
  const path = moduleLog(folder, name);
  rotateModuleLog(path);
  const fd = openEnd(path) ?? openSync("/dev/null", "a");
  return { fd, close: () => closeSync(fd) };
}

/** Everybody writes at the end, so that a file cut short while it is open goes on from there. */
function openEnd(path: string): number | undefined {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, "a", 0o600);
  } catch {
    return undefined;
  }
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
