import { readdirSync, readFileSync } from "node:fs";
import { listProcesses } from "../../services/edged/src/process/proc.ts";

/** A process of a pod: with the time of its start its pid means one process for ever. */
export interface PodProcess {
  readonly pod: string;
  readonly identity: string;
  readonly version: string;
}

function environment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** The processes that run in the pods of this folder, found by the mark that edged gives them. */
export function podProcesses(podFolder: string, names: ReadonlyMap<string, string>): PodProcess[] {
  return listProcesses().flatMap(({ pid, startTicks, zombie }) => {
    if (zombie) return [];
    const variables = environment(pid);
    const mark = variables.find((text) => text.startsWith(`HOLDFAST_FOLDER=${podFolder}/pods/`));
    const uid = mark?.slice(`HOLDFAST_FOLDER=${podFolder}/pods/`.length).split("/")[0];
    if (uid === undefined) return [];
    const version = variables.find((text) => text.startsWith("SOAK_VERSION="))?.split("=")[1] ?? "";
    return [{ pod: names.get(uid) ?? uid, identity: `${pid}@${startTicks}`, version }];
  });
}

/** Processes that name the folder in their command line or environment, apart from this one. */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return [];
    try {
      const [command, variables] = ["cmdline", "environ"].map((file) => readFileSync(`/proc/${entry}/${file}`, "utf8"));
      const names = command?.includes(folder) || variables?.includes(folder);
      return names ? [`${entry} ${command?.replaceAll("\0", " ")}`] : [];
    } catch {
      return [];
    }
  });
}
