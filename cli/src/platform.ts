import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { HoldfastError, type NatsServer, startNatsServer } from "@holdfast/kernel";
import {
  type Instance,
  isAlive,
  prepareFolder,
  processId,
  readInstance,
  removeInstance,
  writeInstance,
} from "./instance.ts";
import { cloudModules, type GatewayOptions, gatewayModules, podFolder } from "./parts.ts";
import { stopPods } from "./stop-pods.ts";
import { endLeftovers, Supervisor } from "./supervisor.ts";

interface Gateway {
  readonly node: string;
  readonly folder: string;
  readonly server: NatsServer;
}

/** What this machine runs: servers of NATS, modules of the cloud and of gateways, written down in run.json. */
export class Platform {
  readonly folder: string;
  readonly supervisor: Supervisor;
  readonly #servers: NatsServer[] = [];
  readonly #gateways: Gateway[] = [];
  #cloud: NatsServer | undefined;
  #closing = false;

  private constructor(folder: string) {
    this.folder = folder;
    this.supervisor = new Supervisor(folder, () => this.#write());
  }

  /** Takes the folder. Errors: `already_exists` when an instance runs there, `config_invalid`. */
  static async open(folder: string): Promise<Platform> {
    prepareFolder(folder);
    const before = readInstance(folder);
    if (before && isAlive(before.supervisor)) {
      throw new HoldfastError(
        "already_exists",
        `Holdfast already runs in ${folder} (process ${before.supervisor.pid}). Stop it with: npx holdfast down`,
      );
    }
    if (before) await endLeftovers(before.children);
    return new Platform(folder);
  }

  get cloudUrl(): string | undefined {
    return this.#cloud?.url;
  }

  get cloudPort(): number | undefined {
    return this.#cloud?.port;
  }

  /** A port that is in use is refused with one clear sentence. */
  async startCloud(port: number, host: string): Promise<void> {
    const folder = join(this.folder, "cloud");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#cloud = await startNatsServer({ folder, port, host, jetStream: true, syncInterval: "always" });
    this.#servers.push(this.#cloud);
    for (const spec of cloudModules(this.#cloud.url)) this.supervisor.start(spec);
  }

  async startGateway(options: Omit<GatewayOptions, "folder" | "busUrl"> & { readonly port: number }): Promise<string> {
    const folder = join(this.folder, "nodes", options.node);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const server = await startNatsServer({ folder: join(folder, "nats"), port: options.port, jetStream: false });
    this.#servers.push(server);
    this.#gateways.push({ node: options.node, folder, server });
    for (const spec of gatewayModules({ ...options, folder, busUrl: server.url })) this.supervisor.start(spec);
    return server.url;
  }

  /** Ends pods, then modules, then servers. Nothing of ours is left. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    for (const { node, folder } of this.#gateways) {
      // First the module that would start the pods again.
      await this.supervisor.stop(`${node}-edged`, `${node}-gateway`);
      await stopPods(podFolder(folder));
    }
    await this.supervisor.stop();
    for (const server of this.#servers.reverse()) await server.stop();
    removeInstance(this.folder);
  }

  #write(): void {
    const supervisor = processId(process.pid);
    if (!supervisor || this.#closing) return;
    const servers = this.#servers.flatMap(({ pid, url }) => {
      const id = processId(pid);
      return id ? [{ ...id, name: `nats-server ${url.split(":").at(-1)}` }] : [];
    });
    const nodes = Object.fromEntries(this.#gateways.map(({ node, server }) => [node, server.url]));
    const instance: Instance = {
      supervisor,
      cloudUrl: this.#cloud?.url,
      nodes,
      children: [...servers, ...this.supervisor.running()],
    };
    writeInstance(this.folder, instance);
  }
}
