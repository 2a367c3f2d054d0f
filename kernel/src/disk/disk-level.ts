import { cp, mkdir, open, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError, hasCode } from "@holdfast/proto";
import type { Disk, Store } from "./disk.ts";
import { inStoreChild } from "./store-child.ts";
import { levelError, levelStore } from "./store-level.ts";

const chunkBytes = 1024 * 1024;

/** Stores are folders of LevelDB, files are files, all directly in `folder`, which is created when missing. */
export async function levelDisk(folder: string): Promise<Disk> {
  await attempt(`create ${folder}`, mkdir(folder, { recursive: true }));
  const at = (name: string) => join(folder, plainName(name));
  return {
    openStore: (name, { create }) => openStore(at(name), create),
    storeExists: async (name) => (await kindOf(at(name))) === "folder",
    list: () => attempt(`read ${folder}`, readdir(folder)),
    rename: async (from, to) => {
      await attempt(`rename ${at(from)}`, rename(at(from), at(to)));
      await syncFolder(folder);
    },
    copyStore: async (from, to) => {
      const copying = cp(at(from), at(to), { recursive: true, filter: (path) => !path.endsWith("/LOCK") });
      await attempt(`copy ${at(from)}`, copying);
    },
    repairStore: (name) => inStoreChild("repair", at(name)),
    checkStore: (name) => inStoreChild("check", at(name)),
    remove: (name) => attempt(`remove ${at(name)}`, rm(at(name), { recursive: true, force: true })),
    readFile: async (name) => {
      if ((await kindOf(at(name))) !== "file") return undefined;
      return attempt(`read ${at(name)}`, readFile(at(name)));
    },
    writeFile: async (name, content) => {
      await attempt(`write ${at(name)}`, writeSynced(`${at(name)}.tmp`, [content]));
      await attempt(`write ${at(name)}`, rename(`${at(name)}.tmp`, at(name)));
      await syncFolder(folder);
    },
    allocate: (name, bytes) => attempt(`allocate ${at(name)}`, writeSynced(at(name), filling(bytes))),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    usedBytes: () => sizeOf(folder),
  };
}

async function openStore(path: string, create: boolean): Promise<Store> {
  const kind = await kindOf(path);
  if (kind === undefined && !create) throw new HoldfastError("log_missing", `There is no store at ${path}.`);
  const files = kind === undefined ? [] : await attempt(`read ${path}`, readdir(path));
  // LevelDB would take this for a new store and delete every table in it.
  if (!files.includes("CURRENT") && (!create || files.some((file) => file.endsWith(".ldb") || file.endsWith(".log")))) {
    throw new HoldfastError("log_damaged", `The store ${path} has lost its file CURRENT.`);
  }
  // Loaded here: most modules never need the native library.
  const { Level } = await import("level");
  const level = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: "view", valueEncoding: "view" });
  try {
    await level.open({ createIfMissing: create, cacheSize: 2 * chunkBytes });
    // What LevelDB recovered hangs on a renamed CURRENT, and it does not sync its folder: a power cut would bring back
    // the log of before, without what a killed process had written and not synced.
    await syncFolder(path);
  } catch (error) {
    await level.close().catch(() => {});
    throw levelError(error, `open ${path}`);
  }
  return levelStore(level);
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function plainName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new HoldfastError("invalid_argument", `"${name}" cannot be the name of a file of the log.`);
}

async function writeSynced(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Not zeros: some file systems keep those without blocks. */
function* filling(bytes: number): Iterable<Uint8Array> {
  const chunk = Buffer.alloc(chunkBytes, "holdfast ballast ");
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += (await stat(join(entry.parentPath, entry.name))).size;
    } catch (error) {
      // LevelDB deletes files at any time.
      if (systemCode(error) !== "ENOENT") throw error;
    }
  }
  return bytes;
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

async function attempt<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "log_damaged", "disk_full")) throw error;
    const code = systemCode(error);
    if (code === "ENOSPC" || code === "EDQUOT") {
      throw new HoldfastError("disk_full", `Cannot ${what}: the disk is full.`, { cause: error });
    }
    const words = error instanceof Error ? error.message : String(error);
    throw new HoldfastError("internal", `Cannot ${what}: ${words}.`, { cause: error });
  }
}
