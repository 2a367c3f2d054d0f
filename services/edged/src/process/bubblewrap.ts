import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import { isWithinAny, outermost, realPlace, refuseHidden } from "./hidden-folders.ts";

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
  /** Folders in hidden ones in which the volumes of this very pod lie. */
  readonly own: readonly string[];
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
    const source = realPlace(mount.source);
    const covers = coversWithin(source, destination, sandbox);
    return [mount.readOnly ? "--ro-bind" : "--dev-bind", source, destination, ...covers];
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

/** A folder of the host that has hidden ones in it is mounted without them. Error: `forbidden` for one inside them. */
function coversWithin(source: string, destination: string, { hidden, own }: Sandbox): string[] {
  if (isWithinAny(source, own.map(realPlace))) return [];
  refuseHidden(source, hidden);
  const inside = hidden
    .map(realPlace)
    .filter((folder) => (source === "/" || isWithinAny(folder, [source])) && existsSync(folder));
  return outermost(inside).flatMap((folder) => {
    const place = join(destination, folder.slice(source.length));
    return ["--tmpfs", place, "--remount-ro", place];
  });
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
      ...outermost([...this.#hidden]).flatMap((folder) => ["--tmpfs", folder]),
    ];
  }

  /** After all mount points were made. */
  closing(): string[] {
    return [...this.#rebuilt, ...outermost([...this.#hidden]), "/"].flatMap((folder) => ["--remount-ro", folder]);
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
