import type { Command } from "commander";
import { showLines } from "../activity-lines.ts";
import { applyExamples, demoDevice, demoReady, startBoiler } from "../demo.ts";
import { type Foreground, runForeground } from "../foreground.ts";
import { stateFolder } from "../instance.ts";
import { joinOwnCloud } from "../join-own.ts";
import { labelsFrom, nodeNameFrom } from "../node-name.ts";
import { print } from "../output.ts";
import { showOverview } from "../overview.ts";
import { cloudPortDefault, edgePortDefault, portFrom } from "../ports.ts";

interface UpOptions {
  readonly demo?: boolean;
  readonly compact?: boolean;
  readonly node: string;
  readonly labels: string;
  readonly port: string;
  readonly edgePort: string;
  readonly boilerPort?: string;
}

export function registerUp(program: Command): void {
  program
    .command("up")
    .description("Run a cloud and a gateway on this machine, in the foreground")
    .option("--demo", "with a simulated boiler, a pod, and a link that can be cut")
    .option("--node <name>", "name of the gateway", "gw-1")
    .option("--labels <labels>", "key=value,… of the gateway, for nodeSelector", "")
    .option("--port <port>", "port of the cloud's bus", String(cloudPortDefault))
    .option("--edge-port <port>", "port of the gateway's bus", String(edgePortDefault))
    .option("--boiler-port <port>", "port of the simulated boiler (default: as in examples/boiler)")
    .option("--compact", "all modules of the gateway in one process, for small boxes")
    .addHelpText(
      "after",
      "\nExamples:\n  holdfast up --demo\n  holdfast up --port 4333 --edge-port 4334 --dir /tmp/second\n",
    )
    .action((options: UpOptions) => up(stateFolder(program.opts().dir), options));
}

async function up(folder: string, options: UpOptions): Promise<void> {
  const node = nodeNameFrom(options.node);
  const labels = labelsFrom(options.labels);
  const cloudPort = portFrom("--port", options.port);
  const edgePort = portFrom("--edge-port", options.edgePort);
  const demo = options.demo === true;
  const wantedPort = options.boilerPort === undefined ? undefined : portFrom("--boiler-port", options.boilerPort);
  let boilerPort = 0;
  const start = async ({ platform }: Foreground) => {
    print(`Holdfast starts; its state is in ${folder}`);
    await platform.startCloud({ port: cloudPort, host: "127.0.0.1", portOption: "--port", insecure: false });
    print(`cloud: ${platform.cloudUrl}`);
    const cloudUrl = demo ? await platform.startWire(node) : (platform.cloudUrl ?? "");
    if (demo) boilerPort = await startBoiler(platform, wantedPort);
    await joinOwnCloud(platform.folder, node, platform.cloudUrl ?? "");
    const compact = options.compact === true;
    const { server } = await platform.startGateway({
      node,
      port: edgePort,
      portOption: "--edge-port",
      cloudUrl,
      labels,
      compact,
    });
    print(`gateway ${node}: ${server.url}`);
  };
  // One gateway alone need not be kind to its cloud: the demo shows what happens without long pauses.
  if (demo) process.env.HF_RECONNECT_MAX_MS ??= "1500";
  const show = async (foreground: Foreground) => {
    const applied = demo ? applyExamples(foreground, boilerPort) : undefined;
    if (process.stdout.isTTY && process.env.TERM !== "dumb") await showOverview(foreground);
    else await showLines(foreground, demo ? { device: demoDevice, ready: demoReady } : {});
    await applied;
  };
  await runForeground(folder, start, show);
}
