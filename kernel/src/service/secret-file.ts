import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A small file with keys or credentials, for its owner alone (mode 0600). */
export interface SecretFile {
  /** Undefined when there is none. Other failures of the disk pass. */
  read(): Promise<string | undefined>;
  /** All or nothing, on disk when it resolves: a crash leaves the old text or the new one. */
  replace(text: string): Promise<void>;
  /**
   * As `replace`, but only when there is none, its folder too; of several at once one makes it. False: there was one.
   */
  create(text: string): Promise<boolean>;
}

/** The file of this machine at a path; its folder must be there. */
export function secretFile(path: string): SecretFile {
  return {
    async read() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
        throw error;
      }
    },
    async replace(text) {
      await withTemporary(path, text, (temporary) => rename(temporary, path));
    },
    async create(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await withTemporary(path, text, (temporary) => link(temporary, path));
        return true;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
        throw error;
      }
    },
  };
}

/** Puts the whole text, on disk already, in its place. */
async function withTemporary(path: string, text: string, place: (temporary: string) => Promise<void>): Promise<void> {
  // A name that nobody can have put there before, and never through a link.
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** Without this the name could be lost with the power although the bytes are there. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
