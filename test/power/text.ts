import type { PowerReport } from "./campaign.ts";

export function asText(report: PowerReport): string {
  const { seed, appends, events, calls, syncPoints, images, opened, planned, quarantined, problems, ms, tables } =
    report;
  return [
    `power: seed ${seed}, ${appends} appends with ${events} events`,
    `recorded ${calls} calls, ${syncPoints} of them syncs, and ${tables} tables`,
    `${opened} of ${planned} images opened in ${Math.round(ms / 1000)} s, ${quarantined} quarantined`,
    ...Object.entries(images).map(([kind, count]) => `  ${String(count).padStart(6)}  ${kind}`),
    ...problems.map((problem) => `  FAILED  ${problem}`),
    problems.length === 0 ? "nothing that was answered is missing" : "",
    "",
  ].join("\n");
}
