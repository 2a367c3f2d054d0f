import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { showLines } from "../activity-lines.ts";
import { runForeground } from "../foreground.ts";
import { stateFolder } from "../instance.ts";
import { print, tell, yellow } from "../output.ts";
import { cloudPortDefault, portFrom } from "../ports.ts";

export function registerCloud(program: Command): void {
  program
    .command("cloud")
    .description("Run the cloud's side alone, in the foreground")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port of the cloud's bus", String(cloudPortDefault))
    .option("--insecure", "allow an address that others can reach, although there are no credentials yet")
    .addHelpText(
      "after",
      "\nExample, and on the gateway:\n  holdfast cloud --host 0.0.0.0 --insecure\n  holdfast edge --node shop-7 --cloud nats://cloud.example:4222\n",
    )
    .action(async (options) => {
      const port = portFrom("--port", options.port);
      const host: string = options.host;
      if (!isLoopback(host)) refuseOrWarn(host, options.insecure === true);
      await runForeground(
        stateFolder(program.opts().dir),
        async ({ platform }) => {
          await platform.startCloud(port, host, "--port");
          print(`cloud: nats://${host}:${platform.cloudPort}, state in ${platform.folder}`);
        },
        showLines,
      );
    });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function refuseOrWarn(host: string, insecure: boolean): void {
  if (host.includes(":"))
    throw new HoldfastError("invalid_argument", `--host ${host}: give an IPv4 address or a name.`);
  if (!insecure) {
    throw new HoldfastError(
      "invalid_argument",
      `--host ${host}: whoever reaches this address could command everything, because this version has no ` +
        "credentials yet. Listen on 127.0.0.1 behind a VPN or a tunnel, or say --insecure if the network is yours alone.",
    );
  }
  tell(yellow(`Warning: without credentials everybody who reaches ${host} may command this cloud and its gateways.`));
}
