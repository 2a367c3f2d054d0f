import { basename } from "node:path";
import type { Command } from "commander";
import { durationFrom } from "../duration.ts";
import { nodeNameFrom } from "../node-name.ts";
import { age, dim, formatOf, print, printData, state, table, tell, yellow } from "../output.ts";
import { isLoopbackUrl, reachableUrl } from "../reachable-url.ts";
import { refuseExisting, writeNewSecret } from "../secret-output.ts";
import { busTarget, withBus } from "../target.ts";

export function registerNode(program: Command): void {
  const node = program.command("node").description("Let gateways in and out, and work on them");
  registerToken(program, node);
  registerRevoke(program, node);
  registerCredentials(program, node);
  node
    .command("accept-removals")
    .argument("<node>")
    .description("Let a gateway remove what it kept running because too much would have gone at once")
    .option("-o, --output <format>", "json or yaml")
    .action(async (name: string, options: { readonly output?: string }) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ nodes }) => {
        const removed = await nodes.acceptRemovals(name);
        if (format !== "table") return printData({ node: name, removed }, format);
        print(`${name}: ${removed} object${removed === 1 ? "" : "s"} removed`);
      });
    });
  node
    .command("accept-machine")
    .argument("<node>")
    .argument("<machine>", "as `holdfast describe node NODE` names it")
    .description("Say which of several machines with one identity is the gateway; the others are refused")
    .option("-o, --output <format>", "json or yaml")
    .action(async (name: string, machine: string, options: { readonly output?: string }) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ nodes }) => {
        const refused = await nodes.acceptMachine(name, machine);
        if (format !== "table") return printData({ node: name, machine, refused }, format);
        print(`${name} is ${machine}${refused.length > 0 ? `; refused: ${refused.join(", ")}` : ""}`);
      });
    });
}

interface TokenOptions {
  readonly ttl: string;
  readonly url?: string;
  readonly out?: string;
  readonly output?: string;
}

function registerToken(program: Command, node: Command): void {
  node
    .command("token")
    .argument("<node>", "name of the gateway that may join")
    .description("Make a token with which one gateway may join, once")
    .option("--ttl <time>", "how long it counts: 30m, 1h, 2d", "1h")
    .option("--url <url>", "where the gateway finds this cloud: tls://host:4222 (default: where it is seen from here)")
    .option("--out <file>", "write it to a new file, for you alone, instead of printing it")
    .option("-o, --output <format>", "json or yaml, with the token")
    .addHelpText(
      "after",
      "\nThe token is a secret: whoever has it first is the gateway.\n" +
        "\nExample, and on the gateway:\n  holdfast node token shop-7 --ttl 30m\n  holdfast edge --node shop-7 --join TOKEN\n",
    )
    .action((name: string, options: TokenOptions) => makeToken(program, nodeNameFrom(name), options));
}

async function makeToken(program: Command, node: string, { ttl, url, out, output }: TokenOptions): Promise<void> {
  const format = formatOf(output);
  const ttlMs = durationFrom("--ttl", ttl);
  if (out !== undefined) refuseExisting(out);
  const place = url ?? (await reachableUrl(busTarget(program.opts()).url));
  await withBus(program.opts(), async ({ identities }) => {
    const issued = await identities.token(node, { url: place, ttlMs });
    const file = out === undefined ? undefined : writeNewSecret(out, `${issued.token}\n`);
    const { token, id, expiresMs } = issued;
    if (format !== "table") {
      const secret = file === undefined ? { token } : { file };
      return printData({ node, id, url: place, expires: new Date(expiresMs).toISOString(), ...secret }, format);
    }
    if (isLoopbackUrl(place))
      tell(yellow(`It names ${place}, which only this machine reaches; for another one: --url tls://HOST:PORT`));
    tell(dim(`For one gateway, once, until ${new Date(expiresMs).toISOString()}. There:`));
    tell(dim(`  holdfast edge --node ${node} --join ${file === undefined ? "TOKEN" : `@${basename(file)}`}`));
    print(file ?? token);
  });
}

function registerRevoke(program: Command, node: Command): void {
  node
    .command("revoke")
    .argument("<node>")
    .description("Put a gateway out: its session is closed and its key refused")
    .option("-o, --output <format>", "json or yaml")
    .addHelpText(
      "after",
      "\nWhat runs there goes on running. To let it in again, with a new key: holdfast node token NAME\n",
    )
    .action(async (name: string, options: { readonly output?: string }) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ identities }) => {
        const { publicKey, revokedMs, tokens } = await identities.revokeNode(name);
        const revoked = new Date(revokedMs).toISOString();
        if (format !== "table") return printData({ node: name, publicKey, revoked, tokens }, format);
        print(publicKey === "" ? `${name} had not joined yet` : `${name} revoked`);
        if (tokens > 0) print(`${tokens} open join token${tokens === 1 ? "" : "s"} of it closed`);
      });
    });
}

function registerCredentials(program: Command, node: Command): void {
  node
    .command("credentials")
    .description("Which gateways may connect, until when, and the join tokens that are open")
    .option("-o, --output <format>", "json or yaml")
    .action(async (options: { readonly output?: string }) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ identities }) => {
        const { nodes, tokens } = await identities.nodes();
        if (format !== "table") return printData({ nodes, tokens }, format);
        if (nodes.length === 0) tell("No gateway has joined; let one in with: holdfast node token NAME");
        else
          print(
            table(
              ["NODE", "STATE", "ISSUED", "EXPIRES", "RENEWABLE UNTIL"],
              nodes.map(({ node: name, state: word, issuedMs, expiresMs, renewableUntilMs }) => {
                return [name, state(word), age(issuedMs), day(expiresMs), day(renewableUntilMs)];
              }),
            ),
          );
        if (tokens.length === 0) return;
        print(`\n${table(["OPEN TOKEN OF", "ID", "EXPIRES", "BY"], tokens.map(tokenRow))}`);
      });
    });
}

function tokenRow(token: {
  readonly id: string;
  readonly node: string;
  readonly expiresMs: number;
  readonly actor: string;
}) {
  return [token.node, token.id.slice(0, 8), day(token.expiresMs), token.actor || "-"];
}

/** To the minute. */
function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
