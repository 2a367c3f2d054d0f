import { existsSync, openSync, readSync, statSync, unwatchFile, watchFile } from "node:fs";
import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { stateFolder } from "../instance.ts";
import { moduleLog } from "../module-log.ts";
import { untilInterrupted, withBus } from "../target.ts";

export function registerLogs(program: Command): void {
  program
    .command("logs")
    .argument("<pod|module>", "a pod, or a module of this machine such as gw-1-hub")
    .description("Show the log of a pod, or of a module that runs here")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-c, --container <name>", "container, when the pod has several")
    .option("-f, --follow", "go on until interrupted")
    .option("--tail <lines>", "lines from the end to begin with", "100")
    .option("-p, --previous", "the life before the current one")
    .option("--timestamps", "with times")
    .action(async (name: string, options) => {
      const tail = Number(options.tail);
      if (!Number.isSafeInteger(tail) || tail < 0) {
        throw new HoldfastError("invalid_argument", `--tail ${options.tail}: give a number of lines.`);
      }
      const file = moduleLog(stateFolder(program.opts().dir), name);
      if (existsSync(file)) return showFile(file, tail, options.follow === true);
      await withBus(program.opts(), async ({ pods }) => {
        const lines = pods.logs(name.replace(/^pod\//, ""), {
          namespace: options.namespace,
          container: options.container ?? "",
          follow: options.follow === true,
          previous: options.previous === true,
          tailLines: tail,
          signal: untilInterrupted(),
        });
        for await (const line of lines) process.stdout.write(options.timestamps ? `${line}\n` : bare(line));
      });
    });
}

/** "<time> stdout F text" without the first three; a partial line ("P") goes on in the next one. */
function bare(line: string): string {
  const [, , flag, ...rest] = line.split(" ");
  return rest.join(" ") + (flag === "P" ? "" : "\n");
}

const tailBytesMax = 1024 * 1024;

async function showFile(path: string, tail: number, follow: boolean): Promise<void> {
  const file = openSync(path, "r");
  let position = Math.max(0, statSync(path).size - tailBytesMax);
  const read = (): string => {
    const buffer = Buffer.alloc(Math.max(0, statSync(path).size - position));
    position += readSync(file, buffer, 0, buffer.length, position);
    return buffer.toString();
  };
  const lines = read().split("\n");
  process.stdout.write(lines.slice(-tail - 1).join("\n"));
  if (!follow) return;
  watchFile(path, { interval: 200 }, () => process.stdout.write(read()));
  await new Promise<void>((resolve) => untilInterrupted().addEventListener("abort", () => resolve()));
  unwatchFile(path);
}
