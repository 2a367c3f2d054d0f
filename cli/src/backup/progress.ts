import { tell } from "../output.ts";

const mebibyte = 1024 * 1024;
const everyMs = 2000;

/** Says on the side how far long work is, every two seconds; short work says nothing. */
export class Progress {
  readonly #startedMs = performance.now();
  #toldMs = this.#startedMs;
  #bytes = 0;
  #what = "";

  begin(what: string): void {
    this.#what = what;
    this.#bytes = 0;
  }

  /** `ofBytes`: about how much it will be in all, when that is known. */
  add(bytes: number, ofBytes?: number): void {
    this.#bytes += bytes;
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < everyMs) return;
    this.#toldMs = nowMs;
    tell(`${this.#what}: ${size(this.#bytes)}${ofBytes ? ` of about ${size(Math.max(ofBytes, this.#bytes))}` : ""}`);
  }
}

export function size(bytes: number): string {
  if (bytes < mebibyte) return `${Math.ceil(bytes / 1024)} KiB`;
  return `${(bytes / mebibyte).toFixed(1)} MiB`;
}
