import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { showLines } from "../activity-lines.ts";
import { runForeground } from "../foreground.ts";
import { stateFolder } from "../instance.ts";
import { labelsFrom, nodeNameFrom } from "../node-name.ts";
import { print } from "../output.ts";
import { edgePortDefault, portFrom } from "../ports.ts";

export function registerEdge(program: Command): void {
  program
    .command("edge")
    .description("Run a gateway alone, in the foreground; it works with the cloud gone")
    .requiredOption("--node <name>", "name of this gateway")
    .requiredOption("--cloud <url>", "the cloud's bus: nats://host:port")
    .option("--port <port>", "port of this gateway's own bus, on loopback", String(edgePortDefault))
    .option("--labels <labels>", "key=value,… for nodeSelector", "")
    .option("--compact", "all modules in one process, for small boxes")
    .addHelpText(
      "after",
      "\nExample:\n  holdfast edge --node shop-7 --cloud nats://10.0.0.5:4222 --labels zone=north\n",
    )
    .action(async (options) => {
      const port = portFrom("--port", options.port);
      const node = nodeNameFrom(options.node);
      const labels = labelsFrom(options.labels);
      const cloudUrl = natsUrlFrom(options.cloud);
      await runForeground(
        stateFolder(program.opts().dir),
        async ({ platform }) => {
          const compact = options.compact === true;
          const gateway = { node, port, portOption: "--port", cloudUrl, labels, compact };
          const { server } = await platform.startGateway(gateway);
          print(`${node}: ${server.url}, cloud ${cloudUrl}, state in ${platform.folder}`);
        },
        showLines,
      );
    });
}

function natsUrlFrom(text: string): string {
  const url = text.includes("://") ? text : `nats://${text}`;
  if (/^(nats|tls|wss?):\/\/[^\s/]+$/.test(url)) return url;
  throw new HoldfastError("invalid_argument", `--cloud ${text}: give an address such as nats://cloud.example:4222.`);
}
