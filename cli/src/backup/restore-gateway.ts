import { once } from "node:events";
import { inflateRawSync } from "node:zlib";
import { HoldfastError } from "@holdfast/kernel";
import { runLogProgram } from "../log-program.ts";
import type { BackupFile } from "./backup-file.ts";
import type { Progress } from "./progress.ts";

export interface RestoredLog {
  readonly node: string;
  readonly lastSeq: number;
  readonly entities: number;
  readonly replaced?: string;
}

/** A page came over the bus in one message; whatever is larger was not written by a backup. */
const pageBytesMax = 16 * 1024 * 1024;

/** Error: `invalid_argument`. */
export function unpackPage(chunk: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(chunk, { maxOutputLength: pageBytesMax });
  } catch (error) {
    throw new HoldfastError("invalid_argument", "The backup cannot be restored: no backup writes such pages.", {
      cause: error,
    });
  }
}

/**
 * Puts a backup in the place of the log of a gateway that does not run here. Errors: `already_exists` (and not
 * `force`), `log_locked`, `config_invalid`, `log_damaged`, `disk_full`.
 */
export async function restoreGateway(
  file: BackupFile,
  gateway: { readonly node: string; readonly folder: string; readonly force: boolean },
  progress: Progress,
): Promise<RestoredLog> {
  progress.begin(`log of ${gateway.node}`);
  const said = await runLogProgram("restore-log", gateway, gateway.force ? ["--force"] : [], async (child, ended) => {
    for (const section of file.sections) {
      for await (const chunk of section.chunks()) {
        const page = unpackPage(chunk);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(page.length);
        progress.add(chunk.length, section.bytes);
        const isFull = !child.stdin.write(Buffer.concat([length, page]));
        if (isFull && child.exitCode === null) await Promise.race([once(child.stdin, "drain"), ended]);
      }
    }
  });
  return JSON.parse(said);
}
