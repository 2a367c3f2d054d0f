/**
 * `npm run sim -- [--platform] --seeds N --seed S`: runs simulations; a failure is shrunk and told.
 * `--plan FILE` repeats one, with `--story` it tells all of it; `--planted` shows which planted bugs are found.
 */
import { parseArgs } from "node:util";
import { firstFailure } from "./campaign.ts";
import { describeFailure } from "./failure.ts";
import { readPlan } from "./plan.ts";
import { showPlanted } from "./planted-table.ts";
import { scenarios } from "./scenarios.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    platform: { type: "boolean", default: false },
    plan: { type: "string" },
    story: { type: "boolean", default: false },
    planted: { type: "boolean", default: false },
  },
});

let running = "nothing";
process.on("uncaughtException", (error) => {
  process.stderr.write(`\n${running} ended by itself: ${error.stack}\n`);
  process.exit(1);
});
const print = (text: string) => void process.stdout.write(`${text}\n`);

async function repeat(file: string): Promise<void> {
  const { scenario, seed, faults } = readPlan(file);
  const outcome = await scenarios[scenario]?.(seed, { plan: faults });
  if (!outcome) throw new Error(`There is no scenario ${scenario}: ${Object.keys(scenarios).join(", ")}.`);
  if (values.story) print(outcome.story().join("\n"));
  if (outcome.problems.length === 0) return print("nothing is wrong with this plan");
  print(describeFailure(scenario, outcome));
  process.exitCode = 1;
}

async function campaign(scenario: "link" | "platform", first: number, count: number): Promise<void> {
  const run = scenarios[scenario];
  if (!run) return;
  const began = { ms: performance.now(), cpu: process.cpuUsage() };
  let failed = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    running = `seed ${seed} of ${scenario}`;
    const failure = await firstFailure(scenario, run, seed, 1);
    if (failure !== "") {
      failed += 1;
      print(`\n${failure}`);
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${seed - first + 1}/${count} seeds, ${failed} failed `);
  }
  const { user, system } = process.cpuUsage(began.cpu);
  const perMinute = (ms: number) => Math.round((count / ms) * 60_000);
  const [wall, cpu] = [perMinute(performance.now() - began.ms), perMinute((user + system) / 1000)];
  const rate = `${wall} seeds a minute, ${cpu} a minute of CPU`;
  print(`\n${count - failed} passed, ${failed} failed; ${rate}`);
  if (failed > 0) process.exitCode = 1;
}

if (values.planted) await showPlanted(Number(values.seeds));
else if (values.plan !== undefined) await repeat(values.plan);
else await campaign(values.platform ? "platform" : "link", Number(values.seed), Number(values.seeds));
