import type { Plant } from "../plant.ts";
import { type Problem, problem } from "../problem.ts";
import type { Promises } from "../users.ts";

/** P3: each pod that the cloud accepted runs as it was declared last. */
export function runsAsDeclared({ node, machine }: Plant, { pods }: Promises): Problem[] {
  const problems: Problem[] = [];
  const running = new Map(machine.running().map(({ request }) => [request.podName, request.argv.join(" ")]));
  for (const [name, version] of pods) {
    const command = running.get(name);
    if (name.startsWith(`${node}-`) && !command?.endsWith(String(1000 + version)))
      problems.push(problem("runs as declared", `${name}: wanted version ${version}, runs ${command ?? "nothing"}`));
  }
  return problems;
}

/** P4: nothing started, and so stopped, more often than somebody changed it or the machine lost its power. */
export function stoppedForAReason({ machine, reboots }: Plant, { podChanges }: Promises): Problem[] {
  const problems: Problem[] = [];
  const starts = new Map<string, number>();
  for (const { request } of machine.containers.values())
    starts.set(request.podName, (starts.get(request.podName) ?? 0) + 1);
  for (const [name, count] of starts) {
    const reasons = (podChanges.get(name) ?? 0) + reboots;
    if (count > reasons)
      problems.push(problem("stopped for a reason", `${name}: started ${count} times for ${reasons} reasons`));
  }
  return problems;
}
