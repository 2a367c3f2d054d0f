// `npm run soak -- [--minutes 15] [--seed S] [--json FILE]`: real faults for that long, then what they left behind.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { problemsOf, runSoak } from "./soak.ts";
import { asText } from "./text.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "15" }, seed: { type: "string" }, json: { type: "string" } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0 && minutes <= 24 * 60) || !Number.isSafeInteger(seed)) {
  process.stderr.write("--minutes must be more than 0 and at most 1440, --seed a whole number\n");
  process.exit(2);
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
process.stdout.write(`soak: seed ${seed}, ${minutes} minutes\n`);
const report = await runSoak(minutes * 60, seed);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.stdout.write(asText(report));
process.exitCode = problemsOf(report).length === 0 ? 0 : 1;
