import { HoldfastError } from "@holdfast/kernel";
import { nounOf } from "@holdfast/sdk";
import type { Command } from "commander";
import { readManifests } from "../manifests.ts";
import { namespaceFor, splitTarget } from "../nouns.ts";
import { print } from "../output.ts";
import { withBus } from "../target.ts";

export function registerDelete(program: Command): void {
  program
    .command("delete")
    .argument("[kind]", "pod, configmap, secret, node, device or devicemodel; or kind/name")
    .argument("[name]")
    .description("Delete an object, or those of a manifest")
    .option("-f, --filename <path>", "delete what is in this file, folder, or - for standard input")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("--dry-run", "check, delete nothing")
    .action(async (kind: string | undefined, second: string | undefined, options) => {
      const targets = options.filename ? fromManifests(options.filename) : [named(kind, second, options.namespace)];
      await withBus(program.opts(), async ({ objects }) => {
        for (const { noun, name, namespace } of targets.reverse()) {
          await objects.delete(noun, name, { namespace, dryRun: options.dryRun === true });
          print(`${noun}/${name} deleted${options.dryRun ? " (dry run)" : ""}`);
        }
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

function named(kind: string | undefined, second: string | undefined, namespace: string): Target {
  const { noun, name } = splitTarget(kind ?? "", second);
  if (name === undefined) throw new HoldfastError("invalid_argument", `Which ${noun}? holdfast delete ${noun} NAME`);
  return { noun, name, namespace: namespaceFor(noun, { namespace }) };
}
