import { readFile, rename, writeFile } from "node:fs/promises";
import { isErrno } from "./proc.ts";

/**
 * Replaces a small file: a reader sees the old or the new content. Not synced: what matters after a power loss is
 * in the node's log, and no container outlives one.
 */
export async function writeSmallFile(path: string, content: string, mode = 0o600): Promise<void> {
  await writeFile(`${path}.new`, content, { mode });
  await rename(`${path}.new`, path);
}

export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The JSON in a small file; `undefined` when it is missing or was torn by a power loss. */
export async function readSmallJson(path: string): Promise<unknown> {
  const text = await readSmallFile(path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
