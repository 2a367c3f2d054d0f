import { HoldfastError } from "@holdfast/kernel";
import { stringify } from "yaml";

export type Format = "table" | "wide" | "json" | "yaml" | "name";

/** Colours only on a terminal, and not when NO_COLOR is set. */
const coloured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const width = (text: string) => [...text.replaceAll(escapes, "")].length;

/** Rows under a heading, in aligned columns, as kubectl prints them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(width(title), ...rows.map((row) => width(row[column] ?? ""))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
      .join("   ")
      .trimEnd();
  return [bold(line(header)), ...rows.map(line)].join("\n");
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** To the side, so that pipes get only what was asked for. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printData(data: unknown, format: Format): void {
  print(
    format === "yaml"
      ? stringify(data, { aliasDuplicateObjects: false }).trimEnd()
      : JSON.stringify(data, replaceBig, 2),
  );
}

function replaceBig(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** Error: `invalid_argument`. */
export function formatOf(text: string | undefined): Format {
  if (text === undefined) return "table";
  if (text === "wide" || text === "json" || text === "yaml" || text === "name") return text;
  throw new HoldfastError("invalid_argument", `-o ${text}: choose wide, json, yaml or name.`);
}

/** "3s", "5m", "2h", "4d", as kubectl shows ages. */
export function age(sinceMs: number, nowMs = Date.now()): string {
  if (!sinceMs) return "-";
  const seconds = Math.max(0, Math.round((nowMs - sinceMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Green when well, yellow when on its way, red when not. */
export function state(word: string): string {
  if (/^(Ready|Running|applied|online|equal|good|Succeeded|Linked)$/.test(word)) return green(word);
  if (/^(Unknown|Failed|rejected|offline|differs|bad|Error|CrashLoopBackOff)$/.test(word)) return red(word);
  if (/^(Pending|pending|delivered|uncertain|Offline|cut)$/.test(word)) return yellow(word);
  return word;
}
