/** Writes docs/errors.md and docs/config.md from the tables that the code uses; `--check` fails when they are stale. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busFields, type Field, processFields } from "@holdfast/kernel";
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

type AnyFields = Readonly<Record<string, Field<unknown>>>;

function fieldTable(fields: AnyFields): string {
  const rows = Object.values(fields).map(({ env, form, fallback, doc, secret }) => {
    return [`\`${env}\``, form, secret ? "secret" : printFallback(fallback), doc];
  });
  return table(["variable", "form", "default", "meaning"], rows);
}

function printFallback(fallback: unknown): string {
  if (fallback === undefined) return "required";
  const text = String(fallback);
  return text === "" ? "empty" : `\`${text}\``;
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly config: AnyFields;
}

function isService(value: unknown): value is Described {
  return typeof value === "object" && value !== null && "config" in value && "handlers" in value && "start" in value;
}

/** Read before any module is known, so not a field of one. */
const roleNote = "`HF_HUB_ROLE` says which of the hub's roles a process has: `cloud` or `edge`.";

const commandRows = [
  ["`HF_BUS_URL`", "the bus that commands go to when `--bus` does not say"],
  ["`HF_BUS_CREDS`, `HF_BUS_CA`", "credentials and authority for that bus when `--creds` and `--ca` do not say"],
  ["`HF_JOIN_TOKEN`", "the token for `holdfast edge` when `--join` does not give it; no module gets it"],
  ["`HF_DIR`", "the state folder when `--dir` does not say; else the nearest `.holdfast`"],
  ["`HF_INSTANCE`", "set for all that is started, so that what outlived a killed instance is found; not for people"],
  ["`HF_DEBUG`", "any value: errors come with their stack"],
  ["`NO_COLOR`", "any value: no colours"],
];

async function serviceSections(folder: string): Promise<string[]> {
  const module: Record<string, unknown> = await import(join(root, "services", folder, "src/service.ts"));
  const services = Object.entries(module).filter((entry): entry is [string, Described] => isService(entry[1]));
  if (services.length === 0) throw new Error(`services/${folder}/src/service.ts exports no service`);
  return services.flatMap(([exported, { name, description, config }]) => {
    const title = exported === name ? name : `${name} (${exported})`;
    return [`## ${title}`, "", description, "", fieldTable(config), ""];
  });
}

async function configPage(): Promise<string> {
  const folders = readdirSync(join(root, "services")).sort();
  const sections = await Promise.all(folders.map(serviceSections));
  return [
    "# Configuration",
    "",
    "Generated. Every module reads its fields from environment variables and refuses to start when one is wrong,",
    `naming all that are. ${roleNote}`,
    "",
    "## Every module",
    "",
    fieldTable({ ...busFields, ...processFields }),
    "",
    ...sections.flat(),
    "## The command `holdfast`",
    "",
    "Variables that begin with `HF_` reach the modules that it starts.",
    "",
    table(["variable", "meaning"], commandRows),
    "",
  ].join("\n");
}

function current(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

const pages: readonly [string, string][] = [
  ["docs/errors.md", errorsPage()],
  ["docs/config.md", await configPage()],
];
for (const [path, text] of pages) {
  const full = join(root, path);
  if (!process.argv.includes("--check")) writeFileSync(full, text);
  else if (current(full) !== text) {
    process.stderr.write(`${path} is stale: run npm run generate\n`);
    process.exitCode = 1;
  }
}
