import type { ScanOptions, StoreOperation } from "../disk/disk.ts";
import { scanLimit } from "../disk/disk.ts";
import { copyOfBytes } from "./copied-bytes.ts";

/** Writes that can be taken back. */
const remembered = 200;

/** One byte is one character, so that the order of strings is the order of bytes. */
function text(bytes: Uint8Array): string {
  let characters = "";
  // Not through a Buffer, which would give every short key a buffer of its own.
  for (let at = 0; at < bytes.length; at++) characters += String.fromCharCode(bytes[at] ?? 0);
  return characters;
}

interface Undo {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

/** The sorted content of one store: what is on the medium, whoever has it open. */
export class MemoryMedium {
  #keys: string[] = [];
  #values = new Map<string, Uint8Array>();
  #writes: Undo[][] = [];
  bytes = 0;

  copy(): MemoryMedium {
    const copy = new MemoryMedium();
    copy.#keys = this.#keys.slice();
    copy.#values = new Map(this.#values);
    copy.#writes = this.#writes.slice();
    copy.bytes = this.bytes;
    return copy;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(text(key));
  }

  apply(operations: readonly StoreOperation[]): void {
    const undo: Undo[] = [];
    for (const { key, value } of operations) {
      const name = text(key);
      undo.push({ key: name, value: this.#values.get(name) });
      this.#set(name, value && copyOfBytes(value));
    }
    this.#writes.push(undo);
    if (this.#writes.length > remembered) this.#writes.shift();
  }

  scan({ gte, lt, reverse = false, limit = scanLimit }: ScanOptions): [Uint8Array, Uint8Array][] {
    const from = this.#position(text(gte));
    const to = this.#position(text(lt));
    const entries: [Uint8Array, Uint8Array][] = [];
    for (let step = 0; step < to - from && entries.length < limit; step++) {
      const key = this.#keys[reverse ? to - 1 - step : from + step] ?? "";
      const value = this.#values.get(key);
      if (value) entries.push([Buffer.from(key, "latin1"), value]);
    }
    return entries;
  }

  // Damage ----------------------------------------------------------------------------------------------------

  /** Takes back the last writes, as a store does that lost the tail of its write-ahead log. */
  loseTail(writes: number): void {
    for (let step = 0; step < writes; step++) {
      for (const { key, value } of (this.#writes.pop() ?? []).reverse()) this.#set(key, value);
    }
  }

  /** Changes one byte of a value, silently. */
  flip(key: Uint8Array, offset: number): void {
    const stored = this.get(key);
    if (!stored || stored.length === 0) return;
    const value = new Uint8Array(stored);
    const at = offset % value.length;
    value[at] = (value[at] ?? 0) ^ 0x40;
    this.#set(text(key), value);
  }

  /** One entry is gone, silently. */
  lose(key: Uint8Array): void {
    this.#set(text(key), undefined);
  }

  #set(key: string, value: Uint8Array | undefined): void {
    const before = this.#values.get(key);
    if (before) this.bytes -= before.length + key.length;
    if (value) {
      this.bytes += value.length + key.length;
      this.#values.set(key, value);
      if (!before) this.#keys.splice(this.#position(key), 0, key);
    } else if (before) {
      this.#values.delete(key);
      this.#keys.splice(this.#position(key), 1);
    }
  }

  /** Where `key` is, or would be. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    const last = this.#keys[high - 1];
    if (last !== undefined && key > last) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
