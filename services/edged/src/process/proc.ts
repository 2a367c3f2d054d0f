import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Ticks since boot, field 22 of /proc/<pid>/stat: with the pid and the boot id it names one process for ever. */
  readonly startTicks: number;
  readonly zombie: boolean;
}

/** One process of one boot, however often its pid is used again. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** USER_HZ: 100 on every Linux that Node runs on, whatever the kernel's own tick. */
const msPerTick = 10;

export function bootIdOfMachine(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Monotonic ms since boot, also while suspended. */
export function uptimeMs(): number {
  return Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000);
}

export function startedAtUptimeMs(process: ProcessEntry | ProcessIdentity): number {
  return process.startTicks * msPerTick;
}

/** `undefined` when there is no such process. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may hold anything, also parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const number = (field: number) => Number(fields[field - 3]);
  const zombie = fields[0] === "Z" || fields[0] === "X";
  return { pid, parent: number(4), startTicks: number(22), zombie };
}

export function listProcesses(): ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []));
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity, bootId: string): boolean {
  if (identity.bootId !== bootId || identity.pid <= 1) return false;
  const found = readProcess(identity.pid);
  return found !== undefined && !found.zombie && found.startTicks === identity.startTicks;
}

/**
 * What a wrapper or an init runs: its first child that is still there. Not before it has become that: until then it is
 * a copy of its parent, and a signal to it is handled as its parent would, which means lost.
 */
export function workloadOf(pid: number): ProcessEntry | undefined {
  const children = listProcesses().filter(({ parent, zombie }) => parent === pid && !zombie);
  const [first] = children.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid);
  const isCopy = first !== undefined && commandLine(first.pid) === commandLine(pid);
  return isCopy ? undefined : first;
}

function commandLine(pid: number): string | undefined {
  return readProcFile(`/proc/${pid}/cmdline`);
}

/** Processes that were started with `mark` ("NAME=value") in their environment. */
export function markedProcesses(mark: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readProcFile(`/proc/${pid}/environ`)?.split("\0").includes(mark)).map(Number);
}

/** False when the process was gone already. */
export function signal(pid: number, name: "SIGTERM" | "SIGKILL"): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}

export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}

/** A process may end while it is read, and other users' processes are not ours to read. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return undefined;
    throw error;
  }
}
