// `npm run bench [-- name…] [--quick]`: runs every bench by itself, one after the other, in a process of its own, and
// writes docs/benchmarks.md; with names it prints what those say and writes nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "@holdfast/kernel";
import { diskRate } from "./disk-rate.ts";
import { asMarkdown, type BenchReport, type Figure, figure, rounded } from "./report.ts";

const benches = ["log", "uplink", "latency", "footprint", "reconnect", "rebuild", "modbus"];
const timeoutMs = 4 * 60_000;
const page = join(import.meta.dirname, "../docs/benchmarks.md");

const words = process.argv.slice(2);
const flags = words.filter((word) => word.startsWith("--"));

async function main(): Promise<void> {
  const given = words.filter((word) => !word.startsWith("--"));
  const unknown = given.filter((name) => !benches.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no bench ${unknown.join(", ")}; there are ${benches.join(", ")}.\n`);
    process.exit(2);
  }

  const head = await header();
  const reports = benches.filter((name) => given.length === 0 || given.includes(name)).map(runBench);
  const text = [head, "## Ratios and aims", summary(reports), ...reports.map((report) => asMarkdown(report, 2))];
  if (given.length === 0) writeFileSync(page, `${text.join("\n\n")}\n`);
  else process.stdout.write(`${text.join("\n\n")}\n`);
}

function runBench(name: string): BenchReport {
  const startMs = performance.now();
  const script = join(import.meta.dirname, `${name}.ts`);
  const { status, stdout } = spawnSync(process.execPath, [script, "--json", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: timeoutMs,
    killSignal: "SIGTERM",
  });
  process.stderr.write(`${name}: ${Math.round((performance.now() - startMs) / 1000)} s\n`);
  if (status !== 0) return { title: name, figures: [], tables: [], notes: ["It did not end well in this run."] };
  const values = stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
  const [first] = values;
  return isReport(first) ? first : reportOfRows(name, values.filter(isRow));
}

function isReport(value: unknown): value is BenchReport {
  return typeof value === "object" && value !== null && "title" in value && "figures" in value && "tables" in value;
}

type Row = Readonly<Record<string, unknown>>;

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null;
}

const titles: Readonly<Record<string, string>> = {
  rebuild: "Rebuild: from the start of devicetwin to its first answer",
  modbus: "Modbus: points polled, decoded and published by one mapper",
};

/** Of a bench that prints one line of JSON for each of its cases. */
function reportOfRows(name: string, rows: readonly Row[]): BenchReport {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(cell).join(", ");
    return typeof value === "number" ? rounded(value) : String(value ?? "");
  };
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const table = { caption: "By case", columns: columns.map(inWords), rows: cells };
  return {
    title: titles[name] ?? name,
    figures: name === "rebuild" ? rebuildFigures(rows) : [],
    tables: [table],
    notes: [],
  };
}

/** "publishedPerSecond" is "published per second", "rssMiB" is "rss MiB". */
function inWords(name: string): string {
  return name.replace("MiB", " MiB").replace(/(?<=[a-z])[A-Z](?!iB)/g, (letter) => ` ${letter.toLowerCase()}`);
}

function rebuildFigures(rows: readonly Row[]): Figure[] {
  const [first, last] = [Number(rows[0]?.medianMs), Number(rows.at(-1)?.medianMs)];
  const { properties, tailEvents } = rows.at(-1) ?? {};
  const name = `devicetwin with ${rounded(Number(properties))} properties and ${rounded(Number(tailEvents))} events, rebuilt`;
  const why = `${rounded(first)} ms of it Node and the module's code need with an empty log too`;
  return [figure(name, `${rounded(last)} ms`, "< 1 000 ms", last < 1000, why)];
}

function summary(all: readonly BenchReport[]): string {
  const line = ({ name, value, aim, met, why }: Figure) => {
    const verdict = met === undefined ? "" : met ? "met" : `**missed**: ${why ?? ""}`;
    return `| ${name} | ${value} | ${aim ?? ""} | ${verdict} |`;
  };
  const lines = all.flatMap(({ figures }) => figures.map(line));
  return ["| figure | measured | aim | |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

async function header(): Promise<string> {
  const disk = diskRate();
  const [cpu] = cpus();
  const system = readFileSync("/etc/os-release", "utf8").match(/PRETTY_NAME="([^"]+)"/)?.[1] ?? "Linux";
  const nats = execFileSync(await findNatsServer(), ["-v"])
    .toString()
    .trim()
    .replace(":", "");
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench`. Ratios to a limit or a peer of the same run say more than rates; other machines differ.",
    "",
    `- Machine: ${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${memory}, ${system}, kernel ${release()}.`,
    `- Node ${process.versions.node}, ${nats}, all on loopback, without TLS.`,
    `- Disk at the start: ${rounded(disk.perSecond)} writes of 256 bytes with fdatasync per second, median ` +
      `${rounded(disk.medianMs)} ms, P99 ${rounded(disk.p99Ms)} ms. Load average at the start: ${rounded(load)}.`,
    ...(flags.includes("--quick") ? ["- **A quick run** (`--quick`): small counts, so read ratios, not rates."] : []),
  ].join("\n");
}

await main();
