import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";

/** A folder or file of the host that a container sees somewhere else. */
export interface SandboxMount {
  readonly source: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
}

export interface Sandbox {
  readonly mounts: readonly SandboxMount[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** Folders of the host that a container must not see into. */
  readonly hidden: readonly string[];
}

/** Paths that every container has for itself. */
const ownFolders = ["/tmp", "/run", "/dev", "/proc"];
/** A folder with more entries is not rebuilt to make room for a mount point. */
const entriesMax = 4096;

/** The path of bwrap, if it works here: it may be installed, and user namespaces forbidden. */
export function findBubblewrap(path: string): string | undefined {
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, "bwrap"))
    .find((file) => existsSync(file));
  if (found === undefined) return undefined;
  const trial = ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"];
  const { status } = spawnSync(found, trial, { stdio: "ignore" });
  return status === 0 ? found : undefined;
}

/**
 * What bwrap is told, for a file that it reads: the host's file system read-only, own /proc, /dev, /run and /tmp,
 * own processes, no capability; the host's network. Nothing of it stands on a command line, which all users see.
 */
export function sandboxArguments(sandbox: Sandbox): string[] {
  const root = new RootPlan();
  for (const folder of sandbox.hidden) root.hide(folder);
  const mounts = sandbox.mounts.flatMap((mount) => {
    const destination = root.makeRoom(mount.mountPath);
    return [mount.readOnly ? "--ro-bind" : "--dev-bind", mount.source, destination];
  });
  const variables = Object.entries(sandbox.env).flatMap(([name, value]) => ["--setenv", name, value]);
  return [
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--cap-drop", "ALL", "--new-session", "--die-with-parent"],
    // Another user id would need a second user namespace, into which nobody but root can follow for a probe.
    ...["--uid", "0", "--gid", "0", "--json-status-fd", "3"],
    ...root.arguments(),
    ...mounts,
    ...root.closing(),
    ...["--clearenv", ...variables],
    ...["--chdir", sandbox.workingDir ?? "/"],
  ];
}

/** Decides which folders of the host are bound whole and which are rebuilt entry by entry. */
class RootPlan {
  /** Rebuilt on a tmpfs, so that mount points which the host does not have can be made in them. */
  readonly #rebuilt = new Set<string>();
  readonly #hidden = new Set<string>();

  hide(folder: string): void {
    const real = existsSync(folder) ? realpathSync(folder) : "/tmp";
    if (!isWithinAny(real, ownFolders)) this.#hidden.add(real);
  }

  /** Returns where a mount path really is, links of the host followed. */
  makeRoom(mountPath: string): string {
    if (isWithinAny(mountPath, ownFolders)) return mountPath;
    let ancestor = mountPath;
    while (!existsSync(ancestor)) ancestor = dirname(ancestor);
    const real = realpathSync(ancestor);
    const destination = join(real, mountPath.slice(ancestor.length));
    if (destination !== real && real !== "/" && !isWithinAny(real, ownFolders)) this.#rebuilt.add(real);
    return destination;
  }

  arguments(): string[] {
    return [
      ...bindEntries("/", ownFolders),
      ...["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run"],
      ...resolverConfiguration(),
      ...[...this.#rebuilt].sort().flatMap((folder) => ["--tmpfs", folder, ...bindEntries(folder, [])]),
      ...this.#outermostHidden().flatMap((folder) => ["--tmpfs", folder]),
    ];
  }

  /** After all mount points were made. */
  closing(): string[] {
    return [...this.#rebuilt, ...this.#outermostHidden(), "/"].flatMap((folder) => ["--remount-ro", folder]);
  }

  /** What lies in a hidden folder is hidden with it. */
  #outermostHidden(): string[] {
    const all = [...this.#hidden];
    return all.filter(
      (folder) =>
        !isWithinAny(
          folder,
          all.filter((other) => other !== folder),
        ),
    );
  }
}

function bindEntries(folder: string, except: readonly string[]): string[] {
  const names = readdirSync(folder);
  if (names.length > entriesMax) {
    throw new HoldfastError(
      "unsupported",
      `${folder} has too many entries to make a mount point in it; mount elsewhere.`,
    );
  }
  const paths = names.map((name) => join(folder, name)).filter((path) => !except.includes(path));
  return paths.flatMap((path) => {
    const link = lstatSync(path).isSymbolicLink();
    return link ? ["--symlink", readlinkSync(path), path] : ["--ro-bind-try", path, path];
  });
}

/** /etc/resolv.conf is often a link into /run, which a container does not see. */
function resolverConfiguration(): string[] {
  const file = "/etc/resolv.conf";
  if (!existsSync(file)) return [];
  const real = realpathSync(file);
  return real.startsWith("/run/") ? ["--ro-bind", real, real] : [];
}

function isWithinAny(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
