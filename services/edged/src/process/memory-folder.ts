import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * A folder of this gateway on a file system in memory: what lies there never reaches a disk and is gone after a
 * reboot. Undefined where there is none, it is full, or somebody else has taken the name.
 */
export function openMemoryFolder(root: string, dir: string): string | undefined {
  if (root === "") return undefined;
  const name = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  const folder = join(root, `holdfast-${name}`);
  try {
    if (!isOwn(folder)) mkdirSync(folder, { mode: 0o700 });
    // Arguments that a killed edged left behind.
    rmSync(launchFolder(folder), { recursive: true, force: true });
    mkdirSync(launchFolder(folder), { mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}

/** Everybody may write to the root: what is ours has our user, and nobody else may look into it. */
function isOwn(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Where the files of a pod's Secrets lie. */
export function memoryVolumes(folder: string, podUid: string): string {
  return join(folder, "volumes", podUid);
}

/** Where a container's arguments lie for a moment. */
export function launchFolder(folder: string): string {
  return join(folder, "launches");
}
