import { resolve } from "node:path";
import type { Clock, Logger, SecretBox } from "@holdfast/kernel";
import type { Capabilities } from "../runtime.ts";
import { findBubblewrap } from "./bubblewrap.ts";
import { type CgroupRoot, findCgroups, heldLimits } from "./cgroup.ts";
import type { LogLimits } from "./container-log.ts";
import { hostAddress } from "./host-address.ts";
import { openMemoryFolder } from "./memory-folder.ts";
import { bootIdOfMachine } from "./proc.ts";

export interface ProcessRuntimeOptions {
  /** Folder of its own, for state, volumes and logs. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where bwrap is looked for, as in PATH; "" = containers without isolation. */
  readonly searchPath: string;
  /** Name below the roots of the control groups; "" = none. */
  readonly cgroupName: string;
  /** Processes per container; 0 = no limit. */
  readonly pidsMax: number;
  readonly logLimits: LogLimits;
  /** Output is copied into the logs this often. */
  readonly logCopyMs: number;
  /** Folders that an isolated container must not see into. */
  readonly hidden: readonly string[];
  /** Address that containers are reached at; "" = the machine's first one. */
  readonly hostIp: string;
  /** A file system in memory for the files of Secrets; "" = they lie in `dir`. */
  readonly memoryRoot: string;
  /** Seals what containers are started with; absent = none can be started. */
  readonly secrets?: SecretBox;
}

/** What this machine can do, found out once by trying. */
export interface Machine extends ProcessRuntimeOptions {
  readonly bootId: string;
  readonly bubblewrap: string | undefined;
  readonly cgroups: CgroupRoot | undefined;
  /** This gateway's folder in memory. */
  readonly memory: string | undefined;
}

/** What belongs to the gateway itself. */
export function hiddenFolders({ dir, hidden, memory }: Pick<Machine, "dir" | "hidden" | "memory">): string[] {
  return [dir, ...hidden, ...(memory === undefined ? [] : [memory])];
}

export function inspectMachine(options: ProcessRuntimeOptions): Machine {
  // Containers are started from other folders.
  const dir = resolve(options.dir);
  const bubblewrap = options.searchPath === "" ? undefined : findBubblewrap(options.searchPath);
  return {
    ...options,
    dir,
    // Without isolation there are no volumes, and an environment goes to its process alone.
    memory: bubblewrap === undefined ? undefined : openMemoryFolder(options.memoryRoot, dir),
    bootId: bootIdOfMachine(),
    bubblewrap,
    cgroups: options.cgroupName === "" ? undefined : findCgroups(options.cgroupName),
  };
}

export function capabilitiesOf(machine: Machine): Capabilities {
  const limits = heldLimits(machine.cgroups);
  const missing = [
    ...(machine.bubblewrap === undefined ? ["no working bubblewrap, so no volumes and no isolation"] : []),
    ...(limits.memory && limits.cpu ? [] : ["no control groups that edged may write, so limits do not hold"]),
  ];
  return {
    isolation: machine.bubblewrap !== undefined,
    limits,
    missing: missing.join("; "),
    images: "host",
    hostIp: machine.hostIp === "" ? hostAddress() : machine.hostIp,
  };
}
