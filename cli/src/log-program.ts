import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { type ErrorCode, HoldfastError } from "@holdfast/kernel";
import { logFolder, program } from "./parts.ts";

/**
 * Runs one of metamanager's own programs on the log of a gateway: nobody else knows how a log lies on disk. Resolves
 * with what it says. Error: what it refuses; `log_damaged` when LevelDB ended it.
 */
export async function runLogProgram(
  name: "check-log" | "restore-log",
  { node, folder }: { readonly node: string; readonly folder: string },
  args: readonly string[] = [],
  feed: (child: ChildProcessWithoutNullStreams, ended: Promise<unknown>) => Promise<void> = async () => {},
): Promise<string> {
  const env = { HF_NODE: node, HF_LOG_DIR: logFolder(folder) };
  const spec = program(name, `services/metamanager/src/${name}.ts`, env);
  const child = spawn(spec.command, [...spec.args, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...spec.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (text: Buffer) => {
      said[stream] += text;
    });
  }
  // It ends before it has read everything when it refuses.
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  await feed(child, ended);
  child.stdin.end();
  await ended;
  if (child.exitCode === 0) return said.stdout;
  if (child.signalCode !== null) throw new HoldfastError("log_damaged", `LevelDB ended by ${child.signalCode}.`);
  throw refusal(said.stderr);
}

function refusal(text: string): HoldfastError {
  try {
    const { code, message }: { code: ErrorCode; message: string } = JSON.parse(text);
    return new HoldfastError(code, message);
  } catch {
    return new HoldfastError("internal", `It ended without a reason: ${text.slice(-500)}`);
  }
}
