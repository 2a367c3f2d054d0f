import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { HoldfastError } from "@holdfast/kernel";

/*
 * A backup: a line that says what it is, then frames: type (1 byte), length and CRC-32 of the payload (u32 each),
 * payload. H = header, D = data of a section, S = end of a section and what it is, E = end, with the SHA-256 of all
 * that is before it. H, S and E are JSON.
 */
const magic = "holdfast-backup 1\n";
const frameHeaderBytes = 9;
const frameBytesMax = 16 * 1024 * 1024;

export interface BackupHeader {
  readonly kind: "cloud" | "gateway";
  /** The gateway's name; "" for a cloud. */
  readonly node: string;
  readonly madeAt: string;
  readonly version: string;
}

/** Writes a backup beside its place; only a whole one gets there, and nobody but its owner may read it. */
export class BackupWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash: Hash = createHash("sha256");
  bytes = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Errors: `already_exists` (and not `force`), `invalid_argument`. */
  static async create(path: string, header: BackupHeader, force: boolean): Promise<BackupWriter> {
    if (!force) await refuseExisting(path);
    const file = await openFile(partial(path), "w");
    const writer = new BackupWriter(path, file);
    await writer.#write(Buffer.from(magic));
    await writer.#frame("H", json(header));
    return writer;
  }

  data(chunk: Uint8Array): Promise<void> {
    return this.#frame("D", chunk);
  }

  endSection(about: object): Promise<void> {
    return this.#frame("S", json(about));
  }

  /** Resolves when all of it is on disk, in its place. */
  async finish(): Promise<void> {
    await this.#frame("E", json({ sha256: this.#hash.copy().digest("hex") }));
    await this.#file.sync();
    await this.#file.close();
    await rename(partial(this.#path), this.#path);
    const folder = await open(dirname(this.#path), "r");
    await folder.sync();
    await folder.close();
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(partial(this.#path), { force: true });
  }

  async #frame(type: string, payload: Uint8Array): Promise<void> {
    const header = Buffer.alloc(frameHeaderBytes);
    header.write(type, 0, "latin1");
    header.writeUInt32BE(payload.length, 1);
    header.writeUInt32BE(crc32(payload), 5);
    await this.#write(header);
    await this.#write(payload);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.bytes += bytes.length;
    await this.#file.writeFile(bytes);
  }
}

export interface BackupSection {
  readonly about: unknown;
  readonly bytes: number;
  chunks(): AsyncIterable<Buffer>;
}

export interface BackupFile {
  readonly header: BackupHeader;
  readonly sections: readonly BackupSection[];
  close(): Promise<void>;
}

/** Reads all of it once, and believes it only then. Errors: `not_found`, `invalid_argument` (no whole backup). */
export async function openBackup(path: string): Promise<BackupFile> {
  const file = await openFile(path, "r");
  try {
    return await verified(path, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Frame {
  readonly type: string;
  readonly at: number;
  readonly length: number;
}

async function verified(path: string, file: FileHandle): Promise<BackupFile> {
  const start = await read(file, 0, magic.length);
  if (start.toString("latin1") !== magic) throw wrong(path, "it is no backup of this version of Holdfast");
  const hash = createHash("sha256").update(start);
  let header: BackupHeader | undefined;
  let frames: Frame[] = [];
  const sections: BackupSection[] = [];
  for (let at = magic.length; ; ) {
    const { type, payload, raw } = await readFrame(path, file, at);
    const before = hash.copy().digest("hex");
    hash.update(raw);
    if (at === magic.length && type === "H") header = parse(payload);
    else if (type === "D") frames.push({ type, at: at + frameHeaderBytes, length: payload.length });
    else if (type === "S") {
      sections.push(sectionOf(file, parse(payload), frames));
      frames = [];
    } else if (type === "E" && header) {
      if (parse<{ sha256: string }>(payload).sha256 !== before) throw wrong(path, "it was changed after it was made");
      return { header, sections, close: () => file.close() };
    } else throw wrong(path, "it is damaged");
    at += raw.length;
  }
}

async function readFrame(path: string, file: FileHandle, at: number) {
  const header = await read(file, at, frameHeaderBytes);
  if (header.length < frameHeaderBytes) throw wrong(path, "its end is missing");
  const length = header.readUInt32BE(1);
  if (length > frameBytesMax) throw wrong(path, "it is damaged");
  const payload = await read(file, at + frameHeaderBytes, length);
  if (payload.length < length) throw wrong(path, "its end is missing");
  if (crc32(payload) !== header.readUInt32BE(5)) throw wrong(path, "it is damaged");
  return { type: header.toString("latin1", 0, 1), payload, raw: Buffer.concat([header, payload]) };
}

function sectionOf(file: FileHandle, about: unknown, frames: readonly Frame[]): BackupSection {
  return {
    about,
    bytes: frames.reduce((sum, { length }) => sum + length, 0),
    async *chunks() {
      for (const { at, length } of frames) yield await read(file, at, length);
    },
  };
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

async function openFile(path: string, flags: "w" | "r"): Promise<FileHandle> {
  try {
    return await open(path, flags, 0o600);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (code === "ENOENT" && flags === "r") throw new HoldfastError("not_found", `There is no file ${path}.`);
    throw new HoldfastError("invalid_argument", `${path} cannot be ${flags === "r" ? "read" : "written"}: ${code}.`);
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await open(path, "r").catch(() => undefined);
  if (!found) return;
  await found.close();
  throw new HoldfastError("already_exists", `${path} is there already; --force replaces it.`);
}

function wrong(path: string, what: string): HoldfastError {
  return new HoldfastError("invalid_argument", `${path} cannot be restored: ${what}.`);
}

function partial(path: string): string {
  return `${path}.partial`;
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** What we wrote ourselves, and whose checksum holds. */
function parse<T>(payload: Buffer): T {
  return JSON.parse(payload.toString());
}
