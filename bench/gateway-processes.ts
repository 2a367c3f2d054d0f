// A cloud and a gateway as `holdfast` starts them: every module a process, each bus a nats-server, all on loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findNatsServer, type NatsServer, type NatsServerOptions, startNatsServer } from "@holdfast/kernel";
import { connect, type Holdfast } from "@holdfast/sdk";
import { compileCache, fillCompileCache } from "../cli/src/compile-cache.ts";
import { cloudModules, everyProgram, gatewayModules, program } from "../cli/src/parts.ts";
import type { ProcessSpec } from "../cli/src/supervisor.ts";

export const benchNode = "gw-bench";

export interface CloudOptions {
  readonly syncInterval?: NatsServerOptions["syncInterval"];
  /** Only these modules; absent = all. */
  readonly modules?: readonly string[];
}

export interface GatewayChoice {
  /** Only these modules; absent = all. */
  readonly modules?: readonly string[];
  readonly compact?: boolean;
  /**
   * Node and nats-server run from copies of their own, so that no other process of the machine shares their pages
   * and PSS is what a gateway alone would have.
   */
  readonly ownBinaries?: boolean;
}

/** A process that is measured. */
export interface Measured {
  readonly name: string;
  readonly pid: number;
}

const stopMs = 8000;

/** Processes in a temporary folder of their own; they end with this one, whatever happens. */
export class BenchProcesses {
  readonly folder: string;
  readonly #children: { readonly name: string; readonly child: ChildProcess }[] = [];
  readonly #servers: NatsServer[] = [];
  readonly #endings: (() => Promise<void>)[] = [];
  readonly #killAll = () => {
    for (const { child } of this.#children) child.kill("SIGKILL");
  };

  constructor(what: string) {
    this.folder = mkdtempSync(join(tmpdir(), `holdfast-bench-${what}-`));
    process.once("exit", this.#killAll);
    // Without these a signal would end this process and nothing else.
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  }

  async startServer(name: string, options: Omit<NatsServerOptions, "folder" | "port">): Promise<NatsServer> {
    const server = await startNatsServer({ ...options, folder: join(this.folder, name), port: 0 });
    this.#servers.push(server);
    return server;
  }

  /** The cloud's bus and modules. */
  async startCloud({ syncInterval = "always", modules }: CloudOptions = {}): Promise<Started> {
    await fillCompileCache(this.folder, everyProgram());
    const server = await this.startServer("cloud-nats", { jetStream: true, syncInterval });
    const specs = cloudModules({ busUrl: server.url }).filter(({ name }) =>
      chosen(modules, name.replace("cloud-", "")),
    );
    return { server, processes: [{ name: "cloud-nats", pid: server.pid }, ...specs.map((spec) => this.start(spec))] };
  }

  /** A gateway's bus and modules. */
  async startGateway(
    cloudUrl: string,
    { modules, compact = false, ownBinaries }: GatewayChoice = {},
  ): Promise<Started> {
    await fillCompileCache(this.folder, everyProgram());
    const folder = join(this.folder, benchNode);
    mkdirSync(folder, { recursive: true });
    const node = ownBinaries ? this.#copy(process.execPath) : process.execPath;
    const server = await (ownBinaries ? this.#startOwnServer() : this.startServer("edge-nats", { jetStream: false }));
    const options = { node: benchNode, folder, stateFolder: this.folder, busUrl: server.url, cloudUrl, compact };
    const specs = gatewayModules({ ...options, labels: "" })
      .filter(({ name }) => compact || chosen(modules, name.replace(`${benchNode}-`, "")))
      .map((spec) => ({ ...spec, command: node }));
    const processes = specs.map((spec) => this.start(spec)).map((one) => ({ ...one, name: shortName(one.name) }));
    return { server, processes: [{ name: "nats-server", pid: server.pid }, ...processes] };
  }

  /** Node processes that do nothing and a nats-server that nobody uses, from copies of their own. */
  async startBare(count: number): Promise<readonly Measured[]> {
    const node = this.#copy(process.execPath);
    const server = await this.#startOwnServer();
    const idle = Array.from({ length: count }, (_, index) => {
      const args = [...gatewayNodeFlags(), "--eval", "setInterval(() => {}, 60_000)"];
      return this.start({ name: `node ${index + 1}`, command: node, args, env: {} });
    });
    return [{ name: "nats-server", pid: server.pid }, ...idle];
  }

  start(spec: ProcessSpec): Measured {
    const log = openSync(join(this.folder, `${spec.name}.log`), "a");
    // No quiet-down of their logs: it is part of what a gateway costs.
    const env = { PATH: process.env.PATH ?? "", HOME: this.folder, ...compileCache(this.folder), ...spec.env };
    const child = spawn(spec.command, [...profiling(spec.name), ...spec.args], {
      env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#children.push({ name: spec.name, child });
    return { name: spec.name, pid: child.pid ?? 0 };
  }

  /** Error: which of them has ended, and its last words. */
  check(): void {
    for (const { name, child } of this.#children) {
      if (child.exitCode === null && child.signalCode === null) continue;
      const log = readFileSync(join(this.folder, `${name}.log`), "utf8")
        .trim()
        .split("\n")
        .slice(-3)
        .join("\n");
      throw new Error(`${name} has ended: ${log}`);
    }
  }

  /** A connection to one of the buses, as a program has it. */
  async program(url: string): Promise<Holdfast> {
    const opened = await connect({ url, name: "bench", timeoutMs: 10_000 });
    this.atEnd(() => opened.close());
    return opened;
  }

  /** Done first of all when the bench stops, also when it failed. */
  atEnd(action: () => Promise<void>): void {
    this.#endings.push(action);
  }

  /** Connections first, then modules, then servers; the folder goes. */
  async stop(): Promise<void> {
    for (const action of this.#endings.splice(0).toReversed()) await action().catch(() => {});
    const running = this.#children.splice(0).map(({ child }) => child);
    await Promise.all(running.map(endChild));
    for (const server of this.#servers.splice(0)) await server.stop();
    process.removeListener("exit", this.#killAll);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #startOwnServer(): Promise<NatsServer> {
    const path = process.env.PATH ?? "";
    process.env.PATH = `${dirname(this.#copy(await findNatsServer()))}:${path}`;
    return this.startServer("edge-nats", { jetStream: false }).finally(() => {
      process.env.PATH = path;
    });
  }

  #copy(program: string): string {
    const copy = join(this.folder, "bin", basename(program));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(program, copy);
    return copy;
  }
}

export interface Started {
  readonly server: NatsServer;
  readonly processes: readonly Measured[];
}

/** With BENCH_PROFILE=<folder> each module leaves a CPU profile there, by name, when it ends. */
function profiling(name: string): string[] {
  const folder = process.env.BENCH_PROFILE;
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`] : [];
}

/** The flags of V8 with which a gateway's modules run. */
function gatewayNodeFlags(): readonly string[] {
  return program("", "", {}).args.filter((arg) => arg.startsWith("--"));
}

function chosen(modules: readonly string[] | undefined, name: string): boolean {
  return modules === undefined || modules.includes(name);
}

function shortName(name: string): string {
  return name.replace(`${benchNode}-`, "");
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await gone;
  clearTimeout(timer);
}

/** Waits for a condition; errors count as not yet. Error: it did not come within `withinMs`. */
export async function until(what: string, condition: () => Promise<boolean> | boolean, withinMs = 30_000) {
  const endMs = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < endMs) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await delay(20);
  }
  throw new Error(`${what}: not within ${withinMs} ms${last ? ` (${last})` : ""}`);
}
