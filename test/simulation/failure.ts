import type { Outcome } from "./outcome.ts";

const storyLines = 60;

/** What somebody needs to understand a failure and to repeat it: problems, plan, and how it came to be. */
export function describeFailure(scenario: string, { seed, problems, plan, story }: Outcome): string {
  const lines = story();
  const saved = JSON.stringify({ scenario, seed, faults: plan });
  return [
    `seed ${seed} of ${scenario}`,
    ...problems.slice(0, 8).map(({ invariant, detail }) => `  ${invariant}: ${detail}`),
    `  plan, for npm run sim -- --plan FILE:`,
    saved,
    `  the last of ${lines.length} lines of what happened (all of them with --plan FILE --story):`,
    ...lines.slice(-storyLines).map((line) => `  ${line}`),
  ].join("\n");
}
