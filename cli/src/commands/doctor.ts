import type { Command } from "commander";
import type { Finding } from "../doctor-finding.ts";
import { inspectMachine } from "../doctor-machine.ts";
import { type BusToInspect, inspectBus } from "../doctor-modules.ts";
import { isAlive, readInstance, stateFolder } from "../instance.ts";
import { formatOf, green, print, printData, red, table, yellow } from "../output.ts";
import { cloudModuleNames, gatewayModuleNames } from "../parts.ts";
import { type BusTarget, busTarget, localTarget, type TargetOptions } from "../target.ts";

export function registerDoctor(program: Command): void {
  program
    .command("doctor")
    .description("Check this machine and the modules, and say what to do")
    .option("-o, --output <format>", "json or yaml")
    .addHelpText(
      "after",
      "\nEverything that runs here is asked; --bus asks one bus only, a gateway's also without the cloud.\nIt exits with 1 when something is wrong.\n",
    )
    .action(async (options) => {
      const format = formatOf(options.output);
      const global: TargetOptions = program.opts();
      const folder = stateFolder(global.dir);
      const findings = await inspectMachine(folder);
      for (const bus of buses(folder, global)) findings.push(...(await inspectBus(bus)));
      if (format === "json" || format === "yaml") printData({ findings }, format);
      else show(findings);
      if (findings.some(({ state }) => state === "wrong")) process.exitCode = 1;
    });
}

function buses(folder: string, options: TargetOptions): BusToInspect[] {
  const { bus } = options;
  const instance = readInstance(folder);
  const isOneProcess = (name: string) => instance?.children.some((child) => child.name === `${name}-gateway`);
  const inspect = (name: string, target: BusTarget): BusToInspect => {
    const expected = name === "cloud" ? cloudModuleNames : name.includes("://") ? [] : gatewayModuleNames;
    return { name, target, expected, logOf: (module) => `${name}-${isOneProcess(name) ? "gateway" : module}` };
  };
  if (bus !== undefined) return [inspect(bus, busTarget(options))];
  if (!instance || !isAlive(instance.supervisor)) return [];
  const local = (name: string, url: string) => inspect(name, localTarget(folder, name, url));
  const cloud = instance.cloudUrl ? [local("cloud", instance.cloudUrl)] : [];
  return [...cloud, ...Object.entries(instance.nodes).map(([name, url]) => local(name, url))];
}

const colours = { ok: green, warning: yellow, wrong: red };

function show(findings: readonly Finding[]): void {
  print(
    table(
      ["CHECK", "STATE", "FOUND"],
      findings.map(({ check, state, detail }) => [check, colours[state](state), detail]),
    ),
  );
  const todo = findings.filter(({ advice }) => advice !== "");
  print(todo.length === 0 ? "\nEverything is well." : "");
  for (const { check, state, advice } of todo) print(`${colours[state](check)}: ${advice}`);
}
