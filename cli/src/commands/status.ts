import type { Command } from "commander";
import { isAlive, type LinkState, readInstance, stateFolder } from "../instance.ts";
import { nodeTable } from "../node-table.ts";
import { formatOf, print, printData, table } from "../output.ts";
import { type TargetOptions, withBus } from "../target.ts";

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description("Nodes, links, and whether cloud and edge agree")
    .option("-o, --output <format>", "json or yaml")
    .action(async (options) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ nodes }) => {
        const status = await nodes.status();
        const { links, processes } = localState(program.opts());
        if (format !== "table") return printData({ nodes: status, links, processes }, format);
        if (status.length === 0) print("No gateway has been here yet.");
        else print(nodeTable(status, { linkOf: ({ node }) => links[node] }));
        if (processes.length === 0) return;
        print(
          `\n${table(
            ["PROCESS", "PID", "STATE"],
            processes.map(({ name, pid, running }) => [name, String(pid), running ? "running" : "ended"]),
          )}`,
        );
      });
    });
}

interface LocalState {
  readonly links: Readonly<Record<string, LinkState>>;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly running: boolean }[];
}

/** What run.json says, if it is this machine's instance that was asked. */
function localState({ bus, dir }: TargetOptions): LocalState {
  const instance = readInstance(stateFolder(dir));
  if (!instance || !isAlive(instance.supervisor) || bus?.includes("://")) return { links: {}, processes: [] };
  const processes = instance.children.map((child) => ({ name: child.name, pid: child.pid, running: isAlive(child) }));
  return { links: instance.links, processes };
}
