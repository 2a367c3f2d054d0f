import type { Command } from "commander";
import { isAlive, readInstance, removeInstance, stateFolder } from "../instance.ts";
import { print, tell } from "../output.ts";
import { endLeftovers } from "../supervisor.ts";

/** The supervisor needs this long at most: pods, then modules, then servers. */
const waitMs = 60_000;

export function registerDown(program: Command): void {
  program
    .command("down")
    .description("Stop the pods and every process of the running instance; its state stays")
    .action(async () => {
      const folder = stateFolder(program.opts().dir);
      const instance = readInstance(folder);
      if (!instance) return tell(`Nothing runs in ${folder}.`);
      if (isAlive(instance.supervisor)) {
        process.kill(instance.supervisor.pid, "SIGTERM");
        const endMs = performance.now() + waitMs;
        while (isAlive(instance.supervisor) && performance.now() < endMs)
          await new Promise((wake) => setTimeout(wake, 100));
      }
      const left = await endLeftovers(instance.children);
      removeInstance(folder);
      print(left > 0 ? `stopped; ${left} processes that an earlier run left behind were ended` : "stopped");
    });
}
