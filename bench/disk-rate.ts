// How fast this disk makes small writes durable now: what everything that syncs is measured against.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./report.ts";

export interface DiskRate {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Appends `bytes` and calls fdatasync, one after the other, in the folder where the benches work. */
export function diskRate(durationMs = 1000, bytes = 256): DiskRate {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-disk-"));
  const file = openSync(join(folder, "appended"), "a");
  const block = Buffer.alloc(bytes, "fdatasync ");
  const times: number[] = [];
  try {
    const startMs = performance.now();
    let beforeMs = startMs;
    while (beforeMs - startMs < durationMs) {
      writeSync(file, block);
      fdatasyncSync(file);
      const nowMs = performance.now();
      times.push(nowMs - beforeMs);
      beforeMs = nowMs;
    }
    times.sort((a, b) => a - b);
    const perSecond = times.length / ((beforeMs - startMs) / 1000);
    return { perSecond, medianMs: percentile(times, 0.5), p99Ms: percentile(times, 0.99) };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}
