import { deflateRawSync } from "node:zlib";
import { call, HoldfastError, hasCode } from "@holdfast/kernel";
import { type BackupPage, BackupPageCodec, logBackup } from "@holdfast/proto";
import type { Holdfast } from "@holdfast/sdk";
import type { BackupWriter } from "./backup-file.ts";
import type { Progress } from "./progress.ts";

const pageMs = 10_000;
const triesMax = 5;

export interface LogCopy {
  readonly node: string;
  readonly lastSeq: number;
  readonly records: number;
}

/** The log of one moment between two commits, while it is written. */
export async function backUpGateway(
  { bus }: Holdfast,
  writer: BackupWriter,
  progress: Progress,
  name: string,
): Promise<LogCopy> {
  progress.begin(`log of ${name}`);
  let records = 0;
  for (let cursor = ""; ; ) {
    const page = await askPage(bus, cursor);
    if (page.node !== name) {
      throw new HoldfastError("invalid_argument", `The log there is the one of ${page.node}, not of ${name}.`);
    }
    const bytes = BackupPageCodec.encode(page);
    await writer.data(deflateRawSync(bytes, { level: 1 }));
    records += page.entries.length;
    progress.add(bytes.length, page.totalBytes);
    if (!page.more) {
      const copy = { node: page.node, lastSeq: page.throughSeq, records };
      await writer.endSection(copy);
      return copy;
    }
    cursor = page.cursor;
  }
}

/** A lost answer is asked for again: the same cursor gives the same page. */
async function askPage(bus: Holdfast["bus"], cursor: string): Promise<BackupPage> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call(bus, logBackup, {}, { cursor }, { timeoutMs: pageMs });
    } catch (error) {
      if (tries === triesMax || !hasCode(error, "timeout", "no_responders", "disconnected")) throw error;
    }
  }
}
