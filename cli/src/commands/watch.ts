import type { Command } from "commander";
import { namespaceFor, nounFrom } from "../nouns.ts";
import { ordered } from "../object-order.ts";
import { dim, formatOf, GrowingTable, print, printEach, tell } from "../output.ts";
import { objectTable } from "../rows.ts";
import { untilInterrupted, withBus } from "../target.ts";

export function registerWatch(program: Command): void {
  program
    .command("watch")
    .argument("<kind>", "pod, configmap, secret, node, device or devicemodel")
    .description("Show objects and then each change, until interrupted")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-A, --all-namespaces", "all namespaces")
    .option("-o, --output <format>", "wide, json or yaml")
    .action(async (kind: string, options) => {
      const noun = nounFrom(kind);
      const format = formatOf(options.output, "wide");
      await withBus(program.opts(), async ({ objects }) => {
        let rowsOf: GrowingTable | undefined;
        const changes = objects.watch(noun, { namespace: namespaceFor(noun, options), signal: untilInterrupted() });
        for await (const { type, object } of changes) {
          if (format === "json" || format === "yaml") {
            printEach(object ? { type, object: ordered(object) } : { type }, format);
          } else if (object) {
            const [header, rows] = objectTable(noun, [object], format === "wide", options.allNamespaces === true);
            rowsOf ??= new GrowingTable(["EVENT   ", ...header]);
            print(rowsOf.add(rows.map((row) => [type, ...row])));
          } else tell(dim("Some changes were missed; everything that is there is told again."));
        }
      });
    });
}
