import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError, hasCode } from "@holdfast/kernel";
import { BusServer, type BusServerOptions } from "./bus-server.ts";
import { hostsFor, openCloudTrust } from "./cloud-trust.ts";
import { fillCompileCache } from "./compile-cache.ts";
import { linkEnvironment, openEdgeTrust } from "./edge-trust.ts";
import { Happenings } from "./happenings.ts";
import {
  type Instance,
  nodeFolder,
  type ProcessState,
  prepareFolder,
  processId,
  readInstance,
  removeInstance,
  takeFolder,
  writeInstance,
} from "./instance.ts";
import { openWire, type Wire } from "./link-wire.ts";
import { instanceProcesses, markChildren } from "./orphans.ts";
import { cloudModules, everyProgram, type GatewayOptions, gatewayModules } from "./parts.ts";
import { stopPods } from "./stop-pods.ts";
import { endLeftovers, type ProcessSpec, Supervisor } from "./supervisor.ts";

export interface Gateway {
  readonly node: string;
  readonly folder: string;
  readonly server: BusServer;
}

interface CloudStart {
  readonly port: number;
  readonly host: string;
  /** The option with which another port is chosen. */
  readonly portOption: string;
  /** Without credentials and TLS: whoever reaches it may do everything. */
  readonly insecure: boolean;
}

interface GatewayStart extends Omit<GatewayOptions, "stateFolder" | "folder" | "busUrl" | "trustFolder" | "link"> {
  readonly port: number;
  readonly portOption: string;
}

/** What this machine runs: servers of NATS, modules of the cloud and of gateways, written down in run.json. */
export class Platform {
  readonly folder: string;
  readonly happenings = new Happenings();
  readonly startedMs = Date.now();
  readonly #supervisor: Supervisor;
  readonly #servers: BusServer[] = [];
  readonly #gateways: Gateway[] = [];
  readonly #wires: Wire[] = [];
  /** Servers that are ending hold no process: without this it would leave before they have. */
  readonly #staying = setInterval(() => {}, 60_000);
  #cloud: BusServer | undefined;
  #closing: Promise<void> | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.#supervisor = new Supervisor({ folder, changed: () => this.#write(), tell: this.happenings.tell });
  }

  /** Takes the folder. Errors: `already_exists` when an instance runs there, `config_invalid`. */
  static async open(folder: string): Promise<Platform> {
    prepareFolder(folder);
    const platform = new Platform(folder);
    const before = takeFolder(folder, platform.#instance());
    if (before) await endLeftovers(instanceProcesses(folder));
    markChildren(folder);
    await fillCompileCache(folder, everyProgram());
    platform.#write();
    return platform;
  }

  get cloudUrl(): string | undefined {
    return this.#cloud && localUrl(this.#cloud);
  }

  get cloudPort(): number {
    return this.#cloud?.port ?? 0;
  }

  get gateways(): readonly Gateway[] {
    return this.#gateways;
  }

  get wires(): readonly Wire[] {
    return this.#wires;
  }

  /** Every process of this instance but itself. */
  processes(): ProcessState[] {
    const servers = this.#servers.map(({ name, id, restarts }) => ({ name, pid: id?.pid, restarts }));
    return [...servers, ...this.#supervisor.states()];
  }

  /** Error: `unavailable` with one sentence. */
  async startCloud({ port, host, portOption, insecure }: CloudStart): Promise<void> {
    const folder = join(this.folder, "cloud");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const trust = insecure ? undefined : openCloudTrust(folder, hostsFor(host));
    const options = { folder, port, host, jetStream: true, syncInterval: "always" as const, ...trust?.server };
    this.#cloud = await this.#startServer("cloud-nats", options, portOption);
    const keys = trust === undefined ? {} : { trustFolder: trust.folder, caFile: trust.caFile };
    for (const spec of cloudModules({ busUrl: localUrl(this.#cloud), ...keys })) this.#supervisor.start(spec);
  }

  /** Error: `unavailable` with one sentence. */
  async startGateway({ port, portOption, ...options }: GatewayStart): Promise<Gateway> {
    const { node } = options;
    const folder = nodeFolder(this.folder, node);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const trust = openEdgeTrust(folder, node, options.compact);
    const content = { folder: join(folder, "nats"), port, jetStream: false, ...trust.server };
    const server = await this.#startServer(`${node}-nats`, content, portOption);
    const gateway = { node, folder, server };
    this.#gateways.push(gateway);
    const own = { folder, busUrl: server.url, trustFolder: trust.folder, link: linkEnvironment(folder) };
    for (const spec of gatewayModules({ ...options, ...own, stateFolder: this.folder })) this.#supervisor.start(spec);
    return gateway;
  }

  /** The demo's wire from a gateway to the cloud of this instance. Returns the URL of its near end. */
  async startWire(node: string): Promise<string> {
    const changed = (cut: boolean) => {
      this.#write();
      this.happenings.tell(`the link of ${node} is ${cut ? "cut" : "whole again"}`);
    };
    const wire = await openWire(this.folder, node, this.cloudPort, changed);
    this.#wires.push(wire);
    // The wire carries whatever comes: with or without TLS is between its two ends.
    return wire.url.replace(/^nats:/, new URL(this.cloudUrl ?? wire.url).protocol);
  }

  startProcess(spec: ProcessSpec): void {
    this.#supervisor.start(spec);
  }

  /** Ends pods, then modules, then servers. Nothing of ours is left. */
  close(tell: (text: string) => void): Promise<void> {
    this.#closing ??= this.#close(tell);
    return this.#closing;
  }

  async #close(tell: (text: string) => void): Promise<void> {
    for (const { node, folder } of this.#gateways) {
      // First the module that would start the pods again.
      await this.#supervisor.stop([`${node}-edged`, `${node}-gateway`]);
      const stopped = await stopPods(this.folder, folder);
      if (stopped > 0) tell(`${node}: ${stopped} container${stopped === 1 ? "" : "s"} stopped`);
    }
    // The log outlives those who write to it.
    const logs = this.#gateways.map(({ node }) => `${node}-metamanager`);
    const others = this.#supervisor.states().flatMap(({ name }) => (logs.includes(name) ? [] : [name]));
    await this.#supervisor.stop(others);
    await this.#supervisor.stopAll();
    for (const wire of this.#wires) wire.close();
    await Promise.all(this.#servers.map((server) => server.stop()));
    if (readInstance(this.folder)?.supervisor.pid === process.pid) removeInstance(this.folder);
    clearInterval(this.#staying);
  }

  async #startServer(name: string, options: BusServerOptions, portOption: string): Promise<BusServer> {
    const watcher = { changed: () => this.#write(), tell: this.happenings.tell };
    const server = await BusServer.start(name, options, watcher).catch((error: unknown) => {
      if (!hasCode(error, "unavailable")) throw error;
      throw new HoldfastError(error.code, error.message.replace(/another port\.$/, `another port with ${portOption}.`));
    });
    this.#servers.push(server);
    this.#write();
    return server;
  }

  /** A full disk, or a folder that somebody removed, must not end what runs. */
  #write(): void {
    try {
      writeInstance(this.folder, this.#instance());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.happenings.tell(`the list of processes cannot be written: ${why}`);
    }
  }

  #instance(): Instance {
    const servers = this.#servers.flatMap(({ id, name }) => (id ? [{ ...id, name }] : []));
    return {
      supervisor: processId(process.pid) ?? { pid: process.pid, startTime: "" },
      cloudUrl: this.#cloud && localUrl(this.#cloud),
      nodes: Object.fromEntries(this.#gateways.map(({ node, server }) => [node, server.url])),
      links: Object.fromEntries(this.#wires.map(({ node, cut }) => [node, cut ? "cut" : "up"])),
      children: [...servers, ...this.#supervisor.running()],
      processes: this.processes(),
    };
  }
}

/** A server that listens everywhere is reached here on loopback. */
function localUrl({ url }: BusServer): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
