import { HoldfastError } from "@holdfast/kernel";
import type { UserOptions } from "@holdfast/sdk";
import { type Command, Option } from "commander";
import { durationFrom } from "../duration.ts";
import { age, dim, formatOf, print, printData, state, table, tell } from "../output.ts";
import { refuseExisting, writeNewSecret } from "../secret-output.ts";
import { busTarget, withBus } from "../target.ts";

const roles = ["admin", "operator", "viewer", "app"] as const;

export function registerUser(program: Command): void {
  const user = program.command("user").description("Credentials of people and programs");
  registerCreate(program, user);
  user
    .command("list")
    .description("Who has credentials, in which role, until when")
    .option("-o, --output <format>", "json or yaml")
    .action((options: { readonly output?: string }) => list(program, options));
  user
    .command("revoke")
    .argument("<name>")
    .description("End what a person or program may do: sessions are closed, the key refused")
    .option("-o, --output <format>", "json or yaml")
    .action(async (name: string, options: { readonly output?: string }) => {
      const format = formatOf(options.output);
      await withBus(program.opts(), async ({ identities }) => {
        const { publicKey, revokedMs } = await identities.revokeUser(name);
        const revoked = new Date(revokedMs).toISOString();
        if (format !== "table") return printData({ name, publicKey, revoked }, format);
        print(`${name} revoked`);
      });
    });
}

interface CreateOptions {
  readonly role: UserOptions["role"];
  readonly twins?: string;
  readonly commands?: string;
  readonly ttl?: string;
  readonly out?: string;
  readonly output?: string;
}

function registerCreate(program: Command, user: Command): void {
  user
    .command("create")
    .argument("<name>", "small letters, digits, - . _ @")
    .description("Make credentials for a person or program; the key is made here")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).makeOptionMandatory())
    .option("--twins <filters>", "of an app: namespace.device or namespace.*, commas between several")
    .option("--commands <filters>", "of an app: noun.verb, as in pod.list, commas between several")
    .option("--ttl <time>", "how long they count: 12h, 30d (default: as the cloud is configured)")
    .option("--out <file>", "where to write them, for you alone (default: NAME.creds)")
    .option("-o, --output <format>", "json or yaml; the secret stays in the file")
    .addHelpText(
      "after",
      "\nRoles: viewer looks; operator also changes things and lets gateways in; admin also makes users;\n" +
        "app reads and sets the twins that it is given, and may use the commands that it is given.\n" +
        "\nExamples:\n  holdfast user create anna --role operator\n" +
        "  holdfast user create till --role app --twins default.boiler --commands pod.list\n" +
        "  holdfast --bus tls://cloud.example:4222 --creds anna.creds --ca ca.pem status\n",
    )
    .action((name: string, options: CreateOptions) => create(program, name, options));
}

async function create(program: Command, name: string, options: CreateOptions): Promise<void> {
  const format = formatOf(options.output);
  const { role, twins, commands, ttl } = options;
  const out = options.out ?? `${name}.creds`;
  if (options.out === undefined && !/^[\w.@-]+$/.test(name))
    throw new HoldfastError("invalid_argument", `${name}: use small letters, digits, - . _ and @.`);
  refuseExisting(out);
  const wanted = {
    ...{ role, twins: listFrom(twins), commands: listFrom(commands) },
    ...(ttl === undefined ? {} : { lifeMs: durationFrom("--ttl", ttl) }),
  };
  const { url, caFile } = busTarget(program.opts());
  await withBus(program.opts(), async ({ identities }) => {
    const { creds, publicKey, expiresMs } = await identities.createUser(name, wanted);
    const file = writeNewSecret(out, creds);
    const expires = new Date(expiresMs).toISOString();
    if (format !== "table")
      return printData({ name, role, publicKey, expires, file, ...(caFile ? { ca: caFile } : {}) }, format);
    print(`${name} is ${role === "viewer" ? "a" : "an"} ${role} until ${expires}, with ${file}`);
    const ca = caFile ? ` --ca ${caFile}` : "";
    tell(dim(`Use: holdfast --bus ${url} --creds ${file}${ca} status`));
    if (caFile) tell(dim("Elsewhere it takes both files. The second one is no secret."));
  });
}

async function list(program: Command, options: { readonly output?: string }): Promise<void> {
  const format = formatOf(options.output);
  await withBus(program.opts(), async ({ identities }) => {
    const users = await identities.users();
    if (format !== "table") return printData({ users }, format);
    if (users.length === 0) return tell("Nobody yet; make one with: holdfast user create NAME --role ROLE");
    const rows = users.map(({ name, role, state: word, issuedMs, expiresMs, twins, commands }) => {
      const expires = `${new Date(expiresMs).toISOString().slice(0, 16).replace("T", " ")}Z`;
      return [name, role, state(word), age(issuedMs), expires, [...twins, ...commands].join(",") || "-"];
    });
    print(table(["NAME", "ROLE", "STATE", "ISSUED", "EXPIRES", "LIMITED TO"], rows));
  });
}

function listFrom(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
}
