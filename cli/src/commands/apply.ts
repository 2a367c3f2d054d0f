import { asHoldfastError } from "@holdfast/kernel";
import { type Holdfast, nounOf } from "@holdfast/sdk";
import type { Command } from "commander";
import { describeError } from "../failure.ts";
import { type Manifest, readManifests } from "../manifests.ts";
import { checkKind } from "../nouns.ts";
import { ordered } from "../object-order.ts";
import { type Format, formatOf, print, printData, tell, yellow } from "../output.ts";
import { withBus } from "../target.ts";

export function registerApply(program: Command): void {
  program
    .command("apply")
    .description("Declare objects from YAML or JSON")
    .requiredOption("-f, --filename <path>", "a file, a folder, or - for standard input")
    .option("--dry-run", "check everything, change nothing")
    .option("-o, --output <format>", "json, yaml or name")
    .addHelpText(
      "after",
      "\nIf one object of several is refused, none is applied.\n\nExample:\n  holdfast apply -f examples/pod\n",
    )
    .action(async (options) => {
      const format = formatOf(options.output, "name");
      const manifests = readManifests(options.filename);
      if (manifests.length === 0) return tell(`Nothing to apply in ${options.filename}.`);
      await withBus(program.opts(), async ({ objects }) => {
        const checked = await applyAll(objects, manifests, true);
        if (checked.length < manifests.length) return tell("Nothing was applied.");
        const results = options.dryRun ? checked : await applyAll(objects, manifests, false);
        show(results, format, options.dryRun === true);
      });
    });
}

interface Result {
  readonly name: string;
  readonly outcome: string;
  readonly object: unknown;
  readonly warnings: readonly string[];
}

/** Tells each refusal, and goes on with the next one. */
async function applyAll(
  objects: Holdfast["objects"],
  manifests: readonly Manifest[],
  dryRun: boolean,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { object, source } of manifests) {
    const name = `${nounOf(object.kind)}/${object.metadata.name}`;
    try {
      checkKind(object.kind);
      const { outcome, warnings, object: applied } = await objects.apply(object, { dryRun });
      results.push({ name, outcome, warnings, object: JSON.parse(applied) });
    } catch (error) {
      process.exitCode = 1;
      tell(`${name} (${source}): ${describeError(asHoldfastError(error))}`);
    }
  }
  return results;
}

function show(results: readonly Result[], format: Format, dryRun: boolean): void {
  for (const { name, warnings } of results) {
    for (const warning of warnings) tell(yellow(`Warning: ${name}: ${warning}`));
  }
  if (format === "json" || format === "yaml") {
    const items = results.map(({ object }) => ordered(object));
    printData({ apiVersion: "v1", kind: "List", items }, format);
    return;
  }
  for (const { name, outcome } of results) {
    print(format === "name" ? name : `${name} ${outcome}${dryRun ? " (dry run)" : ""}`);
  }
}
