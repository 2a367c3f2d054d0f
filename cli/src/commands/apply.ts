import { asHoldfastError } from "@holdfast/kernel";
import { nounOf } from "@holdfast/sdk";
import type { Command } from "commander";
import { describeError } from "../failure.ts";
import { readManifests } from "../manifests.ts";
import { formatOf, print, printData, tell, yellow } from "../output.ts";
import { withBus } from "../target.ts";

export function registerApply(program: Command): void {
  program
    .command("apply")
    .description("Declare objects from YAML or JSON")
    .requiredOption("-f, --filename <path>", "a file, a folder, or - for standard input")
    .option("--dry-run", "check everything, change nothing")
    .option("-o, --output <format>", "json, yaml or name")
    .action(async (options) => {
      const format = formatOf(options.output);
      const manifests = readManifests(options.filename);
      if (manifests.length === 0) return tell(`Nothing to apply in ${options.filename}.`);
      await withBus(program.opts(), async ({ objects }) => {
        const applied: unknown[] = [];
        for (const { object, source } of manifests) {
          const name = `${nounOf(object.kind)}/${object.metadata.name}`;
          try {
            const {
              outcome,
              warnings,
              object: result,
            } = await objects.apply(object, { dryRun: options.dryRun === true });
            for (const warning of warnings) tell(yellow(`Warning: ${name}: ${warning}`));
            if (format === "table" || format === "wide")
              print(`${name} ${outcome}${options.dryRun ? " (dry run)" : ""}`);
            else if (format === "name") print(name);
            else applied.push(JSON.parse(result));
          } catch (error) {
            process.exitCode = 1;
            tell(`${name} (${source}): ${describeError(asHoldfastError(error))}`);
          }
        }
        if (format === "json" || format === "yaml")
          printData({ apiVersion: "v1", kind: "List", items: applied }, format);
      });
    });
}
