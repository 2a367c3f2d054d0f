import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cutPower } from "./campaign.ts";
import { asText } from "./text.ts";

/** Where the tests decide whether work lands it must be there; elsewhere its absence skips, by name. */
const required = process.env.HF_REQUIRE_PEERS === "1";
const hasStrace = required || spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;
/** Of at least so many images the test speaks; a machine that is busy with other tests takes longer for them. */
const imagesMin = 300;
/** More with HF_RUNS, for a night. */
const runs = Number(process.env.HF_RUNS ?? 1);

test.skipIf(!hasStrace)(
  `power cuts at syncs of a recorded metamanager (needs strace), ${imagesMin} or more: nothing answered is missing, no gap`,
  async () => {
    const seed = Date.now() % 1_000_000;
    const folder = mkdtempSync(join(tmpdir(), "holdfast-power-"));
    try {
      const report = await cutPower({
        ...{ seed, folder, appends: 140, randomImages: 250 * runs, budgetMs: 60_000 * runs, imagesMin, workers: 2 },
      });
      process.stdout.write(asText(report));
      expect(report.problems, `seed ${seed}`).toEqual([]);
      // A cut is no damage: nobody should have to ask the cloud for everything after one.
      expect(report.quarantined, `seed ${seed}`).toBe(0);
      expect(report.tables, "LevelDB changed its files meanwhile").toBeGreaterThan(0);
      expect(report.opened, `of ${report.planned} images`).toBeGreaterThanOrEqual(imagesMin);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  300_000 * runs,
);
