/** Writes docs/errors.md and docs/config.md from the tables that the code uses; `--check` fails when they are stale. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Field } from "@holdfast/kernel";
import { commonConfig } from "@holdfast/kernel";
import { errorCodes } from "@holdfast/proto";

const root = join(import.meta.dirname, "..");

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { retryable, meaning }]) => [
    `\`${code}\``,
    retryable ? "yes" : "no",
    meaning,
  ]);
  return [
    "# Errors",
    "",
    "Generated. A refusal carries one of these codes, a sentence, and whether the same request may succeed later.",
    "Programs match on the code, never on the sentence.",
    "",
    table(["code", "retry helps", "meaning"], rows),
    "",
  ].join("\n");
}

function fieldRows(fields: Readonly<Record<string, Field<unknown>>>): string[][] {
  return Object.values(fields).map(({ env, form, fallback, doc, secret }) => {
    const value = fallback === undefined ? "required" : `\`${String(fallback) || " "}\``;
    return [`\`${env}\``, form, secret ? "secret" : value, doc];
  });
}

async function configPage(): Promise<string> {
  const parts = ["# Configuration", "", "Generated. Every module reads its fields from environment variables.", ""];
  const header = ["variable", "form", "default", "meaning"];
  parts.push("## Every module", "", table(header, fieldRows(commonConfig)), "");
  for (const name of readdirSync(join(root, "services")).sort()) {
    const module: Record<string, unknown> = await import(join(root, "services", name, "src/service.ts"));
    for (const [exported, value] of Object.entries(module)) {
      if (!isService(value)) continue;
      const title = exported === value.name ? value.name : `${value.name} (${exported})`;
      parts.push(`## ${title}`, "", value.description, "", table(header, fieldRows(value.config)), "");
    }
  }
  return parts.join("\n");
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly config: Readonly<Record<string, Field<unknown>>>;
}

function isService(value: unknown): value is Described {
  return typeof value === "object" && value !== null && "config" in value && "handlers" in value && "start" in value;
}

const pages: readonly [string, string][] = [
  ["docs/errors.md", errorsPage()],
  ["docs/config.md", await configPage()],
];
for (const [path, text] of pages) {
  const full = join(root, path);
  if (!process.argv.includes("--check")) writeFileSync(full, text);
  else if (readFileSync(full, "utf8") !== text) {
    process.stderr.write(`${path} is stale: run npm run generate\n`);
    process.exitCode = 1;
  }
}
