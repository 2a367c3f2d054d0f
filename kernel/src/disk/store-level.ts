import { type ErrorCode, HoldfastError } from "@holdfast/proto";
import type { Level } from "level";
import { type ScanOptions, type Store, scanLimit } from "./disk.ts";

/** LevelDB's own default of 16 KiB silently cuts pages to some hundred events. */
const highWaterMarkBytes = 1024 * 1024;
const clearStep = 5000;

/** A store over an open LevelDB. After the first failed write all later ones fail too. */
export function levelStore(level: Level<Uint8Array, Uint8Array>): Store {
  let failure: HoldfastError | undefined;

  const guarded = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw levelError(error, what);
    }
  };
  const write: Store["write"] = async (operations) => {
    if (failure) throw failure;
    try {
      const batch = level.batch();
      for (const { key, value } of operations) {
        if (value) batch.put(key, value);
        else batch.del(key);
      }
      await batch.write({ sync: true });
    } catch (error) {
      failure ??= levelError(error, "write to the log");
      throw failure;
    }
  };
  const scan = async (
    { gte, lt, reverse = false, limit = scanLimit }: ScanOptions,
    snapshot?: ReturnType<typeof level.snapshot>,
  ) => {
    const iterator = level.iterator({ gte, lt, reverse, limit, highWaterMarkBytes, ...(snapshot && { snapshot }) });
    try {
      const entries: [Uint8Array, Uint8Array][] = [];
      while (entries.length < limit) {
        const page = await guarded("read the log", iterator.nextv(limit - entries.length));
        if (page.length === 0) break;
        if (entries.length === 0) entries.push(...page);
        else for (const entry of page) entries.push(entry);
      }
      return entries;
    } finally {
      await iterator.close();
    }
  };
  return {
    get: (key) => guarded("read the log", level.get(key)),
    write,
    scan: (options) => scan(options),
    snapshot: async () => {
      const snapshot = level.snapshot();
      return { scan: (options) => scan(options, snapshot), release: () => snapshot.close() };
    },
    clear: async (gte, lt) => {
      let from = gte;
      for (;;) {
        const keys = await guarded("read the log", level.keys({ gte: from, lt, limit: clearStep }).all());
        const last = keys.at(-1);
        if (!last) return;
        await write(keys.map((key) => ({ key })));
        from = last;
      }
    },
    compact: async (gte, lt) => {
      if (canCompact(level)) await guarded("compact the log", level.compactRange(gte, lt));
    },
    close: () => guarded("close the log", level.close()),
  };
}

// The types of `level` cover browsers too and leave out what only LevelDB can do.

export function canRepair(level: object): level is { repair(path: string): Promise<void> } {
  return "repair" in level;
}

function canCompact(level: object): level is { compactRange(gte: Uint8Array, lt: Uint8Array): Promise<void> } {
  return "compactRange" in level;
}

/** Reads and compacts everything, so that whatever LevelDB may stumble over later it stumbles over now. */
export async function checkLevel(level: Level<Uint8Array, Uint8Array>): Promise<void> {
  await level.open({ createIfMissing: false });
  const [from, to] = [Uint8Array.of(0), Uint8Array.of(0xff, 0xff)];
  if (canCompact(level)) await level.compactRange(from, to);
  for await (const _ of level.keys({ gte: from, lt: to, highWaterMarkBytes }));
  await level.close();
}

/** LevelDB's errors as ours; the real code of a failed open is in `cause`. */
export function levelError(error: unknown, what: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof Error ? cause.message : String(cause);
  const level = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const code = codeOf(level, words);
  return new HoldfastError(code, `Cannot ${what}: ${sentences[code] ?? ""}${words}`, { cause: error });
}

const sentences: Partial<Record<ErrorCode, string>> = {
  log_locked: "another process holds this log; stop it first. ",
  disk_full: "the disk is full; free some space. ",
};

function codeOf(level: string, words: string): ErrorCode {
  if (level === "LEVEL_LOCKED") return "log_locked";
  if (/no space left|quota exceeded/i.test(words)) return "disk_full";
  if (level === "LEVEL_CORRUPTION") return "log_damaged";
  // A matter of the machine, not of the log: taking the log for damaged would throw it away.
  if (/permission denied|read-only file system|too many open files|cannot allocate/i.test(words)) return "unavailable";
  if (level === "LEVEL_IO_ERROR" || level === "LEVEL_INVALID_ARGUMENT") return "log_damaged";
  return level === "LEVEL_DATABASE_NOT_OPEN" ? "unavailable" : "internal";
}
