import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ContainerRequest } from "../runtime.ts";
import { sandboxArguments } from "./bubblewrap.ts";
import type { ContainerFolder } from "./container-folder.ts";
import { rawPath } from "./container-log.ts";
import { hiddenFolders, type Machine } from "./machine.ts";
import { launchFolder, memoryVolumes } from "./memory-folder.ts";
import { containerId, podPath } from "./paths.ts";

const wrapper = fileURLToPath(new URL("start-container.sh", import.meta.url));

/**
 * Starts the wrapper in a session of its own, with files for everything it says: neither a signal to edged or its
 * group nor its end reaches the container. `onExit` is called once, also when it could not be started.
 */
export async function launch(
  machine: Machine,
  folder: ContainerFolder,
  request: ContainerRequest,
  groups: readonly string[],
  onExit: () => void,
): Promise<void> {
  const files: FileHandle[] = [];
  const openFile = async (path: string, flags: string) => {
    const file = await open(path, flags, 0o600);
    files.push(file);
    return file.fd;
  };
  const marks = { HOLDFAST_CONTAINER: containerId(request), HOLDFAST_FOLDER: folder.path };
  const env = { ...request.env, ...marks };
  try {
    const output = await openFile(rawPath(folder.path, "stdout"), "a");
    const errors = await openFile(rawPath(folder.path, "stderr"), "a");
    const complaints = await openFile(folder.file("complaints"), "a");
    const sandbox =
      machine.bubblewrap === undefined ? undefined : await openSandbox(machine, folder, request, env, openFile);
    const command = sandbox ? [sandbox.program, "--args", "4", "--", ...request.argv] : request.argv;
    const tell = reporter(machine, folder, onExit);
    const cwd = sandbox ? "/" : (request.workingDir ?? "/");
    if (!existsSync(cwd)) return tell(new Error(`workingDir: there is no ${cwd} on this gateway`));
    const child = spawn("/bin/sh", [wrapper, folder.path, String(groups.length), ...groups, ...command], {
      cwd,
      // In a sandbox the container's environment reaches the container only, never what builds the sandbox.
      env: sandbox ? { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...marks } : env,
      detached: true,
      stdio: ["ignore", output, errors, sandbox?.statusFd ?? "ignore", sandbox?.argumentsFd ?? "ignore", complaints],
    });
    child.unref();
    child.on("error", tell);
    child.on("exit", () => tell());
  } finally {
    for (const file of files) await file.close();
  }
}

/** Calls `onExit` once, after a complaint is on disk. */
function reporter(machine: Machine, folder: ContainerFolder, onExit: () => void): (complaint?: Error) => void {
  let told = false;
  return (complaint) => {
    if (told) return;
    told = true;
    const written = complaint ? writeFile(folder.file("complaints"), complaint.message) : Promise.resolve();
    written
      .catch((error) => machine.logger.error({ error }, "the reason of a failed start was not recorded"))
      .finally(onExit);
  };
}

async function openSandbox(
  machine: Machine,
  folder: ContainerFolder,
  request: ContainerRequest,
  env: Readonly<Record<string, string>>,
  openFile: (path: string, flags: string) => Promise<number>,
) {
  const volumes = join(podPath(machine.dir, request.podUid), "volumes");
  const mounts = request.mounts.map(({ volume, mountPath, readOnly }) => ({
    source: join(volumes, volume),
    mountPath,
    readOnly,
  }));
  const { workingDir } = request;
  const { memory } = machine;
  const own = [volumes, ...(memory === undefined ? [] : [memoryVolumes(memory, request.podUid)])];
  const folders = { hidden: hiddenFolders(machine), own };
  const words = sandboxArguments({ mounts, env, ...folders, ...(workingDir === undefined ? {} : { workingDir }) });
  // The environment is among them: it has no name any more before anything else can happen, and lies in memory.
  const unnamed = join(memory === undefined ? folder.path : launchFolder(memory), randomBytes(8).toString("hex"));
  let argumentsFd: number;
  try {
    await writeFile(unnamed, words.map((word) => `${word}\0`).join(""), { mode: 0o600, flag: "wx" });
    argumentsFd = await openFile(unnamed, "r");
  } finally {
    await rm(unnamed, { force: true });
  }
  return {
    program: machine.bubblewrap ?? "",
    statusFd: await openFile(folder.file("sandbox.json"), "w"),
    argumentsFd,
  };
}
