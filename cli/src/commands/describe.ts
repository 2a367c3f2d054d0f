import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { stringify } from "yaml";
import { namespaceFor, splitTarget } from "../nouns.ts";
import { age, bold, dim, formatOf, print, printData, table } from "../output.ts";
import { withBus } from "../target.ts";

export function registerDescribe(program: Command): void {
  program
    .command("describe")
    .argument("<kind>", "pod, configmap, secret, node, device or devicemodel; or kind/name")
    .argument("[name]")
    .description("Show one object, its conditions with reasons, and what happened to it last")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-o, --output <format>", "json or yaml")
    .action(async (first: string, second: string | undefined, options) => {
      const { noun, name } = splitTarget(first, second);
      if (name === undefined)
        throw new HoldfastError("invalid_argument", `Which ${noun}? holdfast describe ${noun} NAME`);
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ objects }) => {
        const { object, events } = await objects.describe(noun, name, { namespace: namespaceFor(noun, options) });
        const { status, ...declared } = JSON.parse(object);
        if (format === "json" || format === "yaml")
          return printData({ object: { ...declared, status }, events }, format);
        print(stringify(declared).trimEnd());
        if (status) print(`${bold("status:")}\n${indent(stringify(status).trimEnd())}`);
        print(bold("events:"));
        if (events.length === 0) return print(dim("  none"));
        const rows = events.map(({ atMs, what, message, actor }) => [age(atMs), what, message, actor || "-"]);
        print(indent(table(["AGE", "WHAT", "MESSAGE", "BY"], rows)));
      });
    });
}

const indent = (text: string) => text.replaceAll(/^/gm, "  ");
