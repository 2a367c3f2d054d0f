/** `npm run sim -- [--platform] --seeds N --seed S`: runs simulations and shows the trace of what failed. */
import { parseArgs } from "node:util";
import { runLink } from "./link.ts";
import { runPlatform } from "./platform.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    lines: { type: "boolean" },
    platform: { type: "boolean" },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const startMs = performance.now();
let failed = 0;

for (let seed = first; seed < first + count; seed += 1) {
  const { problems, trace, lines } = await (values.platform ? runPlatform(seed) : runLink(seed));
  if (problems.length > 0) {
    failed += 1;
    process.stdout.write(`\nseed ${seed}\n  ${problems.join("\n  ")}\n  -- trace\n  ${trace.join("\n  ")}\n`);
    if (values.lines) for (const line of lines) process.stdout.write(`  ${JSON.stringify(line)}\n`);
  }
  const perMinute = Math.round(((seed - first + 1) / (performance.now() - startMs)) * 60_000);
  if (process.stdout.isTTY)
    process.stdout.write(`\r${seed - first + 1}/${count} seeds, ${failed} failed, ${perMinute}/min `);
}
process.stdout.write(`\n${count - failed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
