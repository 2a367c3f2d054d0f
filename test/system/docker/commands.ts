import { execFile } from "node:child_process";
import { promisify } from "node:util";

const outputBytesMax = 64 * 1024 * 1024;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Runs a program to its end and returns what it printed; a failure carries both outputs. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env = {}, timeoutMs = 300_000 } = options;
  const settings = { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: outputBytesMax };
  try {
    const place = cwd === undefined ? settings : { ...settings, cwd };
    const { stdout } = await promisify(execFile)(command, [...args], place);
    return stdout;
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? `\n${error.stderr}` : "";
    throw new Error(`${command} ${args.join(" ")} failed: ${error}${said}`, { cause: error });
  }
}

/** Whether a program is installed and works. */
export async function works(command: string, ...args: string[]): Promise<boolean> {
  return run(command, args, { timeoutMs: 20_000 }).then(
    () => true,
    () => false,
  );
}
