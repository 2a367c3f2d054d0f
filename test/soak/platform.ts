import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, type Context, createStats, type Streams, systemWorld } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import { connect, type Holdfast } from "@holdfast/sdk";
import { fillCompileCache } from "../../cli/src/compile-cache.ts";
import { everyProgram, program } from "../../cli/src/parts.ts";
import { node, SoakDevice } from "./device.ts";
import { SoakProcess } from "./process.ts";
import { SoakServer } from "./server.ts";
import { SmallDisk } from "./small-disk.ts";
import { FaultyWire } from "./wire.ts";

const root = join(import.meta.dirname, "../..");
const diskMebibytes = { gateway: 48, cloud: 256 } as const;

export const gatewayModules = ["metamanager", "hub", "devicetwin", "edged", "mapper"] as const;
/** Two of each: they must be safe beside each other. */
export const cloudModules = ["controller-a", "controller-b", "cloud-hub-a", "cloud-hub-b"] as const;

/** One cloud and one gateway of real processes, everything between and below them under our control. */
export class SoakPlatform {
  readonly folder: string;
  readonly processes = new Map<string, SoakProcess>();
  readonly #ends: (() => unknown)[] = [];
  cloudServer!: SoakServer;
  edgeServer!: SoakServer;
  wire!: FaultyWire;
  device!: SoakDevice;
  /** Of the gateway's log, and of the cloud's streams; absent where no small file system can be mounted. */
  disk: SmallDisk | undefined;
  cloudDisk: SmallDisk | undefined;
  cloud!: Holdfast;
  edge!: Holdfast;
  /** Straight to the cloud's streams: what is really stored. */
  streams!: Streams;

  static async start(): Promise<SoakPlatform> {
    const platform = new SoakPlatform();
    await platform.#start().catch(async (error) => {
      await platform.stop();
      throw error;
    });
    return platform;
  }

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "holdfast-soak-"));
    this.#ends.push(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async #start(): Promise<void> {
    await fillCompileCache(this.folder, everyProgram());
    this.disk = SmallDisk.mount(join(this.folder, "disk"), diskMebibytes.gateway);
    this.#ends.push(() => this.disk?.end());
    this.cloudDisk = SmallDisk.mount(join(this.folder, "cloud"), diskMebibytes.cloud);
    this.#ends.push(() => this.cloudDisk?.end());
    this.cloudServer = await SoakServer.start("cloud-nats", join(this.folder, "cloud"), true);
    this.#ends.push(() => this.cloudServer.end());
    this.edgeServer = await SoakServer.start("edge-nats", join(this.folder, "edge"), false);
    this.#ends.push(() => this.edgeServer.end());
    this.wire = await FaultyWire.open(this.cloudServer.port);
    this.#ends.push(() => this.wire.close());
    this.device = await SoakDevice.start();
    this.#ends.push(() => this.device.stop());
    this.#startModules();
    this.cloud = await connect({ url: this.cloudServer.url, name: "soak", timeoutMs: 5000 });
    this.#ends.push(() => this.cloud.close());
    this.edge = await connect({ url: this.edgeServer.url, name: "soak", timeoutMs: 5000 });
    this.#ends.push(() => this.edge.close());
    const { bus, streams } = await systemWorld(collectingLogger()).connect({ url: this.cloudServer.url, name: "soak" });
    this.streams = streams;
    this.#ends.push(() => bus.drain());
  }

  get podFolder(): string {
    return join(this.folder, "pods");
  }

  #startModules(): void {
    const cloudEnv = {
      HF_BUS_URL: this.cloudServer.url,
      HF_RECONCILE_MS: "2000",
      HF_NODE_SILENT_MS: "5000",
      HF_LEASE_MS: "3000",
    };
    const gatewayEnv = {
      HF_NODE: node,
      HF_BUS_URL: this.edgeServer.url,
      HF_CLOUD_URL: `nats://127.0.0.1:${this.wire.port}`,
      HF_LOG_DIR: join(this.folder, "disk", "log"),
      HF_LOG_BALLAST_BYTES: String(3 * 1024 * 1024),
      // So that writes really fail, instead of being refused before they do.
      HF_LOG_FREE_MIN_BYTES: "0",
      HF_LOG_BUDGET_MS: "500",
      HF_LOG_COMPACT_EVENTS: "1000",
      HF_EDGED_DIR: this.podFolder,
      HF_SECRETS_KEY_FILE: join(this.folder, "secrets.key"),
      HF_EDGED_SEARCH_PATH: "none",
      HF_EDGED_CGROUP: "none",
      HF_EDGED_BACKOFF_BASE_MS: "500",
      HF_BEAT_MS: "500",
      HF_LINK_TIMEOUT_MS: "3000",
      HF_RECONNECT_BASE_MS: "100",
      HF_RECONNECT_MAX_MS: "1000",
      HF_MAPPER_BACKOFF_MAX_MS: "2000",
      HF_MAPPER_QUARANTINE_MS: "3000",
      HF_TWIN_RETRY_MAX_MS: "3000",
    };
    const start = (name: string, service: string, env: Readonly<Record<string, string>>) =>
      this.processes.set(name, new SoakProcess(this.folder, program(name, `services/${service}/src/main.ts`, env)));
    this.#ends.push(() => this.#endModules());
    for (const name of cloudModules) {
      const service = name.startsWith("controller") ? "controller" : "hub";
      start(name, service, { ...cloudEnv, HF_HUB_ROLE: "cloud" });
    }
    for (const name of gatewayModules) start(name, name, { ...gatewayEnv, HF_HUB_ROLE: "edge" });
  }

  async #endModules(): Promise<void> {
    await Promise.all([...this.processes.values()].map((one) => one.end()));
    const env = { PATH: process.env.PATH ?? "", HF_EDGED_DIR: this.podFolder, HF_EDGED_DOWN_GRACE_MS: "500" };
    const ending = spawn(process.execPath, [join(root, "services/edged/src/stop-pods.ts")], {
      env: { ...env, HF_NODE: node, HF_EDGED_SEARCH_PATH: "none", HF_EDGED_CGROUP: "none" },
      stdio: "ignore",
    });
    await new Promise<void>((ended) => ending.once("exit", () => ended()));
  }

  /** A module of ours on the gateway's bus. */
  async gatewayContext(name: string): Promise<{ readonly context: Context<unknown>; readonly bus: Bus }> {
    const logger = collectingLogger();
    const world = systemWorld(logger);
    const { bus, streams } = await world.connect({ url: this.edgeServer.url, name });
    const stopping = new AbortController();
    this.#ends.push(() => bus.drain());
    this.#ends.push(() => stopping.abort());
    const context: Context<unknown> = {
      ...world,
      ...{ service: name, config: {}, logger, instance: name, stats: createStats(), bus, streams },
      stopping: stopping.signal,
      fail: (error) => {
        throw error;
      },
    };
    return { context, bus };
  }

  log(name: string): string {
    try {
      return readFileSync(join(this.folder, `${name}.log`), "utf8");
    } catch {
      return "";
    }
  }

  /** Everything ends, in the reverse order of its start; the folder goes last. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `the soak did not end well: ${failures.join("; ")}`);
  }
}
