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
}
