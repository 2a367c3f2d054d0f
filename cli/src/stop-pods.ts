import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { HoldfastError } from "@holdfast/kernel";
import { moduleLog, openModuleLog } from "./module-log.ts";
import { podFolder, program } from "./parts.ts";

/**
 * Stops the containers of a gateway whose edged no longer runs: only `down` and Ctrl-C do that, never the end of
 * edged. Returns how many ran. Error: `internal` when some may still run.
 */
export async function stopPods(stateFolder: string, gatewayFolder: string): Promise<number> {
  const folder = podFolder(gatewayFolder);
  if (!existsSync(folder)) return 0;
  const { name, command, args, env } = program("stop-pods", "services/edged/src/stop-pods.ts", {
    HF_EDGED_DIR: folder,
  });
  const log = openModuleLog(stateFolder, name);
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", "pipe", log.fd],
    detached: true,
  });
  log.close();
  let output = "";
  child.stdout?.on("data", (data) => {
    output += data;
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  if (code === 0) return Number(output);
  const path = moduleLog(stateFolder, name);
  throw new HoldfastError("internal", `Some pods may still run below ${folder}; see ${path}.`);
}
