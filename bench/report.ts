// What a bench hands back: figures with their aims, tables, and words. As text for people, as JSON for main.ts.

/** One figure that has an aim. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  /** "≥ 0.8" */
  readonly aim?: string;
  readonly met?: boolean;
  /** Where the aim is missed: why. */
  readonly why?: string;
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface BenchReport {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** How it was measured, and what to know when reading it. */
  readonly notes: readonly string[];
}

/** `why` is kept only where the aim is missed. */
export function figure(name: string, value: string, aim: string, met: boolean, why: string): Figure {
  return met ? { name, value, aim, met } : { name, value, aim, met, why };
}

/** One line of JSON with --json, else text. */
export function printReport(report: BenchReport): void {
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(report)}\n` : asText(report));
}

export const isQuick = (): boolean => process.argv.includes("--quick");

function asText({ title, figures, tables, notes }: BenchReport): string {
  const lines = [title, ""];
  for (const { name, value, aim, met, why } of figures) {
    const verdict = met === undefined ? "" : met ? "  met" : `  MISSED: ${why}`;
    lines.push(`  ${name}: ${value}${aim ? ` (aim ${aim})` : ""}${verdict}`);
  }
  for (const { caption, columns, rows } of tables) {
    const all = [columns, ...rows].map((row) => row.map(String));
    const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
    lines.push("", `  ${caption}`);
    for (const row of all) lines.push(`    ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`);
  }
  return `${[...lines, "", ...notes.map((note) => `  ${note}`)].join("\n")}\n`;
}

/** For docs/benchmarks.md; `level` is that of the title. */
export function asMarkdown({ title, tables, notes }: BenchReport, level: number): string {
  const parts = [`${"#".repeat(level)} ${title}`];
  for (const { caption, columns, rows } of tables) {
    const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
    parts.push([`${caption}:`, "", line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n"));
  }
  if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join("\n"));
  return parts.join("\n\n");
}

/** Three digits that mean something: 1 234, 12.3, 0.123. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return String(Number(value.toPrecision(3)));
}

/** Of sorted numbers. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
