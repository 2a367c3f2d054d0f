import { HoldfastError } from "@holdfast/proto";
import type { ScanOptions, Store, StoreOperation, StoreSnapshot } from "../disk/disk.ts";
import type { DiskFaults, DiskOperation } from "./disk-faults.ts";
import type { MemoryMedium } from "./medium-memory.ts";

interface Host {
  freeBytes(): number;
  closed(): void;
}

/** One life of an open store. */
export class MemoryStore implements Store {
  readonly #medium: MemoryMedium;
  readonly #faults: DiskFaults;
  readonly #host: Host;
  readonly #writing = new Set<readonly StoreOperation[]>();
  #state: "open" | "closed" | "crashed" = "open";
  #failure: unknown;

  constructor(medium: MemoryMedium, faults: DiskFaults, host: Host) {
    this.#medium = medium;
    this.#faults = faults;
    this.#host = host;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#run("get", () => this.#medium.get(key));
  }

  async write(operations: readonly StoreOperation[]): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#writing.add(operations);
    try {
      await this.#run("write", () => {
        this.#refuseWhenFull(operations);
        this.#writing.delete(operations);
        this.#medium.apply(operations);
      });
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#writing.delete(operations);
    }
  }

  scan(options: ScanOptions): Promise<[Uint8Array, Uint8Array][]> {
    return this.#run("scan", () => this.#medium.scan(options));
  }

  async snapshot(): Promise<StoreSnapshot> {
    const then = await this.#run("scan", () => this.#medium.copy());
    return { scan: (options) => this.#run("scan", () => then.scan(options)), release: async () => {} };
  }

  /** In steps, so that a crash can come between two of them. */
  async clear(gte: Uint8Array, lt: Uint8Array): Promise<void> {
    for (;;) {
      const entries = await this.#run("clear", () => this.#medium.scan({ gte, lt, limit: 100 }));
      if (entries.length === 0) return;
      await this.write(entries.map(([key]) => ({ key })));
    }
  }

  compact(): Promise<void> {
    return this.#run("compact", () => {});
  }

  async close(): Promise<void> {
    if (this.#state !== "open") return;
    await this.#faults.pass("close");
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.#host.closed();
  }

  /** The process died. A write on its way is on the medium or not. */
  crash(keepUnsynced: boolean): void {
    this.#state = "crashed";
    if (keepUnsynced) for (const operations of this.#writing) this.#medium.apply(operations);
    this.#writing.clear();
  }

  /** Looks whether the process lives in the same step in which it acts: a crash may come at any await. */
  async #run<T>(operation: DiskOperation, action: () => T): Promise<T> {
    if (this.#state === "closed") throw new HoldfastError("unavailable", "The store is closed.");
    await this.#faults.pass(operation);
    // A dead process never hears of its reads and writes again.
    if (this.#state === "crashed") await new Promise(() => {});
    return action();
  }

  #refuseWhenFull(operations: readonly StoreOperation[]): void {
    let bytes = 0;
    for (const { key, value } of operations) if (value) bytes += key.length + value.length;
    if (bytes > this.#host.freeBytes()) throw new HoldfastError("disk_full", "Cannot write: the disk is full.");
  }
}
