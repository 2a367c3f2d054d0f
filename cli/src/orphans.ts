import { readdirSync, readFileSync } from "node:fs";
import { isAlive, type ProcessId, processId, readInstance } from "./instance.ts";

/** Stands in the environment of every process of an instance, with its state folder. */
const mark = "HF_INSTANCE";

/** From now on what this process starts belongs to the instance in this folder. */
export function markChildren(folder: string): void {
  process.env[mark] = folder;
}

/** Every process that an instance in this folder has started, pods excepted; also after it was killed. */
export function instanceProcesses(folder: string): ProcessId[] {
  const written = (readInstance(folder)?.children ?? []).filter(isAlive);
  const marked = markedProcesses(folder);
  return [...marked, ...written.filter(({ pid }) => !marked.some((one) => one.pid === pid))];
}

/** They are found although the last word in run.json may be older than they are. */
function markedProcesses(folder: string): ProcessId[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const id = environmentOf(pid).includes(`${mark}=${folder}`) ? processId(Number(pid)) : undefined;
    return id ? [id] : [];
  });
}

/** Empty for what has ended meanwhile, and for processes of other users. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
