import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { below, chance, type SeededRandom } from "@holdfast/kernel/testing";
import { type Call, pathOf, strings } from "./trace.ts";

/** What a file was given, in order; `truncate` cuts it or extends it with zeros. */
interface Change {
  readonly begin: number;
  readonly end: number;
  readonly offset: number;
  /** Absent = truncate to `offset`. */
  readonly data?: Buffer;
}

interface FileLife {
  readonly changes: Change[];
  /** Calls that made durable what had been written before they began. */
  readonly syncs: { readonly begin: number; readonly end: number }[];
}

/** A change of names: they reach the medium in their order, as the journal of ext4 has them. */
interface Naming {
  readonly begin: number;
  readonly end: number;
  apply(names: Names): void;
}

type Names = Map<string, FileLife | "folder">;

/** What a power cut leaves of what was not synced. */
export const losses = {
  everything: "all that was written arrived",
  synced: "only what was synced arrived",
  names: "names arrived, contents only where synced",
  torn: "of each file a part of what was not synced, the last write torn",
  pages: "pages of what was not synced in any order, zeros between them",
  zeros: "sizes arrived, zeros instead of what was not synced",
} as const;
export type Loss = keyof typeof losses;

const pageBytes = 4096;

/** The disk below one folder, as a recorded process changed it: any moment of it, with whatever a power cut takes. */
export class RecordedMedium {
  readonly #folder: string;
  readonly #namings: Naming[] = [];
  readonly #names: Names = new Map();
  readonly #descriptors = new Map<string, { readonly file: FileLife; position: number }>();
  /** Places in the trace at which a sync had just ended, ascending. */
  readonly syncPoints: number[] = [];
  readonly #made = new Set<string>();
  readonly #journalSyncs: { readonly begin: number; readonly end: number }[] = [];

  constructor(folder: string, calls: readonly Call[]) {
    this.#folder = folder;
    for (const call of calls) this.#take(call);
    this.syncPoints.sort((a, b) => a - b);
  }

  /** How many files with this ending came into being. */
  filesMade(ending: string): number {
    return [...this.#made].filter((path) => path.endsWith(ending)).length;
  }

  /** Writes into `target` what a power cut at this place of the trace leaves of the folder. */
  writeImage(target: string, at: number, loss: Loss, random: SeededRandom): void {
    const names: Names = new Map();
    const issued = this.#namings.filter(({ end }) => end <= at);
    const synced = Math.max(0, ...this.#journalSyncs.filter(({ end }) => end <= at).map(({ begin }) => begin));
    const durable = issued.filter(({ end }) => end <= synced).length;
    const kept =
      loss === "everything" || loss === "names" || loss === "zeros"
        ? issued.length
        : loss === "synced"
          ? durable
          : durable + below(random, issued.length - durable + 1);
    for (const naming of issued.slice(0, kept)) naming.apply(names);
    mkdirSync(target, { recursive: true });
    for (const [path, life] of names) {
      const image = join(target, path);
      if (life === "folder") mkdirSync(image, { recursive: true });
      else {
        mkdirSync(dirname(image), { recursive: true });
        writeFileSync(image, contentAt(life, at, loss, random));
      }
    }
  }

  #take(call: Call): void {
    const { name, args } = call;
    const [path = "", to = ""] = strings(args).map((text) => this.#inside(text.toString()) ?? "");
    if (name === "openat") this.#open(call);
    else if (name.startsWith("mkdir")) this.#name(call, path, (names) => names.set(path, "folder"));
    else if (name.startsWith("unlink") || name === "rmdir") this.#name(call, path, (names) => names.delete(path));
    else if (name.startsWith("rename")) this.#name(call, path, (names) => move(names, path, to));
    else this.#takeContent(call);
  }

  #takeContent(call: Call): void {
    const { name, args, begin, end } = call;
    const path = this.#inside(pathOf(args).replace(/ ?\(deleted\)$/, ""));
    if (path === undefined) return;
    const open = this.#descriptors.get(descriptorOf(args));
    if (name === "fsync" || name === "fdatasync") {
      this.#journalSyncs.push({ begin, end });
      this.syncPoints.push(end);
      open?.file.syncs.push({ begin, end });
    } else if (open) this.#change(call, open);
    else throw new Error(`a ${name} of a file that was never opened: ${path}`);
  }

  #change({ name, args, result, begin, end }: Call, open: { readonly file: FileLife; position: number }): void {
    if (name === "ftruncate") {
      open.file.changes.push({ begin, end, offset: Number(args.split(", ").at(-1)) });
      return;
    }
    if (name !== "write" && name !== "pwrite64" && name !== "writev") throw new Error(`${name} is not understood`);
    const data = Buffer.concat(strings(args)).subarray(0, Number.parseInt(result, 10));
    const offset = name === "pwrite64" ? Number(args.split(", ").at(-1)) : open.position;
    open.file.changes.push({ begin, end, offset, data });
    if (name !== "pwrite64") open.position += data.length;
  }

  #open({ args, result, begin, end }: Call): void {
    const path = this.#inside(pathOf(result));
    if (path === undefined) return;
    const descriptor = descriptorOf(result);
    this.#descriptors.delete(descriptor);
    const known = this.#names.get(path);
    if (known === "folder" || path === "" || (known === undefined && !args.includes("O_CREAT"))) return;
    if (args.includes("O_APPEND")) throw new Error(`${path} is opened to append, which is not understood`);
    const file: FileLife = known ?? { changes: [], syncs: [] };
    if (known === undefined) this.#made.add(path);
    if (known === undefined) this.#name({ begin, end }, path, (names) => names.set(path, file));
    else if (args.includes("O_TRUNC")) file.changes.push({ begin, end, offset: 0 });
    this.#descriptors.set(descriptor, { file, position: 0 });
  }

  #name({ begin, end }: Pick<Call, "begin" | "end">, path: string, apply: (names: Names) => unknown): void {
    if (path === "") return;
    apply(this.#names);
    this.#namings.push({ begin, end, apply: (names) => void apply(names) });
  }

  /** The path within the folder; undefined = somewhere else. */
  #inside(path: string): string | undefined {
    if (path === this.#folder) return "";
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : undefined;
  }
}

const descriptorOf = (text: string): string => text.split("<")[0] ?? "";

/** A file, or a folder with all that is in it. */
function move(names: Names, from: string, to: string): void {
  for (const [path, what] of [...names]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    names.delete(path);
    names.set(to + path.slice(from.length), what);
  }
}

function contentAt({ changes, syncs }: FileLife, at: number, loss: Loss, random: SeededRandom): Buffer {
  const synced = Math.max(-1, ...syncs.filter(({ end }) => end <= at).map(({ begin }) => begin));
  // What was under way may have arrived too, except where nothing but whole calls is wanted.
  const wholeOnly = loss === "everything" || loss === "synced" || loss === "names";
  const issued = changes.filter(({ begin, end }) => (wholeOnly ? end : begin) <= at);
  const loose = issued.filter(({ end }) => end > synced);
  const content = new Content();
  for (const change of issued) if (change.end <= synced) content.apply(change);
  if (loss === "everything") for (const change of loose) content.apply(change);
  else if (loss === "zeros") for (const { offset, data } of loose) content.grow(offset + (data?.length ?? 0));
  else if (loss === "pages") for (const page of loose.flatMap(pagesOf)) if (chance(random, 0.5)) content.apply(page);
  if (loss === "torn") {
    const whole = below(random, loose.length + 1);
    for (const change of loose.slice(0, whole)) content.apply(change);
    const { offset = 0, data } = loose[whole] ?? {};
    const size = data ? below(random, data.length + 1) : 0;
    if (data && size > 0 && chance(random, 0.7)) content.apply({ offset, data: data.subarray(0, size) });
  }
  return content.bytes;
}

/** A file's bytes; what was never written between two writes is zero. */
class Content {
  #buffer = Buffer.alloc(pageBytes);
  #size = 0;

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  apply({ offset, data }: Pick<Change, "offset" | "data">): void {
    if (data) {
      this.grow(offset + data.length);
      data.copy(this.#buffer, offset);
    } else if (offset > this.#size) this.grow(offset);
    else {
      this.#buffer.fill(0, offset, this.#size);
      this.#size = offset;
    }
  }

  grow(size: number): void {
    if (size > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(size)]);
    this.#size = Math.max(this.#size, size);
  }
}

function pagesOf(change: Change): Change[] {
  const { offset, data } = change;
  if (!data) return [change];
  const pages: Change[] = [];
  for (let at = 0; at < data.length; ) {
    const length = pageBytes - ((offset + at) % pageBytes);
    pages.push({ ...change, offset: offset + at, data: data.subarray(at, at + length) });
    at += length;
  }
  return pages;
}
