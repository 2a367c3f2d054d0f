import type { Command } from "commander";
import { fail } from "../failure.ts";
import { isAlive, type LinkState, type ProcessState, readInstance, stateFolder } from "../instance.ts";
import { nodeTable } from "../node-table.ts";
import { formatOf, print, printData, state, table } from "../output.ts";
import { type TargetOptions, withBus } from "../target.ts";

export function registerStatus(program: Command): void {
  program
    .command("status")
    .description("Nodes, links, and whether cloud and edge agree")
    .option("-o, --output <format>", "json or yaml")
    .action(async (options) => {
      const format = formatOf(options.output);
      const { links, processes } = localState(program.opts());
      const nodes = await withBus(program.opts(), (holdfast) => holdfast.nodes.status()).catch((error) => {
        // When the bus says nothing, what this machine knows is worth the more.
        if (processes.length === 0) throw error;
        fail(error);
      });
      if (format !== "table") return printData({ nodes: nodes ?? [], links, processes }, format);
      if (nodes?.length === 0) print("No gateway has been here yet.");
      else if (nodes) print(nodeTable(nodes, { linkOf: ({ node }) => links[node] }));
      if (processes.length === 0) return;
      const rows = processes.map((one) => [one.name, String(one.pid ?? "-"), String(one.restarts), state(one.state)]);
      print(`\n${table(["PROCESS", "PID", "RESTARTS", "STATE"], rows)}`);
    });
}

interface LocalState {
  readonly links: Readonly<Record<string, LinkState>>;
  readonly processes: readonly (ProcessState & { readonly state: string })[];
}

/** What run.json says, if it is this machine's instance that was asked. */
function localState({ bus, dir }: TargetOptions): LocalState {
  const instance = readInstance(stateFolder(dir));
  if (!instance || !isAlive(instance.supervisor) || bus?.includes("://")) return { links: {}, processes: [] };
  const alive = new Set(instance.children.filter(isAlive).map(({ pid }) => pid));
  const stateOf = ({ pid }: ProcessState) =>
    pid === undefined ? "starts again" : alive.has(pid) ? "running" : "ended";
  const processes = instance.processes.map((one) => ({ ...one, state: stateOf(one) }));
  return { links: instance.links, processes };
}
