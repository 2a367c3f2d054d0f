import type { Command } from "commander";
import { namespaceFor, splitTarget } from "../nouns.ts";
import { ordered } from "../object-order.ts";
import { formatOf, print, printData, table, tell } from "../output.ts";
import { objectTable } from "../rows.ts";
import { withBus } from "../target.ts";

export function registerGet(program: Command): void {
  program
    .command("get")
    .argument("<kind>", "pod, configmap, secret, node, device or devicemodel; or kind/name")
    .argument("[name]")
    .description("Show objects")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-A, --all-namespaces", "all namespaces")
    .option("-l, --selector <labels>", "key=value,…")
    .option("-o, --output <format>", "wide, json, yaml or name")
    .option("--show-secrets", "values of Secrets too; they are masked otherwise")
    .addHelpText("after", "\nExamples:\n  holdfast get pods -A -o wide\n  holdfast get device boiler -o yaml\n")
    .action(async (first: string, second: string | undefined, options) => {
      const { noun, name } = splitTarget(first, second);
      const format = formatOf(options.output, "wide", "name");
      const namespace = namespaceFor(noun, options);
      const showSecrets = options.showSecrets === true;
      await withBus(program.opts(), async ({ objects }) => {
        if (name !== undefined) {
          const object = await objects.get(noun, name, { namespace, showSecrets });
          if (format === "json" || format === "yaml") return printData(ordered(object), format);
          return show(noun, [object], format, false);
        }
        const { items } = await objects.list(noun, { namespace, labelSelector: options.selector ?? "", showSecrets });
        if (format === "json" || format === "yaml") {
          return printData({ apiVersion: "v1", kind: "List", items: items.map(ordered) }, format);
        }
        if (items.length === 0)
          return tell(`No ${noun}s found${namespace === "_" ? "" : ` in namespace ${namespace}`}.`);
        return show(noun, items, format, options.allNamespaces === true);
      });
    });
}

function show(noun: string, items: Parameters<typeof objectTable>[1], format: string, namespaces: boolean): void {
  const names = items.map(({ metadata }) => `${noun}/${metadata.name}`).join("\n");
  print(format === "name" ? names : table(...objectTable(noun, items, format === "wide", namespaces)));
}
