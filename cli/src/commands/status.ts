import type { NodeStatus } from "@holdfast/sdk";
import type { Command } from "commander";
import { findInstance, isAlive, stateFolder } from "../instance.ts";
import { age, formatOf, print, printData, state, table } from "../output.ts";
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

export function nodeTable(nodes: readonly NodeStatus[]): string {
  const rows = nodes.map((node) => [
    node.node,
    state(node.status),
    node.lastContactMs ? `${age(node.lastContactMs)} ago` : "-",
    agreement(node.desired),
    agreement(node.reported),
    String(node.outboxEvents),
    String(node.openProposals),
    String(node.withheld),
    String(node.gapEvents),
  ]);
  return table(["NODE", "STATUS", "CONTACT", "DESIRED", "REPORTED", "OUTBOX", "PROPOSALS", "WITHHELD", "LOST"], rows);
}

function agreement(side: NodeStatus["desired"]): string {
  if (!side) return "-";
  if (side.cloudPosition !== side.edgePosition) return state("pending");
  return `${state(side.equal ? "equal" : "differs")} (${side.objects})`;
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
