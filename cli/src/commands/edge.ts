import { HoldfastError } from "@holdfast/kernel";
import type { Command } from "commander";
import { showLines } from "../activity-lines.ts";
import { type Foreground, runForeground } from "../foreground.ts";
import { nodeFolder, stateFolder } from "../instance.ts";
import { joinCloud, joinedCloud, joinTokenFrom, renewableUntilMs } from "../join.ts";
import { labelsFrom, nodeNameFrom } from "../node-name.ts";
import { print, tell, yellow } from "../output.ts";
import { edgePortDefault, portFrom } from "../ports.ts";

export function registerEdge(program: Command): void {
  program
    .command("edge")
    .description("Run a gateway alone, in the foreground; it works with the cloud gone")
    .requiredOption("--node <name>", "name of this gateway")
    .option("--join <token>", "join the cloud that made this token: the token, @FILE, or - for standard input")
    .option("--cloud <url>", "the cloud's bus: tls://host:port (default: the cloud that it has joined)")
    .option("--port <port>", "port of this gateway's own bus, on loopback", String(edgePortDefault))
    .option("--labels <labels>", "key=value,… for nodeSelector", "")
    .option("--compact", "all modules in one process, for small boxes")
    .addHelpText(
      "after",
      "\nThe first time with a token, which holdfast node token NAME prints in the cloud; later without.\n" +
        "HF_JOIN_TOKEN may hold it too. With the token that it came with it starts as without.\n" +
        "\nExamples:\n  holdfast edge --node shop-7 --join TOKEN --labels zone=north\n  holdfast edge --node shop-7\n",
    )
    .action((options: EdgeOptions) => edge(stateFolder(program.opts().dir), options));
}

interface EdgeOptions {
  readonly node: string;
  readonly join?: string;
  readonly cloud?: string;
  readonly port: string;
  readonly labels: string;
  readonly compact?: boolean;
}

async function edge(folder: string, options: EdgeOptions): Promise<void> {
  const port = portFrom("--port", options.port);
  const node = nodeNameFrom(options.node);
  const labels = labelsFrom(options.labels);
  const given = options.cloud === undefined ? undefined : natsUrlFrom(options.cloud);
  const token = await joinTokenFrom(options.join);
  const start = async ({ platform }: Foreground) => {
    const own = nodeFolder(platform.folder, node);
    if (token && (await joinCloud(own, node, given ? { ...token, url: given } : token)))
      print(`${node}: joined the cloud at ${given ?? token.url}`);
    const cloudUrl = given ?? joinedCloud(own);
    if (cloudUrl === undefined) throw notJoined(node);
    warnOfEnd(node, renewableUntilMs(own));
    const compact = options.compact === true;
    const { server } = await platform.startGateway({ node, port, portOption: "--port", cloudUrl, labels, compact });
    print(`${node}: ${server.url}, cloud ${cloudUrl}, state in ${platform.folder}`);
  };
  await runForeground(folder, start, showLines);
}

/** It works on without a link; somebody must come with a token. */
function warnOfEnd(node: string, endMs: number | undefined): void {
  if (endMs === undefined || endMs > Date.now()) return;
  const why = endMs === 0 ? "are damaged" : `could be renewed until ${new Date(endMs).toISOString()}`;
  tell(yellow(`The credentials of ${node} ${why}. For new ones, in the cloud: holdfast node token ${node}`));
}

function notJoined(node: string): HoldfastError {
  return new HoldfastError(
    "invalid_argument",
    `${node} has not joined a cloud yet. There: holdfast node token ${node}; and here: --join TOKEN. ` +
      "To a cloud that runs with --insecure: --cloud nats://HOST:4222.",
  );
}

function natsUrlFrom(text: string): string {
  const url = text.includes("://") ? text : `nats://${text}`;
  if (/^(nats|tls|wss?):\/\/[^\s/]+$/.test(url)) return url;
  throw new HoldfastError("invalid_argument", `--cloud ${text}: give an address such as nats://cloud.example:4222.`);
}
