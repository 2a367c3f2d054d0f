/**
 * Does the module of this container answer? `node kernel/src/bus/health.ts MODULE`, in the environment of the module,
 * asks it by service discovery (ADR-32): exit code 0 when it does, 1 and a line when not. It runs every few seconds
 * on small machines, so it loads the client alone: a fifth of the processor time that the kernel's door takes.
 */
import { readFileSync } from "node:fs";
import { connect, credsAuthenticator } from "@nats-io/transport-node";

const timeoutMs = 3000;

async function ask(module: string, url: string, credsFile: string): Promise<void> {
  const connection = await connect({
    servers: url.split(","),
    name: `health of ${module}`,
    timeout: timeoutMs,
    reconnect: false,
    ...(credsFile === "" ? {} : { authenticator: credsAuthenticator(readFileSync(credsFile)) }),
  });
  await connection.request(`$SRV.PING.${module}`, undefined, { timeout: timeoutMs });
  await connection.close();
}

const [module] = process.argv.slice(2);
if (module === undefined) {
  process.stderr.write("Say which module: node kernel/src/bus/health.ts MODULE\n");
  process.exit(2);
}
const { HF_BUS_URL: url = "nats://127.0.0.1:4222", HF_BUS_CREDS: creds = "" } = process.env;
try {
  await ask(module, url, creds);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${module} does not answer at ${url}: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
