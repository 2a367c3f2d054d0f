import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A small file system of its own, which can be filled without anybody else noticing. */
export class SmallDisk {
  readonly folder: string;
  readonly #filler: string;

  /** Undefined where it cannot be mounted: that takes root. */
  static mount(folder: string, mebibytes: number): SmallDisk | undefined {
    if (process.getuid?.() !== 0) return undefined;
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", folder], { stdio: "ignore" });
    } catch {
      return undefined;
    }
    return new SmallDisk(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.#filler = join(folder, "filler");
  }

  /** Takes every free byte that there is now. */
  fill(): void {
    const file = openSync(this.#filler, "a");
    for (const size of [1024 * 1024, 4096]) {
      const block = Buffer.alloc(size, "filler ");
      try {
        for (;;) writeSync(file, block);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
    }
    closeSync(file);
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  end(): void {
    execFileSync("umount", [this.folder]);
  }
}
