#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { registerApply } from "./commands/apply.ts";
import { registerBackup } from "./commands/backup.ts";
import { registerCloud } from "./commands/cloud.ts";
import { registerDelete } from "./commands/delete.ts";
import { registerDescribe } from "./commands/describe.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerDown } from "./commands/down.ts";
import { registerEdge } from "./commands/edge.ts";
import { registerGet } from "./commands/get.ts";
import { registerLink } from "./commands/link.ts";
import { registerLogs } from "./commands/logs.ts";
import { registerNode } from "./commands/node.ts";
import { registerRestore } from "./commands/restore.ts";
import { registerStatus } from "./commands/status.ts";
import { registerTwin } from "./commands/twin.ts";
import { registerUp } from "./commands/up.ts";
import { registerUser } from "./commands/user.ts";
import { registerWatch } from "./commands/watch.ts";
import { fail } from "./failure.ts";
import { red, tell } from "./output.ts";

const groups: readonly [string, readonly ((program: Command) => void)[]][] = [
  ["Run:", [registerUp, registerDown, registerCloud, registerEdge]],
  ["Look:", [registerStatus, registerGet, registerDescribe, registerWatch, registerLogs, registerDoctor]],
  ["Change:", [registerApply, registerDelete, registerTwin, registerNode, registerUser, registerLink]],
  ["Keep:", [registerBackup, registerRestore]],
];

const examples = `
Examples:
  holdfast up --demo                              a cloud, a gateway, a boiler and a pod
  holdfast status                                 nodes, and whether cloud and edge agree
  holdfast get pods -o wide
  holdfast describe pod web                       why is it Pending?
  holdfast twin get boiler
  holdfast twin set boiler setpoint 70 --wait
  holdfast twin set boiler setpoint 70 --bus gw-1 on the gateway, also without the cloud
  holdfast apply -f examples/boiler --dry-run

In the checkout run it as: npx holdfast
`;

function createProgram(): Command {
  const program = new Command("holdfast")
    .description("An edge platform: cloud and gateways that agree again after every cut.")
    .version(packageJson.version, "-v, --version", "print the version")
    .option("--bus <target>", "cloud, a gateway's name, or tls://host:port (default: the cloud's bus of this machine)")
    .option("--creds <file>", "NATS credentials, with --bus URL (holdfast user create makes them)")
    .option("--ca <file>", "certificate of the authority that must have signed the server's, with --bus URL")
    .option("--dir <folder>", "state folder (default: the nearest .holdfast)")
    .helpOption("-h, --help", "show help")
    .addHelpCommand(new Command("help").argument("[command]").description("Show help of a command").helpGroup("Look:"))
    .addHelpText("after", examples)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text) => tell(text.trimEnd().replace(/^error:/, red("Error:"))) })
    .showHelpAfterError("See: holdfast --help, or holdfast help COMMAND")
    .exitOverride();
  for (const [title, registrations] of groups) {
    program.commandsGroup(title);
    for (const register of registrations) register(program);
  }
  return program;
}

/** Parses the command line and does what it says. The exit codes are those of failure.ts. */
async function main(args: readonly string[]): Promise<void> {
  const program = createProgram();
  if (args.length === 0) return program.outputHelp();
  const [first, topic] = args;
  const isUnknown =
    topic !== undefined && topic !== "help" && program.commands.every((command) => command.name() !== topic);
  try {
    // Commander would show the help of everything, without a word.
    if (first === "help" && isUnknown) program.error(`error: unknown command '${topic}'`);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander has said what is wrong already; help and version are no failures.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else fail(error);
  }
}

await main(process.argv.slice(2));
// What is still connecting must not hold up the prompt.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
