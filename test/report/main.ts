// `npm run report [-- --minutes 60] [--only TITLE]`: runs the campaign and writes what happened into
// docs/reliability.md and docs/security.md, in place of what they say of the last one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Step, stepsOf } from "./steps.ts";

const root = join(import.meta.dirname, "../..");
const stepTimeoutMs = 30 * 60_000;
/** All below it is written by this program. */
const heading = "## What was tried, and what happened";
const linesMax = 120;
/** Of a file with more tests only those that failed are listed. */
const rowsMax = 40;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "60" }, only: { type: "string" } } });
const minutes = Number(values.minutes);
if (!(minutes >= 1 && minutes <= 600)) {
  process.stderr.write("--minutes must be from 1 to 600\n");
  process.exit(2);
}

interface Result {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  readonly text: string;
}

function run(step: Step): Result {
  process.stderr.write(`${step.title} …`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-report-"));
  const json = join(folder, "tests.json");
  const [program = "", ...given] = step.command;
  const args = step.tests ? [...given, "--reporter=json", `--outputFile=${json}`] : given;
  const startMs = performance.now();
  const { status, stdout } = spawnSync(program === "node" ? process.execPath : program, args, {
    cwd: root,
    env: { ...process.env, ...step.env },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: stepTimeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const text = step.tests ? testTable(json) : printed(stdout.toString());
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write(` ${status === 0 ? "passed" : "FAILED"}, ${seconds} s\n`);
  return { step, passed: status === 0, seconds, text };
}

function printed(text: string): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length > linesMax ? ["…", ...lines.slice(-linesMax)] : lines;
  return ["```", ...shown, "```"].join("\n");
}

interface TestResults {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** The tests of a run, as vitest's JSON tells them. */
function testTable(file: string): string {
  let results: TestResults;
  try {
    results = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return "The tests did not end.";
  }
  return results.testResults
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, assertionResults }) => {
      const told = assertionResults.length > rowsMax ? assertionResults.filter(isFailed) : assertionResults;
      const rows = told.map(({ fullName, status }) => `| ${fullName.replaceAll("|", "\\|")} | ${status} |`);
      const path = name.replace(`${root}/`, "");
      const failed = assertionResults.filter(isFailed).length;
      const counts = `${assertionResults.length} tests, ${failed} failed`;
      if (rows.length === 0) return `[${path.split("/").at(-1)}](../${path}): ${counts}`;
      return [
        `[${path.split("/").at(-1)}](../${path}): ${counts}`,
        "",
        "| test | result |",
        "| --- | --- |",
        ...rows,
      ].join("\n");
    })
    .join("\n\n");
}

function isFailed({ status }: { readonly status: string }): boolean {
  return status === "failed";
}

function section({ step, passed, seconds, text }: Result): string {
  const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value} `);
  const how = `\`${env.join("")}${step.command.join(" ")}\`, ${seconds} s: **${passed ? "passed" : "failed"}**`;
  return `### ${step.title}\n\n${step.about}\n\n${how}\n\n${text}`;
}

function machine(): string {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const model = cpus()[0]?.model.trim();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} cores (${model}), ${memory}, ${system}, kernel ${release()}, Node ${process.versions.node}`;
}

function write(page: Step["page"], results: readonly Result[]): void {
  const mine = results.filter(({ step }) => step.page === page);
  if (mine.length === 0) return;
  const path = join(root, `docs/${page}.md`);
  const about = readFileSync(path, "utf8").split(heading)[0]?.trimEnd();
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root }).stdout.toString().trim();
  const head = [
    heading,
    `Written by \`npm run report -- --minutes ${minutes}\` at commit ${commit}. Machine: ${machine()}.`,
  ];
  writeFileSync(path, `${[about, ...head, ...mine.map(section)].join("\n\n")}\n`);
}

const chosen = stepsOf(minutes).filter(({ title }) => values.only === undefined || title === values.only);
const results = chosen.map(run);
if (values.only === undefined) for (const page of ["reliability", "security"] as const) write(page, results);
else process.stdout.write(`${results.map(section).join("\n\n")}\n`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
