import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileCache } from "../../cli/src/compile-cache.ts";
import type { ProcessSpec } from "../../cli/src/supervisor.ts";

const restartMs = 200;
const restartMaxMs = 3000;
/** A life shorter than this counts as a failed start. */
const settledMs = 10_000;

/** A module as a process that is started again whenever it ends, as `holdfast` does it. */
export class SoakProcess {
  readonly name: string;
  readonly #spec: ProcessSpec;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #startedMs = 0;
  #ended = false;
  /** Lives that ended by themselves, without a signal of ours: how, and their last words. */
  readonly ownEnds: string[] = [];
  restarts = 0;
  #killed = new WeakSet<ChildProcess>();

  constructor(folder: string, spec: ProcessSpec) {
    this.name = spec.name;
    this.#spec = spec;
    this.#folder = folder;
    this.#start();
  }

  get running(): boolean {
    return this.#child?.pid !== undefined;
  }

  /** Sends a signal to its present life, if there is one. */
  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    const child = this.#child;
    if (!child) return;
    if (signal === "SIGKILL") this.#killed.add(child);
    child.kill(signal);
  }

  /** No further life; resolves when the last one is gone. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((exited) => child.once("exit", () => exited()));
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    await gone;
  }

  #lastWords(): string {
    const [last = ""] = readFileSync(this.#log, "utf8").trim().split("\n").slice(-1);
    return last.slice(0, 400);
  }

  get #log(): string {
    return join(this.#folder, `${this.name}.log`);
  }

  #start(): void {
    const log = openSync(this.#log, "a");
    const { command, args, env } = this.#spec;
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH ?? "", HOME: this.#folder, ...compileCache(this.#folder), ...env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#startedMs = performance.now();
    child.once("exit", (code, signal) => this.#exited(child, signal ?? `code ${code}`));
  }

  #exited(child: ChildProcess, how: string): void {
    this.#child = undefined;
    if (this.#ended) return;
    if (!this.#killed.has(child)) this.ownEnds.push(`${how}: ${this.#lastWords()}`);
    this.#failures = performance.now() - this.#startedMs > settledMs ? 0 : this.#failures + 1;
    this.#timer = setTimeout(
      () => {
        this.restarts += 1;
        this.#start();
      },
      Math.min(restartMaxMs, restartMs * 2 ** Math.min(this.#failures, 6)),
    );
  }
}
