/**
 * Makes the typed contracts and the list of subjects from the .proto files:
 * `node proto/generate.ts` writes them, `node proto/generate.ts --check` exits 1 when they are not fresh.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printContracts } from "./generate/contracts.ts";
import { printJson } from "./generate/json.ts";
import { printMessages } from "./generate/messages.ts";
import { readModel } from "./generate/model.ts";
import { printPermissions, printRights } from "./generate/rights.ts";
import { printSubjects } from "./generate/subjects.ts";
import { printWire } from "./generate/wire.ts";

const folder = import.meta.dirname;
const model = readModel(folder);
const outputs: readonly (readonly [path: string, text: string])[] = [
  ["src/messages.ts", printMessages(model)],
  ["src/wire.ts", printWire(model)],
  ["src/json.ts", printJson(model)],
  ["src/contracts.ts", printContracts(model)],
  ["src/rights.ts", printRights(model)],
  ["../docs/subjects.md", printSubjects(model)],
  ["../docs/permissions.md", printPermissions(model)],
];

if (process.argv.includes("--check")) {
  const stale = outputs.filter(([path, text]) => current(path) !== text).map(([path]) => join("proto", path));
  if (stale.length > 0) {
    console.error(`Not fresh: ${stale.join(", ")}. Run: node proto/generate.ts`);
    process.exitCode = 1;
  }
} else for (const [path, text] of outputs) writeFileSync(join(folder, path), text);

function current(path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), "utf8");
  } catch {
    return undefined;
  }
}
