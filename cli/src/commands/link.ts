import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { findInstance, type LinkState, stateFolder } from "../instance.ts";
import { writeLink } from "../link-wire.ts";
import { formatOf, print, printData } from "../output.ts";

/** `up --demo` looks several times in this time. */
const followMs = 3000;
const pollMs = 20;

export function registerLink(program: Command): void {
  const link = program.command("link").description("Cut or mend the demo's wire between a gateway and the cloud");
  const verbs = [
    ["cut", "cut", "cut the wire"],
    ["heal", "up", "mend the wire"],
  ] as const;
  for (const [verb, state, words] of verbs) {
    link
      .command(verb)
      .argument("<node>")
      .description(words)
      .option("-o, --output <format>", "json or yaml")
      .action(async (node: string, options) => {
        const format = formatOf(options.output);
        await setLink(stateFolder(program.opts().dir), node, state);
        if (format !== "table") return printData({ node, link: state }, format);
        print(`link of ${node} ${state === "cut" ? "cut" : "healed"}`);
      });
  }
}

/** Returns when it is done, so that the next command finds it so. */
async function setLink(folder: string, node: string, state: LinkState): Promise<void> {
  const { nodes, links } = findInstance(folder);
  if (!(node in nodes)) {
    throw new HoldfastError(
      "not_found",
      `There is no gateway ${node} here; there is ${Object.keys(nodes).join(", ")}.`,
    );
  }
  if (!(node in links)) {
    throw new HoldfastError(
      "unsupported",
      `The link of ${node} is no wire of the demo. Start with: holdfast up --demo`,
    );
  }
  writeLink(folder, node, state);
  const endMs = performance.now() + followMs;
  while (findInstance(folder).links[node] !== state) {
    if (performance.now() > endMs) throw new HoldfastError("timeout", `The link of ${node} did not follow.`);
    await new Promise((wake) => setTimeout(wake, pollMs));
  }
}
