import type { Command } from "commander";
import { type Instance, isAlive, nodeFolder, readInstance, removeInstance, stateFolder } from "../instance.ts";
import { print, tell } from "../output.ts";
import { stopPods } from "../stop-pods.ts";
import { endLeftovers } from "../supervisor.ts";

/** The supervisor needs this long at most: pods, then modules, then servers. */
const waitMs = 90_000;
const pollMs = 100;

export function registerDown(program: Command): void {
  program
    .command("down")
    .description("Stop the pods and every process of the running instance; its state stays")
    .action(async () => {
      const folder = stateFolder(program.opts().dir);
      const instance = readInstance(folder);
      if (!instance) return tell(`Nothing runs in ${folder}.`);
      if (isAlive(instance.supervisor)) await endSupervisor(instance);
      else await endOrphans(folder, instance);
      print("Stopped.");
    });
}

async function endSupervisor({ supervisor, children }: Instance): Promise<void> {
  tell("Stopping: pods first, then modules, then servers…");
  process.kill(supervisor.pid, "SIGTERM");
  const endMs = performance.now() + waitMs;
  while (isAlive(supervisor) && performance.now() < endMs) await new Promise((wake) => setTimeout(wake, pollMs));
  if (!isAlive(supervisor)) return;
  tell(`Process ${supervisor.pid} does not end; killing it and what it started.`);
  process.kill(supervisor.pid, "SIGKILL");
  await endLeftovers(children);
}

/** The instance was killed: its modules go on until somebody ends them. */
async function endOrphans(folder: string, { nodes, children }: Instance): Promise<void> {
  const left = await endLeftovers(children);
  if (left > 0) tell(`Ended ${left} processes that a killed instance had left behind.`);
  for (const node of Object.keys(nodes)) await stopPods(folder, nodeFolder(folder, node));
  removeInstance(folder);
}
