import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HoldfastError } from "@holdfast/kernel";

/** A process that this machine runs, told apart from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot. */
  readonly startTime: string;
}

export type LinkState = "up" | "cut";

/** What a running instance wrote down: where to find it and what to end. */
export interface Instance {
  readonly supervisor: ProcessId;
  readonly cloudUrl?: string | undefined;
  /** Bus of each gateway that runs here. */
  readonly nodes: Readonly<Record<string, string>>;
  /** The wires of the demo that can be cut, as they are now. */
  readonly links: Readonly<Record<string, LinkState>>;
  readonly children: readonly (ProcessId & { readonly name: string })[];
  /** The same and those that wait to be started again. */
  readonly processes: readonly ProcessState[];
}

/** How a process of the instance stands. */
export interface ProcessState {
  readonly name: string;
  /** Absent while it waits to be started again. */
  readonly pid?: number | undefined;
  readonly restarts: number;
}

/** Everything an instance writes lies below this folder. */
const folderName = ".holdfast";

/** The state folder: --dir, HF_DIR, the nearest `.holdfast` above, or a new one here. */
export function stateFolder(given?: string): string {
  if (given) return resolve(given);
  if (process.env.HF_DIR) return resolve(process.env.HF_DIR);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, folderName))) return join(folder, folderName);
    if (folder === dirname(folder)) return resolve(folderName);
  }
}

/** Creates the folder. Error: `config_invalid` when it cannot be written. */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(join(folder, "logs"));
    writeFileSync(join(folder, ".writable"), "");
    rmSync(join(folder, ".writable"));
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new HoldfastError(
      "config_invalid",
      `Cannot write to ${folder} (${why}): give another folder with --dir, or change the rights of this one.`,
    );
  }
}

/** One level after the other: Node's own recursion never ends where the system says that a parent is missing. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

export function nodeFolder(folder: string, node: string): string {
  return join(folder, "nodes", node);
}

/** The gateways that ever ran in this state folder. */
export function nodesIn(folder: string): string[] {
  try {
    return readdirSync(join(folder, "nodes"));
  } catch {
    return [];
  }
}

const instancePath = (folder: string) => join(folder, "run.json");

/** Undefined when nothing was written, or what was written is damaged. */
export function readInstance(folder: string): Instance | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(instancePath(folder), "utf8"));
    return isInstance(parsed) ? { ...parsed, links: parsed.links ?? {}, processes: parsed.processes ?? [] } : undefined;
  } catch {
    return undefined;
  }
}

function isInstance(value: unknown): value is Instance {
  return (
    typeof value === "object" &&
    value !== null &&
    "supervisor" in value &&
    "nodes" in value &&
    "children" in value &&
    Array.isArray(value.children)
  );
}

/**
 * Makes this process the only one that runs an instance in this folder. Returns what an earlier one left behind
 * when it was killed. Error: `already_exists`.
 */
export function takeFolder(folder: string, instance: Instance): Instance | undefined {
  const before = readInstance(folder);
  if (before && isAlive(before.supervisor)) {
    throw new HoldfastError(
      "already_exists",
      `Holdfast already runs in ${folder} (process ${before.supervisor.pid}). ` +
        "Stop it with: npx holdfast down. Or give a second one a folder of its own with --dir.",
    );
  }
  writeInstance(folder, { ...instance, children: before?.children ?? [] });
  return before;
}

export function writeInstance(folder: string, instance: Instance): void {
  writeAtomically(instancePath(folder), `${JSON.stringify(instance, null, 2)}\n`);
}

export function removeInstance(folder: string): void {
  rmSync(instancePath(folder), { force: true });
}

export function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The running instance. Error: `not_found` with what to do. */
export function findInstance(folder: string): Instance {
  const instance = readInstance(folder);
  if (!instance || !isAlive(instance.supervisor)) {
    throw new HoldfastError("not_found", `No Holdfast runs in ${folder}. Start one with: npm start`);
  }
  return instance;
}

export function processId(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command may contain spaces and brackets; the fields begin after the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : { pid, startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

export function isAlive({ pid, startTime }: ProcessId): boolean {
  return processId(pid)?.startTime === startTime;
}
