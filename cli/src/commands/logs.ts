import { existsSync, openSync, readSync, statSync, unwatchFile, watchFile } from "node:fs";
import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { stateFolder } from "../instance.ts";
import { readableLine } from "../log-line.ts";
import { moduleLog } from "../module-log.ts";
import { formatOf, forTerminal, print } from "../output.ts";
import { untilInterrupted, withBus } from "../target.ts";

export function registerLogs(program: Command): void {
  program
    .command("logs")
    .argument("<pod|module>", "a pod, or a process of this machine such as gw-1-hub, cloud-controller, boiler")
    .description("Show the log of a pod, or of a module that runs here")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-c, --container <name>", "container, when the pod has several")
    .option("-f, --follow", "go on until interrupted")
    .option("--tail <lines>", "lines from the end to begin with", "100")
    .option("-p, --previous", "the life before the current one")
    .option("--timestamps", "a pod's lines with time and stream")
    .option("-o, --output <format>", "json: a module's lines as they are")
    .addHelpText("after", "\nExamples:\n  holdfast logs hello -f\n  holdfast logs gw-1-hub --tail 20\n")
    .action(async (name: string, options) => {
      const tail = Number(options.tail);
      if (!Number.isSafeInteger(tail) || tail < 0) {
        throw new HoldfastError("invalid_argument", `--tail ${options.tail}: give a number of lines.`);
      }
      const show = formatOf(options.output) === "json" ? print : (line: string) => print(readableLine(line));
      const file = moduleLog(stateFolder(program.opts().dir), name);
      if (existsSync(file)) return showFile(file, tail, options.follow === true, show);
      await withBus(program.opts(), async ({ pods }) => {
        const lines = pods.logs(name.replace(/^pods?\//, ""), {
          namespace: options.namespace,
          container: options.container ?? "",
          follow: options.follow === true,
          previous: options.previous === true,
          tailLines: tail,
          signal: untilInterrupted(),
        });
        const { stdout } = process;
        for await (const line of lines) {
          stdout.write(forTerminal(options.timestamps ? `${line}\n` : bare(line), stdout));
        }
      });
    });
}

/** "<time> stdout F text" without the first three; a partial line ("P") goes on in the next one. */
function bare(line: string): string {
  const [, , flag, ...rest] = line.split(" ");
  return rest.join(" ") + (flag === "P" ? "" : "\n");
}

const tailBytesMax = 1024 * 1024;
const lookMs = 200;

async function showFile(path: string, tail: number, follow: boolean, show: (line: string) => void): Promise<void> {
  const reader = new LineReader(path, Math.max(0, statSync(path).size - tailBytesMax));
  const lines = reader.lines();
  for (const line of tail === 0 ? [] : lines.slice(-tail)) show(line);
  if (!follow) return;
  watchFile(path, { interval: lookMs }, () => {
    for (const line of reader.lines()) show(line);
  });
  await new Promise<void>((resolve) => untilInterrupted().addEventListener("abort", () => resolve()));
  unwatchFile(path);
}

/** The whole lines that a growing file has gained; a file that was cut short is read from its new beginning. */
class LineReader {
  readonly #path: string;
  readonly #file: number;
  /** A character may be cut in two where a look ended. */
  readonly #decoder = new TextDecoder();
  #position: number;
  #rest = "";

  constructor(path: string, position: number) {
    this.#path = path;
    this.#file = openSync(path, "r");
    this.#position = position;
  }

  lines(): string[] {
    const { size } = statSync(this.#path);
    if (size < this.#position) this.#position = 0;
    const buffer = Buffer.alloc(size - this.#position);
    this.#position += readSync(this.#file, buffer, 0, buffer.length, this.#position);
    const lines = (this.#rest + this.#decoder.decode(buffer, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
