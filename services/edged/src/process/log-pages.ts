import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LogPage, LogQuery } from "../runtime.ts";

/** A page of a log holds at most this much, a line more than that excepted. */
const pageBytesMax = 192 * 1024;

/** Room for the longest line: a page that has less is full. */
const lineBytesReserve = 20 * 1024;

const newline = 0x0a;
const suffix = ".log";

/** The generations of log files in a folder, oldest first. */
export async function generationsIn(folder: string): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+\.log$/.test(name));
  return names.map((name) => Number(name.slice(0, -suffix.length))).sort((a, b) => a - b);
}

export function generationPath(folder: string, generation: number): string {
  return join(folder, `${generation}${suffix}`);
}

interface Position {
  readonly generation: number;
  readonly offset: number;
}

/** Reads complete lines from where an earlier page ended; what has been rotated away since is skipped. */
export async function readLogPage(folder: string, query: LogQuery): Promise<LogPage> {
  const generations = await generationsIn(folder);
  let at = query.position === undefined ? await begin(folder, generations, query.tailLines) : parse(query.position);
  let lines: readonly string[] = [];
  let budget = pageBytesMax;
  for (const generation of generations.filter((known) => known >= at.generation)) {
    const offset = generation === at.generation ? at.offset : 0;
    const bytes = await readFrom(generationPath(folder, generation), offset, budget);
    const text = new TextDecoder().decode(bytes);
    lines = lines.concat(text.split("\n").slice(0, -1));
    at = { generation, offset: offset + bytes.length };
    budget -= bytes.length;
    if (budget < lineBytesReserve) return { lines, position: print(at), end: false };
  }
  return { lines, position: print(at), end: true };
}

/** Complete lines, at most `bytesMax`. */
async function readFrom(path: string, offset: number, bytesMax: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const buffer = new Uint8Array(bytesMax);
    const { bytesRead } = await file.read(buffer, 0, bytesMax, offset);
    return buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1);
  } finally {
    await file.close();
  }
}

async function begin(folder: string, generations: readonly number[], tailLines = 0): Promise<Position> {
  const oldest = generations[0] ?? 0;
  if (tailLines <= 0) return { generation: oldest, offset: 0 };
  let missing = tailLines;
  for (const generation of [...generations].reverse()) {
    const bytes = await readFile(generationPath(folder, generation));
    let end = bytes.lastIndexOf(newline);
    while (end >= 0 && missing > 0) {
      end = end === 0 ? -1 : bytes.lastIndexOf(newline, end - 1);
      missing--;
    }
    if (missing === 0) return { generation, offset: end + 1 };
  }
  return { generation: oldest, offset: 0 };
}

function print({ generation, offset }: Position): string {
  return `${generation}.${offset}`;
}

/** What is no position of ours begins at the beginning. */
function parse(position: string): Position {
  const [generation, offset] = position.split(".").map(Number);
  const legal = Number.isSafeInteger(generation) && Number.isSafeInteger(offset);
  return legal ? { generation: generation ?? 0, offset: offset ?? 0 } : { generation: 0, offset: 0 };
}
