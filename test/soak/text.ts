import { problemsOf, type SoakReport } from "./soak.ts";

const shown = 10;

/** For people: what was done, what was counted, and what was found; with a problem also every fault in its order. */
export function asText(report: SoakReport): string {
  const { seed, seconds, faults, counts, restMs, checks, skipped, hints, faultLog } = report;
  const table = (rows: Readonly<Record<string, number>>) =>
    Object.entries(rows).map(([name, count]) => `  ${String(count).padStart(8)}  ${name}`);
  const failed = problemsOf(report).length > 0;
  const total = Object.values(faults).reduce((sum, count) => sum + count, 0);
  return [
    `soak: seed ${seed}, ${seconds} s, ${total} faults, ${Math.round(restMs / 100) / 10} s to rest`,
    "faults",
    ...table(faults),
    ...skipped.map((what) => `   skipped  ${what}`),
    "counts",
    ...table(counts),
    "checks",
    ...checks.flatMap(({ name, looked, problems }) => [
      `  ${problems.length === 0 ? "ok    " : "FAILED"}  ${name} (${looked})`,
      ...problems.slice(0, shown).map((problem) => `          ${problem}`),
      ...(problems.length > shown ? [`          … and ${problems.length - shown} more`] : []),
    ]),
    ...(failed ? ["fault log", ...faultLog.map((line) => `  ${line}`), ...hints.map((hint) => `  ${hint}`)] : hints),
    "",
  ].join("\n");
}
