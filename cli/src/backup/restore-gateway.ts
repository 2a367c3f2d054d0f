import { spawn } from "node:child_process";
import { once } from "node:events";
import { inflateRawSync } from "node:zlib";
import { type ErrorCode, HoldfastError } from "@holdfast/kernel";
import { logFolder, program } from "../parts.ts";
import type { BackupFile } from "./backup-file.ts";
import type { Progress } from "./progress.ts";

export interface RestoredLog {
  readonly node: string;
  readonly lastSeq: number;
  readonly entities: number;
  readonly replaced?: string;
}

/**
 * Puts a backup in the place of the log of a gateway that does not run here. metamanager's own program does it: nobody
 * else knows how a log lies on disk. Errors: `already_exists` (and not `force`), `log_locked`, `config_invalid`,
 * `log_damaged`, `disk_full`.
 */
export async function restoreGateway(
  file: BackupFile,
  gateway: { readonly node: string; readonly folder: string; readonly force: boolean },
  progress: Progress,
): Promise<RestoredLog> {
  const { node, folder, force } = gateway;
  const env = { HF_NODE: node, HF_LOG_DIR: logFolder(folder) };
  const { command, args, env: all } = program("restore-log", "services/metamanager/src/restore-log.ts", env);
  const child = spawn(command, [...args, ...(force ? ["--force"] : [])], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...all },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].on("data", (text: Buffer) => (said[name] += text));
  // It ends before it has read everything when it refuses.
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  progress.begin(`log of ${node}`);
  for (const section of file.sections) {
    for await (const chunk of section.chunks()) {
      const page = inflateRawSync(chunk);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(page.length);
      progress.add(chunk.length, section.bytes);
      if (!child.stdin.write(Buffer.concat([length, page])) && child.exitCode === null) {
        await Promise.race([once(child.stdin, "drain"), ended]);
      }
    }
  }
  child.stdin.end();
  await ended;
  if (child.exitCode === 0) return JSON.parse(said.stdout);
  throw refusal(said.stderr);
}

function refusal(text: string): HoldfastError {
  try {
    const { code, message }: { code: ErrorCode; message: string } = JSON.parse(text);
    return new HoldfastError(code, message);
  } catch {
    return new HoldfastError("internal", `The log could not be restored: ${text.slice(-500)}`);
  }
}
