import { HoldfastError } from "@holdfast/proto";
import type { Disk } from "../disk/disk.ts";
import { DiskFaults, type DiskOperation } from "./disk-faults.ts";
import { MemoryMedium } from "./medium-memory.ts";
import { MemoryStore } from "./store-memory.ts";

/**
 * A disk that outlives the processes which mount it. Each store remembers its last writes, so that a test can
 * take some back, and `crash()` ends the life of the process: everything that it mounted is dead, locks are
 * gone, and a write that had not resolved is there or not, as `keepUnsynced` says.
 */
export class MemoryDisk {
  readonly faults = new DiskFaults();
  /** A write beyond it fails with `disk_full`. */
  capacityBytes: number;
  #stores = new Map<string, MemoryMedium>();
  #files = new Map<string, MemoryFile>();
  readonly #open = new Map<string, MemoryStore>();
  #life = 0;

  constructor(options: { readonly capacityBytes?: number } = {}) {
    this.capacityBytes = options.capacityBytes ?? 2 ** 40;
  }

  /** The disk as one life of a process sees it. */
  mount(): Disk {
    const life = this.#life;
    const pass = async (operation: DiskOperation) => {
      await this.faults.pass(operation);
      // A dead process never hears of its operations again.
      if (life !== this.#life) await new Promise(() => {});
    };
    return {
      openStore: async (name, { create }) => {
        await pass("openStore");
        return this.#openStore(name, create);
      },
      storeExists: async (name) => this.#stores.has(name),
      list: async () => [...this.#stores.keys(), ...this.#files.keys()].sort(),
      rename: async (from, to) => {
        await pass("rename");
        this.#rename(from, to);
      },
      copyStore: async (from, to) => {
        await pass("copyStore");
        this.#stores.set(to, this.medium(from).copy());
      },
      repairStore: () => pass("repairStore"),
      checkStore: () => pass("checkStore"),
      remove: async (name) => {
        await pass("remove");
        this.#stores.delete(name);
        this.#files.delete(name);
      },
      readFile: async (name) => {
        await pass("readFile");
        const file = this.#files.get(name);
        if (file === undefined) return undefined;
        return typeof file === "number" ? new Uint8Array(file) : new Uint8Array(file);
      },
      writeFile: async (name, content) => {
        await pass("writeFile");
        if (content.length > this.#freeBytes()) throw new HoldfastError("disk_full", `Cannot write ${name}.`);
        this.#files.set(name, new Uint8Array(content));
      },
      allocate: async (name, bytes) => {
        await pass("allocate");
        if (bytes > this.#freeBytes()) throw new HoldfastError("disk_full", `Cannot allocate ${bytes} bytes.`);
        this.#files.set(name, bytes);
      },
      freeBytes: async () => this.#freeBytes(),
      usedBytes: async () => this.#usedBytes(),
    };
  }

  #openStore(name: string, create: boolean): MemoryStore {
    if (this.#open.has(name)) throw new HoldfastError("log_locked", `The store ${name} is open already.`);
    let medium = this.#stores.get(name);
    if (!medium) {
      if (!create) throw new HoldfastError("log_missing", `There is no store ${name}.`);
      medium = new MemoryMedium();
      this.#stores.set(name, medium);
    }
    const store = new MemoryStore(medium, this.faults, {
      freeBytes: () => this.#freeBytes(),
      closed: () => this.#open.delete(name),
    });
    this.#open.set(name, store);
    return store;
  }

  #rename(from: string, to: string): void {
    const medium = this.#stores.get(from);
    const content = this.#files.get(from);
    if (!medium && content === undefined) throw new HoldfastError("internal", `There is no ${from} to rename.`);
    this.#stores.delete(from);
    this.#files.delete(from);
    if (medium) this.#stores.set(to, medium);
    if (content !== undefined) this.#files.set(to, content);
  }

  // For tests -------------------------------------------------------------------------------------------------

  /** Of everything on it. */
  get usedBytes(): number {
    return this.#usedBytes();
  }

  get storeNames(): readonly string[] {
    return [...this.#stores.keys()];
  }

  /** The process is gone: handles are dead, what was being written is there or not. */
  crash(options: { readonly keepUnsynced?: boolean } = {}): void {
    this.#life++;
    for (const store of this.#open.values()) store.crash(options.keepUnsynced === true);
    this.#open.clear();
    this.faults.clear();
  }

  /** The content of a store, to look at or to damage. */
  medium(name: string): MemoryMedium {
    const medium = this.#stores.get(name);
    if (!medium) throw new HoldfastError("not_found", `There is no store ${name}.`);
    return medium;
  }

  /** Everything on the disk at this moment; `restore` puts it back, as a restored image of the machine would. */
  snapshot(): DiskSnapshot {
    const stores = new Map([...this.#stores].map(([name, medium]) => [name, medium.copy()]));
    return { stores, files: new Map(this.#files) };
  }

  restore(snapshot: DiskSnapshot): void {
    this.crash();
    this.#stores = new Map([...snapshot.stores].map(([name, medium]) => [name, medium.copy()]));
    this.#files = new Map(snapshot.files);
  }

  #usedBytes(): number {
    let bytes = 0;
    for (const medium of this.#stores.values()) bytes += medium.bytes;
    for (const file of this.#files.values()) bytes += typeof file === "number" ? file : file.length;
    return bytes;
  }

  #freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes());
  }
}

/** The content of a file; of one that was only allocated its size, since that may be many megabytes of nothing. */
type MemoryFile = Uint8Array | number;

export interface DiskSnapshot {
  readonly stores: ReadonlyMap<string, MemoryMedium>;
  readonly files: ReadonlyMap<string, MemoryFile>;
}
