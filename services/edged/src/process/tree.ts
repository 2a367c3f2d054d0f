import { type Clock, sleep } from "@holdfast/kernel";
import type { Cgroup } from "./cgroup.ts";
import { listProcesses, markedProcesses, signal } from "./proc.ts";

/** A tree that does not end within this is stuck in the kernel; then it is told, not waited for. */
const killMaxMs = 5000;
const lookAgainMs = 20;

/** What belongs to one container, however its processes were re-parented. */
export interface ProcessTree {
  readonly cgroup: Cgroup | undefined;
  /** Stands in the environment of every process of the container: "NAME=value". */
  readonly mark: string;
}

/** Kills until nothing is left, `spared` excepted. False when something would not die. */
export async function killTree(tree: ProcessTree, spared: readonly number[], clock: Clock): Promise<boolean> {
  const untilMs = clock.monotonicMs() + killMaxMs;
  for (;;) {
    const left = membersOf(tree).filter((pid) => !spared.includes(pid));
    if (left.length === 0) return true;
    if (clock.monotonicMs() > untilMs) return false;
    if (spared.length === 0) tree.cgroup?.kill();
    for (const pid of left) signal(pid, "SIGKILL");
    await sleep(clock, lookAgainMs);
  }
}

function membersOf({ cgroup, mark }: ProcessTree): number[] {
  const zombies = new Set(listProcesses().flatMap(({ pid, zombie }) => (zombie ? [pid] : [])));
  const pids = new Set([...(cgroup?.processes() ?? []), ...markedProcesses(mark)]);
  return [...pids].filter((pid) => !zombies.has(pid));
}
