import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type ProcessId, processId } from "./instance.ts";

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A process that is started again when it ends, with growing pauses. */
interface Supervised {
  readonly spec: ProcessSpec;
  child: ChildProcess | undefined;
  startedMs: number;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

const logBytesMax = 10 * 1024 * 1024;
const restartBaseMs = 200;
const restartMaxMs = 10_000;
/** A process that lived this long is not counted as failing. */
const settledMs = 30_000;
/** Time from SIGTERM to SIGKILL; modules drain within 5 s. */
export const stopMs = 8000;

/** Starts processes, keeps them running, and ends them in the reverse order. */
export class Supervisor {
  readonly #folder: string;
  readonly #processes: Supervised[] = [];
  readonly #changed: () => void;
  #ending = false;

  /** `changed` is called whenever the list of running processes is another. */
  constructor(folder: string, changed: () => void) {
    this.#folder = folder;
    this.#changed = changed;
  }

  start(spec: ProcessSpec): void {
    const supervised: Supervised = { spec, child: undefined, startedMs: 0, failures: 0, timer: undefined };
    this.#processes.push(supervised);
    this.#spawn(supervised);
  }

  running(): (ProcessId & { name: string })[] {
    return this.#processes.flatMap(({ spec, child }) => {
      const id = child?.pid === undefined ? undefined : processId(child.pid);
      return id ? [{ ...id, name: spec.name }] : [];
    });
  }

  /** Ends these processes and no longer starts them; all of them when no names are given. */
  async stop(...names: readonly string[]): Promise<void> {
    if (names.length === 0) this.#ending = true;
    const chosen = this.#processes.filter(({ spec }) => names.length === 0 || names.includes(spec.name));
    for (const one of chosen) {
      clearTimeout(one.timer);
      this.#processes.splice(this.#processes.indexOf(one), 1);
    }
    await Promise.all(chosen.map(({ child }) => endChild(child)));
    this.#changed();
  }

  #spawn(one: Supervised): void {
    const { spec } = one;
    const log = openLogFile(this.#folder, spec.name);
    // A group of its own: Ctrl-C reaches only the supervisor, which then ends things in order.
    const child = spawn(spec.command, spec.args, {
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...spec.env },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    one.child = child;
    one.startedMs = performance.now();
    child.on("error", () => this.#ended(one));
    child.on("exit", () => this.#ended(one));
    this.#changed();
  }

  #ended(one: Supervised): void {
    if (this.#ending || !this.#processes.includes(one) || one.timer) return;
    one.failures = performance.now() - one.startedMs > settledMs ? 0 : one.failures + 1;
    const pauseMs = Math.min(restartMaxMs, restartBaseMs * 2 ** Math.min(one.failures, 10));
    one.timer = setTimeout(() => {
      one.timer = undefined;
      this.#spawn(one);
    }, pauseMs);
    this.#changed();
  }
}

async function endChild(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await gone;
  clearTimeout(timer);
}

/** Ends processes that an earlier instance left behind when it was killed itself. */
export async function endLeftovers(children: readonly ProcessId[]): Promise<number> {
  const alive = children.filter(isAlive);
  for (const { pid } of alive) process.kill(pid, "SIGTERM");
  const endMs = performance.now() + stopMs;
  while (alive.some(isAlive)) {
    if (performance.now() > endMs) for (const one of alive.filter(isAlive)) process.kill(one.pid, "SIGKILL");
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return alive.length;
}

export function logFile(folder: string, name: string): string {
  return join(folder, "logs", `${name}.log`);
}

function openLogFile(folder: string, name: string): number {
  const path = logFile(folder, name);
  try {
    if (statSync(path).size > logBytesMax) {
      rmSync(`${path}.1`, { force: true });
      renameSync(path, `${path}.1`);
    }
  } catch {
    // There is no log yet.
  }
  return openSync(path, "a", 0o600);
}
