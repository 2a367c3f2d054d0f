import { HoldfastError } from "@holdfast/kernel";
import type { Plain } from "@holdfast/sdk";
import type { Command } from "commander";
import { durationFrom, secondsFrom } from "../duration.ts";
import { dim, formatOf, print, printData, state } from "../output.ts";
import { withBus } from "../target.ts";
import { parseValue, resultText } from "../twin-text.ts";

interface CallOptions {
  readonly namespace: string;
  readonly output?: string;
  readonly wait?: boolean;
  readonly timeout: string;
  readonly validFor?: string;
  readonly id?: string;
}

export function registerTwinCall(program: Command, twin: Command): void {
  twin
    .command("call")
    .argument("<device>")
    .argument("<method>", "one of the methods that `holdfast describe device` shows")
    .argument("[property=value...]", "its arguments: all properties that the method names")
    .description("Call a method of a device: begun once, never repeated by itself")
    .option("-n, --namespace <namespace>", "namespace", "default")
    .option("-o, --output <format>", "json or yaml")
    .option("--wait", "wait for the result; the exit code is 1 unless it is ok")
    .option("--timeout <seconds>", "how long to wait", "30")
    .option("--valid-for <duration>", "refuse to begin later than this, such as 10s")
    .option("--id <id>", "the command's id: repeat it to ask again without doing it twice")
    .action((device: string, method: string, given: readonly string[], options: CallOptions) =>
      call(program, device, method, given, options),
    );
}

async function call(
  program: Command,
  device: string,
  method: string,
  given: readonly string[],
  options: CallOptions,
): Promise<void> {
  const { namespace, output, wait, id, validFor } = options;
  const request = {
    ...{ device, method, namespace, arguments: argumentsFrom(given) },
    ...(id ? { id } : {}),
    ...(validFor ? { validForMs: durationFrom("--valid-for", validFor) } : {}),
    ...(wait ? { timeoutMs: secondsFrom("--timeout", options.timeout) } : { wait: "started" as const }),
  };
  await withBus(program.opts(), async ({ twins }) => {
    const reply = await twins.call(request);
    const { result } = reply;
    if (result && result.outcome !== "ok") process.exitCode = 1;
    if (output) return printData({ id: reply.id, state: reply.state, ...(result ? { result } : {}) }, formatOf(output));
    const done = result ? resultText(result) : state(reply.state);
    print(`${device} ${method} ${done} ${dim(`id ${reply.id}`)}`);
  });
}

/** Error: `invalid_argument`. */
function argumentsFrom(given: readonly string[]): Record<string, Exclude<Plain, null>> {
  const pairs = given.map((text) => {
    const equals = text.indexOf("=");
    const value = parseValue(text.slice(equals + 1));
    if (equals > 0 && value !== null) return [text.slice(0, equals), value] as const;
    throw new HoldfastError("invalid_argument", `${text}: write an argument as property=value.`);
  });
  return Object.fromEntries(pairs);
}
