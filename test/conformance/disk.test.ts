import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryDisk } from "@holdfast/kernel/testing";
import { levelDisk } from "../../kernel/src/disk/disk-level.ts";
import { diskConformance } from "../../kernel/src/testing/conformance/disk.ts";

diskConformance("memory", async () => {
  const memory = new MemoryDisk();
  return { disk: memory.mount(), again: async () => memory.mount(), remove: async () => {} };
});

diskConformance("LevelDB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-disk-"));
  return {
    disk: await levelDisk(folder),
    again: () => levelDisk(folder),
    remove: () => rm(folder, { recursive: true }),
  };
});
