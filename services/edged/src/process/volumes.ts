import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import type { VolumeFile, VolumeRequest } from "../runtime.ts";
import { isErrno } from "./proc.ts";

type HostPath = Extract<VolumeRequest, { kind: "hostPath" }>;

/** Where the current files of a projected volume are: one link, so that all of them change at once. */
const current = "..data";

/**
 * Makes one volume below `folder`, or brings it up to date; the files of Secrets lie in `memory`.
 * Errors: `not_found`, `wrong_type` (what is at a hostPath), `disk_full`.
 */
export async function prepareVolume(folder: string, volume: VolumeRequest, memory?: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, volume.name);
  if (volume.kind === "hostPath") {
    await checkHostPath(volume);
    return replaceLink(volume.path, path);
  }
  if (volume.kind === "projected" && volume.secret && memory !== undefined) {
    const real = join(memory, volume.name);
    await mkdir(real, { recursive: true });
    await chmod(real, 0o755);
    await project(real, volume.files);
    // An earlier version had the files here.
    if ((await linkTarget(path)) === undefined) await rm(path, { recursive: true, force: true });
    return replaceLink(real, path);
  }
  if (await mkdir(path, { recursive: true })) await chmod(path, volume.kind === "emptyDir" ? 0o777 : 0o755);
  if (volume.kind === "projected") await project(path, volume.files);
}

/**
 * As kubelet does: the files lie in a folder of their own, `..data` links to it, and every name in the volume links
 * through `..data`. A reader sees all files of one version; a process with an open file keeps the old one.
 */
async function project(path: string, files: readonly VolumeFile[]): Promise<void> {
  const version = `..${versionOf(files)}`;
  if ((await linkTarget(join(path, current))) !== version) {
    await rm(join(path, version), { recursive: true, force: true });
    await mkdir(join(path, version));
    for (const file of files) await writeProjected(join(path, version, file.path), file);
    await replaceLink(version, join(path, current));
  }
  const names = new Set(files.map((file) => file.path.split("/")[0] ?? ""));
  for (const name of names) await replaceLink(join(current, name), join(path, name));
  for (const name of await readdir(path)) {
    if (name !== current && name !== version && !names.has(name)) await rm(join(path, name), { recursive: true });
  }
}

async function writeProjected(path: string, file: VolumeFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, file.content);
  // The mode of writeFile is cut by the umask.
  await chmod(path, file.mode);
}

function versionOf(files: readonly VolumeFile[]): string {
  const hash = createHash("sha256");
  for (const { path, mode, content } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${mode}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function checkHostPath({ name, path, type }: HostPath): Promise<void> {
  if (type === "DirectoryOrCreate") await mkdir(path, { recursive: true, mode: 0o755 });
  if (type === "FileOrCreate") await createFile(path);
  const found = await statOrMissing(path);
  if (!found) throw new HoldfastError("not_found", `Volume ${name}: there is no ${path} on this gateway.`);
  const matches = {
    "": true,
    Directory: found.isDirectory(),
    DirectoryOrCreate: found.isDirectory(),
    File: found.isFile(),
    FileOrCreate: found.isFile(),
    Socket: found.isSocket(),
    CharDevice: found.isCharacterDevice(),
    BlockDevice: found.isBlockDevice(),
  }[type];
  if (!matches) throw new HoldfastError("wrong_type", `Volume ${name}: ${path} on this gateway is no ${type}.`);
}

async function createFile(path: string): Promise<void> {
  try {
    await writeFile(path, "", { flag: "wx" });
  } catch (error) {
    if (!isErrno(error, "EEXIST", "EISDIR")) throw error;
  }
}

/** A link that points elsewhere from one moment to the next. */
async function replaceLink(target: string, path: string): Promise<void> {
  if ((await linkTarget(path)) === target) return;
  const next = `${path}.new`;
  await rm(next, { force: true });
  await symlink(target, next);
  await rename(next, path);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function statOrMissing(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
