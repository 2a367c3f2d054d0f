import { join } from "node:path";
import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { showLines } from "../activity-lines.ts";
import { type GivenCertificate, hostsFor, openCloudTrust } from "../cloud-trust.ts";
import { runForeground } from "../foreground.ts";
import { prepareFolder, stateFolder } from "../instance.ts";
import { print, tell, yellow } from "../output.ts";
import { cloudPortDefault, portFrom } from "../ports.ts";

export function registerCloud(program: Command): void {
  const cloud = program
    .command("cloud")
    .description("Run the cloud's side alone, in the foreground")
    .option("--host <address>", "address to listen on; others must be able to reach it", "127.0.0.1")
    .option("--port <port>", "port of the cloud's bus", String(cloudPortDefault))
    .option("--insecure", "without credentials and TLS: whoever reaches it may do everything")
    .addHelpText(
      "after",
      "\nThe first start makes keys, credentials and a certificate in the state folder.\n\n" +
        "Example, and on the gateway:\n  holdfast cloud --host 0.0.0.0\n  holdfast node token shop-7\n" +
        "  holdfast edge --node shop-7 --join TOKEN\n",
    )
    .action(async (options) => {
      const port = portFrom("--port", options.port);
      const host: string = options.host;
      const insecure = options.insecure === true;
      if (host.includes(":"))
        throw new HoldfastError("invalid_argument", `--host ${host}: give an IPv4 address or a name.`);
      if (insecure) tell(yellow(`Warning: without credentials everybody who reaches ${host} may command this cloud.`));
      await runForeground(
        stateFolder(program.opts().dir),
        async ({ platform }) => {
          await platform.startCloud({ port, host, portOption: "--port", insecure });
          print(`cloud: ${platform.cloudUrl}, state in ${platform.folder}`);
        },
        showLines,
      );
    });
  registerInit(program, cloud);
}

interface InitOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

function registerInit(program: Command, cloud: Command): void {
  cloud
    .command("init")
    .description("Make the cloud's keys, credentials and certificate without starting it, or add hosts to them")
    .argument("[hosts...]", "names and addresses under which gateways reach this cloud")
    .option("--cert <file>", "a certificate of your own for the server (PEM), in place of one made here")
    .option("--key <file>", "its private key (PEM)")
    .option("--ca <file>", "the authority that has signed it (PEM), when gateways do not trust it anyway")
    .addHelpText("after", "\nExample:\n  holdfast cloud init cloud.example 10.0.0.5\n")
    .action((names: readonly string[], options: InitOptions) => {
      const folder = stateFolder(program.opts().dir);
      prepareFolder(folder);
      // A --host is the one of the command above; it means the same here.
      const hosts = [...hostsFor(cloud.opts().host), ...names];
      const trust = openCloudTrust(join(folder, "cloud"), hosts, givenCertificate(options));
      print(`The keys of this cloud are in ${trust.folder}: keep a copy, and let nobody else read it.`);
    });
}

function givenCertificate({ cert, key, ca }: InitOptions): GivenCertificate | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { certificate: cert, key, ...(ca === undefined ? {} : { ca }) };
  throw new HoldfastError("invalid_argument", "--cert and --key belong together: give both.");
}
