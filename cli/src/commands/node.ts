import type { Command } from "commander";
import { print } from "../output.ts";
import { withBus } from "../target.ts";

export function registerNode(program: Command): void {
  const node = program.command("node").description("Work on a gateway");
  node
    .command("accept-removals")
    .argument("<node>")
    .description("Let a gateway remove what it kept running because too much would have gone at once")
    .action(async (name: string) => {
      await withBus(program.opts(), async ({ nodes }) => {
        const removed = await nodes.acceptRemovals(name);
        print(`${name}: ${removed} object${removed === 1 ? "" : "s"} removed`);
      });
    });
  node
    .command("accept-machine")
    .argument("<node>")
    .argument("<machine>", "as `holdfast describe node NODE` names it")
    .description("Say which of several machines with one identity is the gateway; the others are refused")
    .action(async (name: string, machine: string) => {
      await withBus(program.opts(), async ({ nodes }) => {
        const refused = await nodes.acceptMachine(name, machine);
        print(`${name} is ${machine}${refused.length > 0 ? `; refused: ${refused.join(", ")}` : ""}`);
      });
    });
}
