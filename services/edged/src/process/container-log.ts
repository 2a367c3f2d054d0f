import { spawn } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync, truncateSync } from "node:fs";
import { mkdir, open, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, rfc3339Nanos } from "@holdfast/kernel";
import type { LogPage, LogQuery } from "../runtime.ts";
import { cutLines } from "./cri-lines.ts";
import { generationPath, generationsIn, readLogPage } from "./log-pages.ts";
import { isErrno } from "./proc.ts";
import { readSmallJson, writeSmallFile } from "./small-file.ts";

export interface LogLimits {
  /** A log file that has this much is followed by the next one. */
  readonly fileBytesMax: number;
  /** Files kept, the current one included. */
  readonly filesMax: number;
}

/** How far the raw output has been turned into the log. Written after the log, so `written` repairs a crash. */
interface Copied {
  readonly generation: number;
  /** Bytes of the current log file that belong to these offsets. */
  readonly written: number;
  readonly stdout: number;
  readonly stderr: number;
}

const streams = ["stdout", "stderr"] as const;
type Stream = (typeof streams)[number];
const chunkBytes = 64 * 1024;
const chunksAtOnce = 64;
/** Raw output that has been copied is given back to the disk in steps of this. */
const trimBytes = 1024 * 1024;

export const rawPath = (folder: string, stream: Stream) => join(folder, `${stream}.raw`);

/**
 * The log of one life of a container. The container appends to raw files, which need nobody to read them, so it
 * goes on while edged is gone; this copies them into rotated files of CRI form, and goes on where it stopped.
 */
export class ContainerLog {
  readonly #folder: string;
  readonly #limits: LogLimits;
  #copied: Copied | undefined;
  #trimmed = { stdout: 0, stderr: 0 };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, limits: LogLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Copies what is new. `last`: the container has ended, nothing follows. */
  copy(wallMs: number, last: boolean): Promise<void> {
    return this.#inTurn(async () => {
      // One that prints faster than we copy must not keep the others waiting; what is left is copied next time.
      for (const stream of streams) await this.#leaveOut(stream, rfc3339Nanos(wallMs));
      for (let chunk = 0; last || chunk < chunksAtOnce; chunk++) {
        if (!(await this.#copyChunk(rfc3339Nanos(wallMs), last))) break;
      }
      if (last) await Promise.all(streams.map((stream) => rm(rawPath(this.#folder, stream), { force: true })));
    });
  }

  page(query: LogQuery): Promise<LogPage> {
    return this.#inTurn(async () => {
      await mkdir(this.#logs, { recursive: true });
      return readLogPage(this.#logs, query);
    });
  }

  get #logs(): string {
    return join(this.#folder, "logs");
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** False when there was nothing new. */
  async #copyChunk(time: string, last: boolean): Promise<boolean> {
    const before = this.#copied ?? (await this.#resume());
    const offsets = { stdout: before.stdout, stderr: before.stderr };
    let lines: readonly string[] = [];
    for (const stream of streams) {
      const raw = await readRaw(rawPath(this.#folder, stream), before[stream]);
      if (!raw) continue;
      const cut = cutLines(raw.bytes, stream, time, last && raw.end);
      lines = lines.concat(cut.lines);
      offsets[stream] = raw.from + cut.consumed;
    }
    this.#copied = before;
    if (lines.length === 0) return false;
    await this.#write(lines, offsets);
    for (const stream of streams) await this.#trim(stream);
    return true;
  }

  /** Of more than the log holds only one file is copied: the rest would be rotated away, and fill the disk. */
  async #leaveOut(stream: Stream, time: string): Promise<void> {
    const path = rawPath(this.#folder, stream);
    this.#copied ??= await this.#resume();
    const { fileBytesMax, filesMax } = this.#limits;
    const size = await sizeOf(path);
    if (size - this.#copied[stream] <= fileBytesMax * filesMax) return;
    const keptFrom = size - fileBytesMax;
    const bytes = keptFrom - this.#copied[stream];
    const words = `${bytes} bytes were left out: it prints faster than they are copied, and more than the log holds`;
    const { stdout, stderr } = this.#copied;
    await this.#write([`${time} ${stream} F ${words}`], { stdout, stderr, [stream]: keptFrom });
    if (await punchHole(path, keptFrom)) {
      this.#trimmed[stream] = keptFrom;
      return;
    }
    // Rather all of it than a full disk.
    truncateSync(path);
    this.#trimmed[stream] = 0;
    await this.#record({ ...this.#copied, [stream]: 0 });
  }

  async #write(lines: readonly string[], offsets: Pick<Copied, Stream>): Promise<void> {
    const before = this.#copied ?? (await this.#resume());
    const text = Buffer.from(`${lines.join("\n")}\n`);
    const generation = await this.#roomFor(before, text.length);
    const written = (generation === before.generation ? before.written : 0) + text.length;
    await appendTo(generationPath(this.#logs, generation), text);
    await this.#record({ generation, written, ...offsets });
  }

  async #record(copied: Copied): Promise<void> {
    this.#copied = copied;
    await writeSmallFile(join(this.#folder, "copied.json"), JSON.stringify(copied));
  }

  /** The generation to write into; a full one is followed by the next, and the oldest one goes. */
  async #roomFor({ generation, written }: Copied, bytes: number): Promise<number> {
    if (written === 0 || written + bytes <= this.#limits.fileBytesMax) return generation;
    for (const old of await generationsIn(this.#logs)) {
      if (old <= generation + 1 - this.#limits.filesMax) await rm(generationPath(this.#logs, old));
    }
    return generation + 1;
  }

  /** Where an earlier life of edged stopped; lines that it wrote without recording that are written again. */
  async #resume(): Promise<Copied> {
    await mkdir(this.#logs, { recursive: true });
    const recorded = await readSmallJson(join(this.#folder, "copied.json"));
    const number = (name: keyof Copied) => {
      const value = isJsonObject(recorded) ? recorded[name] : undefined;
      return typeof value === "number" ? value : 0;
    };
    const copied = {
      generation: number("generation"),
      written: number("written"),
      stdout: number("stdout"),
      stderr: number("stderr"),
    };
    for (const generation of await generationsIn(this.#logs)) {
      const path = generationPath(this.#logs, generation);
      if (generation > copied.generation) await rm(path);
      else if (generation === copied.generation && (await stat(path)).size > copied.written) {
        await truncate(path, copied.written);
      }
    }
    return copied;
  }

  async #trim(stream: Stream): Promise<void> {
    const offset = this.#copied?.[stream] ?? 0;
    if (!this.#copied || offset - this.#trimmed[stream] < trimBytes) return;
    const path = rawPath(this.#folder, stream);
    if (await punchHole(path, offset)) {
      this.#trimmed[stream] = offset;
    } else if (truncateIfCopied(path, offset)) {
      this.#trimmed[stream] = 0;
      await this.#record({ ...this.#copied, [stream]: 0 });
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
}

/** `undefined` when there is nothing new. A file shorter than `offset` was truncated: it begins again. */
async function readRaw(
  path: string,
  offset: number,
): Promise<{ readonly bytes: Uint8Array; readonly from: number; readonly end: boolean } | undefined> {
  try {
    const { size } = await stat(path);
    const from = size < offset ? 0 : offset;
    if (size === from) return undefined;
    const file = await open(path, "r");
    try {
      const buffer = new Uint8Array(Math.min(size - from, chunkBytes));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      return { bytes: buffer.subarray(0, bytesRead), from, end: from + bytesRead >= size };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function appendTo(path: string, text: Uint8Array): Promise<void> {
  const file = await open(path, "a", 0o600);
  try {
    await file.write(text);
  } finally {
    await file.close();
  }
}

/**
 * Frees the blocks up to `offset` without changing the file's length: nothing that is written meanwhile is lost,
 * which truncating cannot promise. False where fallocate or the file system cannot.
 */
function punchHole(path: string, offset: number): Promise<boolean> {
  return new Promise((resolve) => {
    const range = ["--punch-hole", "--offset", "0", "--length", String(offset)];
    const child = spawn("fallocate", [...range, path], { stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** Only when all of it was copied; what is written between the two calls is lost, as with any copy-and-truncate. */
function truncateIfCopied(path: string, offset: number): boolean {
  const file = openSync(path, "r+");
  try {
    const whole = fstatSync(file).size === offset;
    if (whole) ftruncateSync(file, 0);
    return whole;
  } finally {
    closeSync(file);
  }
}
