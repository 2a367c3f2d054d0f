import { HoldfastError } from "@holdfast/kernel";
import { stringify } from "yaml";

export type Format = "table" | "wide" | "json" | "yaml" | "name";

const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

const esc = String.fromCharCode(27);
const escapes = new RegExp(`${esc}\\[\\d+m`, "g");
const width = (text: string) => [...text.replaceAll(escapes, "")].length;

/** Other than lines, tabs and colours: control characters, and what turns the direction of writing. */
const hostile = new RegExp(`${esc}(?!\\[[\\d;]*m)|[^\\P{Cc}${esc}\\n\\r\\t]|\\r(?!\\n)|\\p{Bidi_Control}`, "gu");

/**
 * What devices, pods and callers said must not move the cursor, rename the window or hide a line: on a terminal it is
 * shown as JSON writes it, elsewhere it is as it came.
 */
export function forTerminal(text: string, stream: { readonly isTTY?: boolean }): string {
  if (!stream.isTTY) return text;
  return text.replaceAll(hostile, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** As one line of what is shown line by line. */
export function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

/** Cut to this many columns; colours count nothing and end with it. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let room = columns - 1;
  let clipped = "";
  for (const [piece] of text.matchAll(new RegExp(`${esc}\\[\\d+m|.`, "gsu"))) {
    const isEscape = piece.length > 1 && piece.startsWith(esc);
    if (!isEscape && room-- <= 0) break;
    clipped += piece;
  }
  return `${clipped}…${text.includes(esc) ? `${esc}[0m` : ""}`;
}

/** Rows under a heading, in aligned columns, as kubectl prints them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return new GrowingTable(header).add(rows);
}

/** A table that is told piece by piece: columns only get wider, so that later rows stay below earlier ones. */
export class GrowingTable {
  readonly #header: readonly string[];
  #widths: readonly number[];
  #isHeaded = false;

  constructor(header: readonly string[]) {
    this.#header = header;
    this.#widths = header.map(width);
  }

  /** These rows as text, the first time under the heading. */
  add(given: readonly (readonly string[])[]): string {
    const rows = given.map((row) => row.map(oneLine));
    this.#widths = this.#widths.map((now, column) => Math.max(now, ...rows.map((row) => width(row[column] ?? ""))));
    const lines = rows.map((row) => this.#line(row));
    if (this.#isHeaded) return lines.join("\n");
    this.#isHeaded = true;
    return [bold(this.#line(this.#header)), ...lines].join("\n");
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, column) => cell + " ".repeat((this.#widths[column] ?? 0) - width(cell)));
    return padded.join("   ").trimEnd();
  }
}

/** Colours only on a terminal, and not when NO_COLOR is set. */
export function coloured(text: string, stream: { readonly isTTY?: boolean }): string {
  return stream.isTTY && !process.env.NO_COLOR
    ? forTerminal(text, stream)
    : forTerminal(text.replaceAll(escapes, ""), stream);
}

// A reader that has seen enough (`holdfast get pods | head -1`) is no failure.
let readerGone = (): void => process.exit(0);
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => readerGone());

/** What to do, instead of ending at once, when nobody reads any more. */
export function onReaderGone(action: () => void): void {
  readerGone = action;
}

export function print(text: string): void {
  process.stdout.write(`${coloured(text, process.stdout)}\n`);
}

/** To the side, so that pipes get only what was asked for. */
export function tell(text: string): void {
  process.stderr.write(`${coloured(text, process.stderr)}\n`);
}

export function printData(data: unknown, format: Format): void {
  print(
    format === "yaml"
      ? stringify(data, { aliasDuplicateObjects: false }).trimEnd()
      : JSON.stringify(data, replaceBig, 2),
  );
}

/** One of many: a line of JSON, or a YAML document. */
export function printEach(data: unknown, format: Format): void {
  print(format === "yaml" ? `---\n${stringify(data).trimEnd()}` : JSON.stringify(data, replaceBig));
}

function replaceBig(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** What `-o` says; every command has json and yaml, some have `more`. Error: `invalid_argument`. */
export function formatOf(text: string | undefined, ...more: readonly ("wide" | "name")[]): Format {
  if (text === undefined) return "table";
  const known = [...more, "json", "yaml"] as const;
  const format = known.find((one) => one === text);
  if (format) return format;
  throw new HoldfastError(
    "invalid_argument",
    `-o ${text}: choose ${known.slice(0, -1).join(", ")} or ${known.at(-1)}.`,
  );
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
  if (/^(Ready|Running|applied|online|equal|good|ok|Succeeded|Linked|up|running)$/.test(word)) return green(word);
  if (/^(Unknown|DuplicateIdentity|Failed|failed|rejected|offline|differs|bad|Error|CrashLoopBackOff)$/.test(word))
    return red(word);
  if (/^(Pending|pending|delivered|uncertain|Offline|cut|down|starts again|ended)$/.test(word)) return yellow(word);
  return word;
}
