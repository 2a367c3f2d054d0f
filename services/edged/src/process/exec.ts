import { spawn } from "node:child_process";
import type { Clock } from "@holdfast/kernel";
import type { ProbeOutcome } from "../runtime.ts";

const outputBytesMax = 1024;

export interface InsideCommand {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string | undefined;
  /** The first process of the sandbox; absent = the container has none. */
  readonly sandboxPid: number | undefined;
}

const enterProgram = "/usr/bin/nsenter";

/** Who enters a user namespace has every capability in it, also that of making what is read-only writable. */
const dropCapabilities = ["/usr/bin/setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"];

/** Changes to $1, then becomes the rest: inside a sandbox a folder can only be entered from inside. */
const enterFolder = ["/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "sh"];

/** Runs a command where the container runs; healthy when it exits with 0 in time. */
export function runInside(inside: InsideCommand, clock: Clock, timeoutMs: number): Promise<ProbeOutcome> {
  const { command, env, workingDir, sandboxPid } = inside;
  const argv = sandboxPid === undefined ? command : insideSandbox(sandboxPid, command, workingDir);
  const cwd = sandboxPid === undefined ? (workingDir ?? "/") : "/";
  const safeEnv = sandboxPid === undefined ? env : withoutLoaderVariables(env);
  return new Promise((resolve) => {
    const [program = "", ...rest] = argv;
    const child = spawn(program, rest, { cwd, env: safeEnv, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (chunk: Buffer) => {
      if (output.length < outputBytesMax) output += chunk.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const finish = (healthy: boolean, message: string) => {
      cancel();
      // What holds the pipes open must not hold the probe up.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ healthy, message: message.trim().slice(0, outputBytesMax) });
    };
    const cancel = clock.after(timeoutMs, () => {
      if (child.pid !== undefined) killGroup(child.pid);
      finish(false, `the command did not end within ${timeoutMs} ms`);
    });
    child.on("error", (error) => finish(false, error.message));
    child.on("exit", (code, signal) =>
      finish(code === 0, code === 0 ? "" : `${signal ?? `exit code ${code}`} ${output}`),
    );
  });
}

function insideSandbox(pid: number, command: readonly string[], workingDir: string | undefined): string[] {
  const enter = [
    enterProgram,
    "--target",
    String(pid),
    "--user",
    "--preserve-credentials",
    "--mount",
    "--pid",
    "--ipc",
    "--",
  ];
  return [...enter, ...dropCapabilities, ...(workingDir === undefined ? [] : [...enterFolder, workingDir]), ...command];
}

/** nsenter itself runs outside: what the container says must not choose the code that it loads. */
function withoutLoaderVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("LD_")));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in the same moment.
  }
}
