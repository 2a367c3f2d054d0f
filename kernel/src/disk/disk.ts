/** What one log needs of the disk: ordered key-value stores and a few small files in one folder. */

export interface StoreOperation {
  readonly key: Uint8Array;
  /** Absent = delete. */
  readonly value?: Uint8Array;
}

export interface ScanOptions {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Entries of one scan unless told otherwise. */
export const scanLimit = 1000;

/** A store as it was at one moment, whatever is written to it afterwards. It takes space until it is released. */
export interface StoreSnapshot {
  scan(options: ScanOptions): Promise<[key: Uint8Array, value: Uint8Array][]>;
  release(): Promise<void>;
}

/** An ordered key-value store. Every write is synced before it resolves. Any write error is fatal for it. */
export interface Store {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** All or nothing. Errors: `disk_full`, `log_damaged`. */
  write(operations: readonly StoreOperation[]): Promise<void>;
  /** At most `limit` (default `scanLimit`) entries in key order. */
  scan(options: ScanOptions): Promise<[key: Uint8Array, value: Uint8Array][]>;
  /** The store as it is now; ends with the store. */
  snapshot(): Promise<StoreSnapshot>;
  /** Deletes [gte, lt) in small steps; not atomic. */
  clear(gte: Uint8Array, lt: Uint8Array): Promise<void>;
  /** Gives freed space back. */
  compact(gte: Uint8Array, lt: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Adapters: `disk-level.ts` (LevelDB and files), `testing/disk-memory.ts`; both pass `testing/conformance/disk.ts`. */
export interface Disk {
  /** Errors: `log_missing` (and `create` is false), `log_locked`, `log_damaged`, `disk_full`. */
  openStore(name: string, options: { readonly create: boolean }): Promise<Store>;
  storeExists(name: string): Promise<boolean>;
  /** The names of stores and files in the folder. */
  list(): Promise<readonly string[]>;
  rename(from: string, to: string): Promise<void>;
  /** Copies a closed store; for salvage only. */
  copyStore(from: string, to: string): Promise<void>;
  /** Makes a damaged copy readable again, as far as it goes; wrong values are to be expected. For salvage only. */
  repairStore?(name: string): Promise<void>;
  /**
   * Reads and compacts all of a closed store in a process of its own: damage may end the process that meets it.
   * Errors: `log_damaged`, `log_locked`, `disk_full`, `unavailable`.
   */
  checkStore?(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  readFile(name: string): Promise<Uint8Array | undefined>;
  /** Atomic and synced: afterwards either the old or the new content is there, whatever happens. */
  writeFile(name: string, content: Uint8Array): Promise<void>;
  /** Creates a file of real blocks, to be given back on a full disk. */
  allocate(name: string, bytes: number): Promise<void>;
  freeBytes(): Promise<number>;
  /** Size of everything in the folder. */
  usedBytes(): Promise<number>;
}
