import { readFileSync } from "node:fs";
import { isAlive, readInstance } from "./instance.ts";

/**
 * A variable as the module that runs here was told, or as one that is started here now would be. `isModule` tells
 * it by the name of its process ("gw-1-edged"; all of a compact gateway is "gw-1-gateway").
 */
export function moduleSetting(
  folder: string,
  isModule: (process: string) => boolean,
  variable: string,
): string | undefined {
  const running = readInstance(folder)?.children.filter(isAlive) ?? [];
  const module = running.find((child) => isModule(child.name));
  if (!module) return process.env[variable];
  try {
    const variables = readFileSync(`/proc/${module.pid}/environ`, "utf8").split("\0");
    return variables.find((each) => each.startsWith(`${variable}=`))?.slice(variable.length + 1);
  } catch {
    return process.env[variable];
  }
}
