// What processes cost, as Linux counts it in /proc.
import { readFileSync } from "node:fs";
import type { Measured } from "./gateway-processes.ts";

export interface Memory {
  readonly rssMiB: number;
  /** Proportional: each shared page divided by the number of processes that have it. */
  readonly pssMiB: number;
  /** What the machine gets back when this process alone ends. */
  readonly privateMiB: number;
}

/** Clock ticks of /proc/<pid>/stat in a second; the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function memoryOf({ pid }: Measured): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return {
    rssMiB: kib("Rss") / 1024,
    pssMiB: kib("Pss") / 1024,
    privateMiB: (kib("Private_Clean") + kib("Private_Dirty")) / 1024,
  };
}

export function sumOf(memories: readonly Memory[]): Memory {
  const sum = (pick: (memory: Memory) => number) => memories.reduce((total, memory) => total + pick(memory), 0);
  return { rssMiB: sum((it) => it.rssMiB), pssMiB: sum((it) => it.pssMiB), privateMiB: sum((it) => it.privateMiB) };
}

/** CPU time that the process has used, all threads, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The command may contain spaces and brackets; the fields begin after the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** CPU time of each process between two moments. */
export class CpuMeter {
  readonly #processes: readonly Measured[];
  readonly #startedMs = performance.now();
  readonly #before: readonly number[];

  constructor(processes: readonly Measured[]) {
    this.#processes = processes;
    this.#before = processes.map(({ pid }) => cpuMs(pid));
  }

  /** ms of CPU by name, since the meter was made. */
  used(): ReadonlyMap<string, number> {
    return new Map(this.#processes.map(({ name, pid }, index) => [name, cpuMs(pid) - (this.#before[index] ?? 0)]));
  }

  /** Of one core, in percent. */
  percent(): ReadonlyMap<string, number> {
    const elapsedMs = performance.now() - this.#startedMs;
    return new Map([...this.used()].map(([name, ms]) => [name, (ms / elapsedMs) * 100]));
  }
}

export function total(byName: ReadonlyMap<string, number>): number {
  return [...byName.values()].reduce((sum, one) => sum + one, 0);
}
