import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { desired } from "../../services/metamanager/src/testing/log-fixture.ts";
import { LogNode } from "../process/fixtures/log-node.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A small file system of its own, where the log can fill the disk and nobody else suffers. */
function mount(kind: "tmpfs" | "ext4"): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-full-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const at = join(folder, "mounted");
  mkdirSync(at);
  if (kind === "tmpfs") execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", at]);
  else {
    const image = join(folder, "image");
    writeFileSync(image, "");
    truncateSync(image, 32 * 1024 * 1024);
    execFileSync("mkfs.ext4", ["-q", "-F", image]);
    execFileSync("mount", ["-o", "loop", image, at]);
  }
  ends.push(() => execFileSync("umount", [at]));
  return at;
}

/** Writes until the file system is full. */
function fill(path: string): void {
  const file = openSync(path, "a");
  for (const size of [1024 * 1024, 4096]) {
    const block = Buffer.alloc(size, "filler ");
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    }
  }
  closeSync(file);
}

for (const kind of ["tmpfs", "ext4"] as const) {
  test(`a full disk (${kind}): nothing acknowledged is lost, and it goes on when there is space`, async () => {
    const at = mount(kind);
    const node = await LogNode.start({
      HF_LOG_DIR: join(at, "log"),
      HF_LOG_BALLAST_BYTES: String(3 * 1024 * 1024),
      HF_LOG_FREE_MIN_BYTES: "0",
      HF_LOG_BUDGET_MS: "300",
    });
    ends.push(() => node.stop());
    const livesEnded = node.supervise();
    const author = await node.module("author");
    const acknowledged: { readonly seq: number; readonly value: number }[] = [];
    let value = 0;
    let writing = true;
    const write = async () => {
      while (writing) {
        const mine = ++value;
        // What cannot be compressed fills the disk for sure.
        const event = { ...desired(`d${mine % 20}`, ""), body: new Uint8Array(randomBytes(2000)), cause: String(mine) };
        const { lastSeq } = await author.append([event]);
        acknowledged.push({ seq: lastSeq, value: mine });
      }
    };
    const writers = Array.from({ length: 8 }, write);
    const eventually = { timeout: 60_000, interval: 50 };
    await expect.poll(() => acknowledged.length, eventually).toBeGreaterThan(300);
    fill(join(at, "filler"));
    // The ballast is given back, used up, and then the process can only end; it says why each time.
    await expect.poll(() => node.output, eventually).toMatch(/giving back the ballast/);
    await expect.poll(livesEnded, eventually).toBeGreaterThan(1);
    expect(node.output).toMatch(/the disk is full/);
    const whenFull = acknowledged.length;
    rmSync(join(at, "filler"));
    await expect.poll(() => acknowledged.length, eventually).toBeGreaterThan(whenFull + 300);
    writing = false;
    await Promise.all(writers);
    await node.endLog("SIGKILL");
    node.supervise();
    const found: { seq: number; cause: string }[] = [];
    const late = await node.module("late", ({ seq, event }) => found.push({ seq, cause: event.cause }));
    await late.folded(acknowledged.at(-1)?.seq ?? 0);
    const bySeq = [...acknowledged]
      .sort((a, b) => a.seq - b.seq)
      .map(({ seq, value: at }) => ({ seq, cause: String(at) }));
    expect(found).toEqual(bySeq);
    expect(node.output).not.toMatch(/is damaged/);
  }, 240_000);
}
