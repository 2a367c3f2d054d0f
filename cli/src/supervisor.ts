import { type ChildProcess, spawn } from "node:child_process";
import { compileCache } from "./compile-cache.ts";
import { isAlive, type ProcessId, type ProcessState, processId } from "./instance.ts";
import { moduleLog, openModuleLog, rotateModuleLog } from "./module-log.ts";

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Supervised {
  readonly spec: ProcessSpec;
  child: ChildProcess | undefined;
  id: ProcessId | undefined;
  startedMs: number;
  failures: number;
  restarts: number;
  timer: NodeJS.Timeout | undefined;
}

const restartBaseMs = 200;
const restartMaxMs = 10_000;
/** A process that lived this long is not counted as failing. */
const settledMs = 30_000;
/** From the second failure in a row on it is more than somebody trying things out. */
const failuresTold = 2;
const rotateMs = 60_000;
/** Time from SIGTERM to SIGKILL; modules drain within 5 s. */
const stopMs = 8000;

interface SupervisorOptions {
  /** The state folder: logs go below it. */
  readonly folder: string;
  /** The list of running processes is another. */
  readonly changed: () => void;
  readonly tell: (text: string) => void;
}

/** Starts processes, keeps them running with growing pauses, and ends them. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #processes: Supervised[] = [];
  readonly #rotating: NodeJS.Timeout;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#rotating = setInterval(() => {
      for (const { spec } of this.#processes) rotateModuleLog(moduleLog(options.folder, spec.name));
    }, rotateMs).unref();
  }

  start(spec: ProcessSpec): void {
    const one: Supervised = {
      spec,
      child: undefined,
      id: undefined,
      startedMs: 0,
      failures: 0,
      restarts: 0,
      timer: undefined,
    };
    this.#processes.push(one);
    this.#spawn(one);
  }

  running(): (ProcessId & { readonly name: string })[] {
    return this.#processes.flatMap(({ spec, id }) => (id ? [{ ...id, name: spec.name }] : []));
  }

  states(): ProcessState[] {
    return this.#processes.map(({ spec, id, restarts }) => ({ name: spec.name, pid: id?.pid, restarts }));
  }

  /** Ends these processes and no longer starts them; those that are not there are none of its business. */
  async stop(names: readonly string[]): Promise<void> {
    const chosen = this.#processes.filter(({ spec }) => names.includes(spec.name));
    for (const one of chosen) {
      clearTimeout(one.timer);
      this.#processes.splice(this.#processes.indexOf(one), 1);
    }
    await Promise.all(chosen.map(({ child }) => endChild(child)));
    this.#options.changed();
  }

  /** Ends all that are left. */
  async stopAll(): Promise<void> {
    clearInterval(this.#rotating);
    await this.stop(this.#processes.map(({ spec }) => spec.name));
  }

  #spawn(one: Supervised): void {
    const { spec } = one;
    const log = openModuleLog(this.#options.folder, spec.name);
    // A session of its own: Ctrl-C reaches only the supervisor, which then ends things in order.
    const child = spawn(spec.command, spec.args, {
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? "",
        ...compileCache(this.#options.folder),
        ...spec.env,
      },
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    });
    log.close();
    one.child = child;
    one.id = child.pid === undefined ? undefined : processId(child.pid);
    one.startedMs = performance.now();
    child.once("error", (error) => this.#ended(one, child, error.message));
    child.once("exit", (code, signal) => this.#ended(one, child, signal ? `by ${signal}` : `with code ${code}`));
    this.#options.changed();
  }

  #ended(one: Supervised, child: ChildProcess, how: string): void {
    if (one.child !== child) return;
    one.child = undefined;
    one.id = undefined;
    if (!this.#processes.includes(one)) return;
    one.failures = performance.now() - one.startedMs > settledMs ? 0 : one.failures + 1;
    const pauseMs = Math.min(restartMaxMs, restartBaseMs * 2 ** Math.min(Math.max(0, one.failures - 1), 10));
    const { name } = one.spec;
    const look = one.failures >= failuresTold ? `; see: npx holdfast logs ${name}` : "";
    this.#options.tell(`${name} ended ${how}; it starts again in ${pauseMs / 1000} s${look}`);
    one.timer = setTimeout(() => {
      one.timer = undefined;
      one.restarts += 1;
      this.#spawn(one);
    }, pauseMs);
    this.#options.changed();
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

/** Ends processes that an earlier instance left behind when it was killed itself. Returns how many there were. */
export async function endLeftovers(children: readonly ProcessId[]): Promise<number> {
  const alive = children.filter(isAlive);
  for (const one of alive) signal(one, "SIGTERM");
  const killAtMs = performance.now() + stopMs;
  while (alive.some(isAlive)) {
    if (performance.now() > killAtMs) for (const one of alive) signal(one, "SIGKILL");
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return alive.length;
}

function signal(one: ProcessId, name: NodeJS.Signals): void {
  try {
    if (isAlive(one)) process.kill(one.pid, name);
  } catch (error) {
    // It ended in between, or belongs to another user, who then has to end it.
    if (error instanceof Error && "code" in error && error.code === "EPERM") throw error;
  }
}
