/**
 * Does the module of this container answer? `node kernel/src/bus/health.ts MODULE`, in the environment of the module,
 * asks it by service discovery (ADR-32): exit code 0 when it does, 1 and a line when not. It runs every few seconds
 * on small machines, so it loads the client alone: a fifth of the processor time that the kernel's door takes.
 */
import { readFileSync } from "node:fs";
import { type Authenticator, connect, jwtAuthenticator, nkeyAuthenticator } from "@nats-io/transport-node";

const timeoutMs = 3000;

async function ask(module: string, url: string, credsFile: string, caFile: string): Promise<void> {
  const connection = await connect({
    servers: url.split(","),
    name: `health of ${module}`,
    timeout: timeoutMs,
    reconnect: false,
    // The module's own: nobody else may hear it there.
    inboxPrefix: `_INBOX._${module}`,
    ...(credsFile === "" ? {} : { authenticator: authenticatorOf(readFileSync(credsFile, "utf8")) }),
    ...(caFile === "" ? {} : { tls: { caFile } }),
  });
  await connection.request(`$SRV.PING.${module}`, undefined, { timeout: timeoutMs });
  await connection.close();
}

/** On the bus of a gateway credentials are a key without a token. */
function authenticatorOf(text: string): Authenticator {
  const block = (title: string) => new RegExp(`BEGIN ${title}-+\\s+(\\S+)`).exec(text)?.[1];
  const seed = new TextEncoder().encode(block("USER NKEY SEED") ?? "");
  const jwt = block("NATS USER JWT");
  return jwt === undefined ? nkeyAuthenticator(seed) : jwtAuthenticator(jwt, seed);
}

const [module] = process.argv.slice(2);
if (module === undefined) {
  process.stderr.write("Say which module: node kernel/src/bus/health.ts MODULE\n");
  process.exit(2);
}
const { HF_BUS_URL: url = "nats://127.0.0.1:4222", HF_BUS_CREDS: creds = "", HF_BUS_CA: ca = "" } = process.env;
try {
  await ask(module, url, creds, ca);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${module} does not answer at ${url}: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
