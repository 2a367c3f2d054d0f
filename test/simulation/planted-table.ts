import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { plantedBugs } from "./planted.ts";
import type { PlantedResult } from "./planted-run.ts";

const runner = fileURLToPath(new URL("planted-run.ts", import.meta.url));

/** Plants each bug in a process of its own, one after the other, and tells what caught it after how many seeds. */
export async function showPlanted(seedsMax: number): Promise<void> {
  process.stdout.write("| planted bug (rule of docs/protocol.md) | seeds | caught by |\n|---|---|---|\n");
  for (const [index, { name }] of plantedBugs.entries()) {
    const { seeds, invariant } = await plant(index, seedsMax);
    process.stdout.write(`| ${name} | ${seeds ?? `> ${seedsMax}`} | ${invariant ?? "**nothing**"} |\n`);
    if (seeds === undefined) process.exitCode = 1;
  }
}

/** In a process of its own, since it changes what is loaded. */
export async function plant(index: number, seedsMax: number): Promise<PlantedResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    runner,
    String(index),
    String(seedsMax),
  ]);
  const result: PlantedResult = JSON.parse(stdout);
  return result;
}
