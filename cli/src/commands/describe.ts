import { HoldfastError, hasCode } from "@holdfast/kernel";
import type { DescribeReply } from "@holdfast/proto";
import type { Holdfast, KubeObject, Show } from "@holdfast/sdk";
import type { Command } from "commander";
import { stringify } from "yaml";
import { namespaceFor, splitTarget } from "../nouns.ts";
import { ordered } from "../object-order.ts";
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
    .option("--show-secrets", "values of Secrets too; they are masked otherwise")
    .action(async (first: string, second: string | undefined, options) => {
      const { noun, name } = splitTarget(first, second);
      if (name === undefined)
        throw new HoldfastError("invalid_argument", `Which ${noun}? holdfast describe ${noun} NAME`);
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ objects }) => {
        const where = { namespace: namespaceFor(noun, options), showSecrets: options.showSecrets === true };
        const { object, events } = await describe(objects, noun, name, where);
        if (format === "json" || format === "yaml") return printData({ object: ordered(object), events }, format);
        const { status, ...declared } = object;
        print(stringify(ordered(declared)).trimEnd());
        if (status) print(`${bold("status:")}\n${indent(stringify(status).trimEnd())}`);
        print(bold("events:"));
        if (events === undefined) return print(dim("  this bus does not tell them; ask the cloud"));
        if (events.length === 0) return print(dim("  none"));
        const rows = events.map(({ atMs, what, message, actor }) => [age(atMs), what, message, actor || "-"]);
        print(indent(table(["AGE", "WHAT", "MESSAGE", "BY"], rows)));
      });
    });
}

/** A gateway knows the events of pods alone; of the others it still shows what they are. */
async function describe(
  objects: Holdfast["objects"],
  noun: string,
  name: string,
  where: Show,
): Promise<{ readonly object: KubeObject; readonly events: DescribeReply["events"] | undefined }> {
  try {
    const { object, events } = await objects.describe(noun, name, where);
    return { object: JSON.parse(object), events };
  } catch (error) {
    if (!hasCode(error, "no_responders")) throw error;
    return { object: await objects.get(noun, name, where), events: undefined };
  }
}

const indent = (text: string) => text.replaceAll(/^/gm, "  ");
