import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { findInstance, stateFolder, writeAtomically } from "../instance.ts";
import { print } from "../output.ts";

/** Which links are cut: written by `link`, followed by `up --demo`. */
const fileName = "links.json";

export function readLinks(folder: string): Readonly<Record<string, string>> {
  try {
    const links: unknown = JSON.parse(readFileSync(join(folder, fileName), "utf8"));
    if (typeof links !== "object" || links === null) return {};
    return Object.fromEntries(Object.entries(links).map(([node, word]) => [node, String(word)]));
  } catch {
    return {};
  }
}

export function registerLink(program: Command): void {
  const link = program.command("link").description("Cut or heal the demo's wire between a gateway and the cloud");
  for (const [verb, words] of [
    ["cut", "cut the wire"],
    ["heal", "mend it"],
  ] as const) {
    link
      .command(verb)
      .argument("<node>")
      .description(words)
      .action((node: string) => {
        const folder = stateFolder(program.opts().dir);
        if (!(node in findInstance(folder).nodes)) {
          throw new HoldfastError("not_found", `No gateway ${node} runs in this instance.`);
        }
        writeAtomically(
          join(folder, fileName),
          JSON.stringify({ ...readLinks(folder), [node]: verb === "cut" ? "cut" : "up" }),
        );
        print(`link of ${node} ${verb === "cut" ? "cut" : "healed"}`);
      });
  }
}
