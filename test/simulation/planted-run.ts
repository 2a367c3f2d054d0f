/** A process of its own for one planted bug: `planted-run.ts INDEX SEEDS` prints a PlantedResult as JSON. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { plantedBugs } from "./planted.ts";

export interface PlantedResult {
  /** Seeds until it was caught; undefined = it was not. */
  readonly seeds?: number;
  readonly invariant?: string;
  readonly detail?: string;
  readonly cpuSeconds: number;
}

const [index, seedsMax] = process.argv.slice(2).map(Number);
const bug = plantedBugs[index ?? -1];
if (!bug) throw new Error(`There is no planted bug ${index}.`);
const target = new URL(`../../${bug.file}`, import.meta.url).href;
let planted = 0;
registerHooks({
  load(url, context, nextLoad) {
    if (url !== target) return nextLoad(url, context);
    const source = readFileSync(fileURLToPath(url), "utf8");
    if (source.split(bug.text).length !== 2) throw new Error(`${bug.file} does not have exactly once: ${bug.text}`);
    planted += 1;
    return { format: "module-typescript", source: source.replace(bug.text, () => bug.becomes), shortCircuit: true };
  },
});

// Only now, so that the modules come through the hook.
const { scenarios } = await import("./scenarios.ts");
const run = scenarios[bug.scenario];
let result: PlantedResult | undefined;
for (let seed = 1; run && seed <= (seedsMax ?? 0) && !result; seed += 1) {
  const [first] = (await run(seed)).problems;
  if (first) result = { seeds: seed, ...first, cpuSeconds: 0 };
}
if (planted === 0) throw new Error(`${bug.file} was never loaded.`);
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6 }));
