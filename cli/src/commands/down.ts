import type { Command } from "commander";
import { type Instance, isAlive, nodeFolder, nodesIn, readInstance, removeInstance, stateFolder } from "../instance.ts";
import { instanceProcesses } from "../orphans.ts";
import { formatOf, print, printData, tell } from "../output.ts";
import { stopPods } from "../stop-pods.ts";
import { endLeftovers } from "../supervisor.ts";

/** The supervisor needs this long at most: pods, then modules, then servers. */
const waitMs = 90_000;
const pollMs = 100;

export function registerDown(program: Command): void {
  program
    .command("down")
    .description("Stop the pods and every process of the running instance; its state stays")
    .option("-o, --output <format>", "json or yaml")
    .action(async (options) => {
      const format = formatOf(options.output);
      const folder = stateFolder(program.opts().dir);
      const instance = readInstance(folder);
      const left = instanceProcesses(folder).length > 0;
      if (instance && isAlive(instance.supervisor)) await endSupervisor(folder, instance);
      else if (instance || left) await endOrphans(folder);
      const stopped = instance !== undefined || left;
      if (format !== "table") return printData({ folder, stopped }, format);
      if (stopped) print("Stopped.");
      else tell(`Nothing runs in ${folder}.`);
    });
}

async function endSupervisor(folder: string, { supervisor }: Instance): Promise<void> {
  tell("Stopping: pods first, then modules, then servers…");
  process.kill(supervisor.pid, "SIGTERM");
  const endMs = performance.now() + waitMs;
  while (isAlive(supervisor) && performance.now() < endMs) await new Promise((wake) => setTimeout(wake, pollMs));
  if (!isAlive(supervisor)) return;
  tell(`Process ${supervisor.pid} does not end; killing it and what it started.`);
  process.kill(supervisor.pid, "SIGKILL");
  await endLeftovers(instanceProcesses(folder));
}

/** The instance was killed: its modules go on until somebody ends them. */
async function endOrphans(folder: string): Promise<void> {
  const left = await endLeftovers(instanceProcesses(folder));
  if (left > 0) tell(`Ended ${left} processes that a killed instance had left behind.`);
  for (const node of nodesIn(folder)) await stopPods(folder, nodeFolder(folder, node));
  removeInstance(folder);
}
