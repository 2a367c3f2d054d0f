import { HoldfastError } from "@holdfast/kernel";
import { nounOf } from "@holdfast/sdk";
import type { Command } from "commander";
import { fail } from "../failure.ts";
import { readManifests } from "../manifests.ts";
import { namespaceFor, splitTarget } from "../nouns.ts";
import { formatOf, print, printData } from "../output.ts";
import { withBus } from "../target.ts";

export function registerDelete(program: Command): void {
  program
    .command("delete")
    .argument("[kind]", "pod, configmap, secret, node, device or devicemodel; or kind/name")
    .argument("[names...]")
    .description("Delete objects, or those of a manifest")
    .option("-f, --filename <path>", "delete what is in this file, folder, or - for standard input")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("--dry-run", "check, delete nothing")
    .option("-o, --output <format>", "json, yaml or name")
    .addHelpText("after", "\nExamples:\n  holdfast delete pod web\n  holdfast delete -f examples/pod\n")
    .action(async (kind: string | undefined, names: readonly string[], options) => {
      const { filename, namespace, dryRun = false } = options;
      const format = formatOf(options.output, "name");
      const targets = filename === undefined ? named(kind, names, namespace) : fromManifests(filename);
      await withBus(program.opts(), async ({ objects }) => {
        // What refers to others goes first.
        const deleted: Target[] = [];
        for (const target of targets.reverse()) {
          const { noun, name, namespace: where } = target;
          try {
            await objects.delete(noun, name, { namespace: where, dryRun });
            deleted.push(target);
            if (format === "name") print(`${noun}/${name}`);
            else if (format === "table") print(`${noun}/${name} deleted${dryRun ? " (dry run)" : ""}`);
          } catch (error) {
            fail(error);
          }
        }
        if (format === "json" || format === "yaml") printData({ deleted, dryRun }, format);
      });
    });
}

interface Target {
  readonly noun: string;
  readonly name: string;
  readonly namespace: string;
}

function fromManifests(path: string): Target[] {
  return readManifests(path).map(({ object: { kind, metadata } }) => {
    const noun = nounOf(kind);
    return { noun, name: metadata.name, namespace: namespaceFor(noun, { namespace: metadata.namespace ?? "default" }) };
  });
}

function named(kind: string | undefined, names: readonly string[], namespace: string): Target[] {
  if (kind === undefined) {
    throw new HoldfastError("invalid_argument", "Delete what? holdfast delete KIND NAME, or holdfast delete -f FILE");
  }
  const { noun, name } = splitTarget(kind, undefined);
  const all = [...(name === undefined ? [] : [name]), ...names];
  if (all.length === 0) throw new HoldfastError("invalid_argument", `Which ${noun}? holdfast delete ${noun} NAME`);
  return all.map((one) => ({ noun, name: one, namespace: namespaceFor(noun, { namespace }) }));
}
