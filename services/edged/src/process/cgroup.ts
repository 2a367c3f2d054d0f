import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Resources } from "@holdfast/kernel";
import { isErrno } from "./proc.ts";

/** Where control groups of containers are made; which limits they can hold. */
export interface CgroupRoot {
  readonly version: 1 | 2;
  /** Folders under which every container gets one of its own; one for v2, one per controller for v1. */
  readonly roots: Readonly<Partial<Record<"cpu" | "memory" | "pids" | "unified", string>>>;
}

const controllers = ["cpu", "memory", "pids"] as const;
const cpuPeriodUs = 100_000;

/**
 * Finds out by trying whether this process may make control groups named `name` below `mount`, and which limits
 * they hold. `undefined` = none.
 */
export function findCgroups(name: string, mount = "/sys/fs/cgroup"): CgroupRoot | undefined {
  if (existsSync(join(mount, "cgroup.controllers"))) return findUnified(name, mount);
  const roots = controllers.map((controller) => [controller, join(mount, controller, name)] as const);
  const usable = roots.filter(([, root]) => existsSync(join(root, "..", "cgroup.procs")) && tryOut(root));
  return usable.length === 0 ? undefined : { version: 1, roots: Object.fromEntries(usable) };
}

function findUnified(name: string, mount: string): CgroupRoot | undefined {
  const root = join(mount, name);
  if (!attempt(() => mkdirSync(root, { recursive: true }))) return undefined;
  for (const controller of controllers) {
    // Each alone: one that the kernel has not must not take the others with it.
    attempt(() => writeFileSync(join(mount, "cgroup.subtree_control"), `+${controller}`));
    attempt(() => writeFileSync(join(root, "cgroup.subtree_control"), `+${controller}`));
  }
  return tryOut(root) ? { version: 2, roots: { unified: root } } : undefined;
}

/** Moves a short-lived process in: only that shows whether containers may enter. */
function tryOut(root: string): boolean {
  const trial = join(root, `trial-${process.pid}`);
  if (!attempt(() => mkdirSync(trial, { recursive: true }))) return false;
  const enter = ["-c", 'echo $$ >"$1"', "sh", join(trial, "cgroup.procs")];
  const { status } = spawnSync("/bin/sh", enter, { stdio: "ignore" });
  attempt(() => rmdirSync(trial));
  return status === 0;
}

/** Which limits hold below this root. */
export function heldLimits(cgroups: CgroupRoot | undefined): { cpu: boolean; memory: boolean; pids: boolean } {
  const unified = cgroups?.roots.unified;
  if (cgroups && unified === undefined) {
    const { cpu, memory, pids } = cgroups.roots;
    return { cpu: cpu !== undefined, memory: memory !== undefined, pids: pids !== undefined };
  }
  const given = unified === undefined ? "" : (readText(join(unified, "cgroup.subtree_control")) ?? "");
  const words = given.trim().split(" ");
  return { cpu: words.includes("cpu"), memory: words.includes("memory"), pids: words.includes("pids") };
}

/** The control group of one container; `path` is one name below each root. */
export class Cgroup {
  readonly #cgroups: CgroupRoot;
  readonly #path: string;

  constructor(cgroups: CgroupRoot, path: string) {
    this.#cgroups = cgroups;
    this.#path = path;
  }

  /** Makes it and sets what it can hold. Returns the files into which a process writes itself to enter. */
  create(limits: Resources, requests: Resources, pidsMax: number): string[] {
    for (const folder of this.#folders()) mkdirSync(folder, { recursive: true });
    const write = (controller: "cpu" | "memory" | "pids", file: string, value: number | string) => {
      const root = this.#cgroups.roots[controller] ?? this.#cgroups.roots.unified;
      const path = root === undefined ? undefined : join(root, this.#path, file);
      if (path !== undefined && existsSync(path)) writeFileSync(path, String(value));
    };
    if (pidsMax > 0) write("pids", "pids.max", pidsMax);
    const { memoryBytes, cpuMillis } = limits;
    if (memoryBytes !== undefined) {
      write("memory", "memory.limit_in_bytes", memoryBytes);
      write("memory", "memory.max", memoryBytes);
      // Without this a container over its limit goes on in swap.
      attempt(() => write("memory", "memory.memsw.limit_in_bytes", memoryBytes));
      attempt(() => write("memory", "memory.swap.max", 0));
    }
    if (cpuMillis !== undefined) {
      const quotaUs = Math.max(1000, Math.round((cpuMillis / 1000) * cpuPeriodUs));
      write("cpu", "cpu.cfs_period_us", cpuPeriodUs);
      write("cpu", "cpu.cfs_quota_us", quotaUs);
      write("cpu", "cpu.max", `${quotaUs} ${cpuPeriodUs}`);
    }
    const shares = Math.min(262_144, Math.max(2, Math.round(((requests.cpuMillis ?? 0) * 1024) / 1000)));
    write("cpu", "cpu.shares", shares);
    write("cpu", "cpu.weight", 1 + Math.round(((shares - 2) * 9999) / 262_142));
    return this.#folders().map((folder) => join(folder, "cgroup.procs"));
  }

  /** How often the kernel killed for want of memory in here. */
  oomKills(): number {
    const folder = this.#cgroups.roots.memory ?? this.#cgroups.roots.unified;
    if (folder === undefined) return 0;
    const file = this.#cgroups.version === 2 ? "memory.events" : "memory.oom_control";
    return Number(/^oom_kill (\d+)$/m.exec(readText(join(folder, this.#path, file)) ?? "")?.[1] ?? 0);
  }

  processes(): number[] {
    const lines = this.#folders().flatMap((folder) => (readText(join(folder, "cgroup.procs")) ?? "").split("\n"));
    return [...new Set(lines.filter(Boolean).map(Number))];
  }

  /** Kills everything in here at once, where the kernel can do that. */
  kill(): void {
    const unified = this.#cgroups.roots.unified;
    if (unified !== undefined) attempt(() => writeFileSync(join(unified, this.#path, "cgroup.kill"), "1"));
  }

  /** False while something still lives in it. */
  remove(): boolean {
    return this.#folders().every((folder) => attempt(() => rmdirSync(folder)));
  }

  #folders(): string[] {
    return Object.values(this.#cgroups.roots).map((root) => join(root, this.#path));
  }
}

/** Control groups are files of the kernel: what it does not allow or have answers with an error of the system. */
function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "EBUSY", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOTDIR", "EIO"))
      return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "EACCES")) return undefined;
    throw error;
  }
}
