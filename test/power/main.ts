// `npm run power -- [--images 1000] [--appends 400] [--seed S] [--json FILE]`: power cuts of a recorded metamanager.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cutPower } from "./campaign.ts";
import { asText } from "./text.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "1000" },
    appends: { type: "string", default: "400" },
    seed: { type: "string" },
    json: { type: "string" },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "holdfast-power-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
const report = await cutPower({
  ...{ seed, folder, appends: Number(values.appends), randomImages: Number(values.images) },
  ...{ budgetMs: 60 * 60_000, imagesMin: 0, workers: Math.max(1, Math.min(4, availableParallelism())) },
});
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(asText(report));
process.exitCode = report.problems.length === 0 ? 0 : 1;
