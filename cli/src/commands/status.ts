import type { Command } from "commander";
import { findInstance, isAlive, stateFolder } from "../instance.ts";
import { nodeTable } from "../node-table.ts";
import { formatOf, print, printData, table } from "../output.ts";
import { withBus } from "../target.ts";

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description("Nodes, links, and whether cloud and edge agree")
    .option("-o, --output <format>", "json or yaml")
    .action(async (options) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ nodes }) => {
        const status = await nodes.status();
        const processes = localProcesses(program.opts());
        if (format !== "table") return printData({ nodes: status, processes }, format);
        if (status.length === 0) print("No gateway has been here yet.");
        else print(nodeTable(status));
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

function localProcesses(options: { dir?: string }): { name: string; pid: number; running: boolean }[] {
  try {
    return findInstance(stateFolder(options.dir)).children.map((child) => ({
      name: child.name,
      pid: child.pid,
      running: isAlive(child),
    }));
  } catch {
    return [];
  }
}
