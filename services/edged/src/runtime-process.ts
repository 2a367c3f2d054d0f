import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Cancel, every, HoldfastError, type ProbeAction } from "@holdfast/kernel";
import { ProcessContainer } from "./process/container.ts";
import { ContainerFolder } from "./process/container-folder.ts";
import { refuseHidden } from "./process/hidden-folders.ts";
import {
  capabilitiesOf,
  hiddenFolders,
  inspectMachine,
  type Machine,
  type ProcessRuntimeOptions,
} from "./process/machine.ts";
import { memoryVolumes } from "./process/memory-folder.ts";
import { containerId, containerPath, podPath } from "./process/paths.ts";
import { isErrno } from "./process/proc.ts";
import { readSmallFile, writeSmallFile } from "./process/small-file.ts";
import { prepareVolume } from "./process/volumes.ts";
import type {
  Capabilities,
  ContainerRequest,
  ContainerState,
  LogPage,
  LogQuery,
  ProbeOutcome,
  Runtime,
  VolumeRequest,
} from "./runtime.ts";

/**
 * Containers as processes of this machine: in bubblewrap where it works, plain otherwise; each with a control group
 * where that is allowed. State lies below `dir`; a new life of edged finds there whatever runs.
 */
export async function openProcessRuntime(options: ProcessRuntimeOptions): Promise<Runtime> {
  return open(options);
}

/**
 * Stops every container of a gateway whose edged no longer runs, as if the machine went down. Returns how many ran.
 */
export async function shutDownContainers(options: ProcessRuntimeOptions, graceMs: number): Promise<number> {
  const runtime = await open(options);
  try {
    await runtime.claim("shut down");
    return await runtime.shutDown(graceMs);
  } finally {
    await runtime.close();
    await runtime.clearMemory();
  }
}

async function open(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  await mkdir(join(options.dir, "pods"), { recursive: true });
  await chmod(options.dir, 0o700);
  const machine = inspectMachine(options);
  if (machine.bubblewrap !== undefined && machine.memory === undefined) {
    machine.logger.warn({ memoryRoot: machine.memoryRoot }, "no folder in memory: the files of Secrets lie on disk");
  }
  const runtime = new ProcessRuntime(machine);
  await runtime.load();
  return runtime;
}

class ProcessRuntime implements Runtime {
  readonly name = "process";
  readonly capabilities: Capabilities;
  readonly #machine: Machine;
  readonly #containers = new Map<string, ProcessContainer>();
  readonly #listeners = new Set<() => void>();
  readonly #stopCopying: Cancel;
  #token = "";

  constructor(machine: Machine) {
    this.#machine = machine;
    this.capabilities = capabilitiesOf(machine);
    this.#stopCopying = every(machine.clock, machine.logCopyMs, () => this.#copyLogs());
  }

  /** Finds what earlier lives of edged started. */
  async load(): Promise<void> {
    const { dir } = this.#machine;
    for (const podUid of await namesIn(join(dir, "pods"))) {
      const containers = join(podPath(dir, podUid), "containers");
      for (const container of await namesIn(containers)) {
        for (const attempt of await namesIn(join(containers, container))) {
          await this.#loadContainer(join(containers, container, attempt));
        }
      }
    }
  }

  async claim(token: string): Promise<void> {
    this.#token = token;
    await writeSmallFile(this.#tokenFile, token);
  }

  async list(): Promise<readonly ContainerState[]> {
    return Promise.all([...this.#containers.values()].map((container) => container.state()));
  }

  async prepareVolumes(podUid: string, volumes: readonly VolumeRequest[]): Promise<void> {
    await this.#checkToken();
    if (volumes.length === 0) return;
    this.#checkIsolation("volumes");
    const folder = join(podPath(this.#dir, podUid), "volumes");
    const { memory } = this.#machine;
    const inMemory = memory === undefined ? undefined : memoryVolumes(memory, podUid);
    for (const volume of volumes) {
      if (volume.kind === "hostPath") refuseHidden(volume.path, hiddenFolders(this.#machine));
      await failingClearly(prepareVolume(folder, volume, inMemory));
    }
  }

  async start(request: ContainerRequest): Promise<string> {
    await this.#checkToken();
    if (request.image !== "host") {
      throw new HoldfastError("unsupported", `The process runtime runs image: host only, not "${request.image}".`);
    }
    if (request.mounts.length > 0) this.#checkIsolation("volumeMounts");
    const container = new ProcessContainer(this.#machine, request);
    const folder = new ContainerFolder(containerPath(this.#dir, request), this.#machine.secrets);
    await failingClearly(folder.create(request));
    try {
      await failingClearly(container.start(() => this.#changed()));
    } catch (error) {
      await rm(folder.path, { recursive: true, force: true });
      throw error;
    }
    this.#containers.set(container.id, container);
    return container.id;
  }

  async stop(id: string, graceMs: number): Promise<void> {
    await this.#checkToken();
    await this.#containers.get(id)?.stop(graceMs);
    this.#changed();
  }

  async shutDown(graceMs: number): Promise<number> {
    const running = (await this.list()).filter(({ state }) => state === "running");
    await Promise.all(running.map(({ id }) => this.#get(id).shutDown(graceMs)));
    return running.length;
  }

  async remove(id: string): Promise<void> {
    await this.#checkToken();
    const container = this.#containers.get(id);
    if (!container) return;
    await this.#checkEnded(container);
    this.#containers.delete(id);
    await rm(containerPath(this.#dir, container.request), { recursive: true, force: true });
  }

  async removePod(podUid: string): Promise<void> {
    await this.#checkToken();
    const containers = [...this.#containers.values()].filter(({ request }) => request.podUid === podUid);
    for (const container of containers) await this.#checkEnded(container);
    for (const { id } of containers) this.#containers.delete(id);
    const { memory } = this.#machine;
    if (memory !== undefined) await rm(memoryVolumes(memory, podUid), { recursive: true, force: true });
    await rm(podPath(this.#dir, podUid), { recursive: true, force: true });
  }

  async probe(id: string, action: ProbeAction, timeoutMs: number): Promise<ProbeOutcome> {
    return this.#get(id).probe(action, timeoutMs);
  }

  async readLogs(id: string, query: LogQuery): Promise<LogPage> {
    return this.#get(id).logPage(query);
  }

  onChange(listener: () => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As a reboot does: the next start makes the volumes anew. */
  async clearMemory(): Promise<void> {
    const { memory } = this.#machine;
    if (memory !== undefined) await rm(memory, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.#stopCopying();
    this.#listeners.clear();
    await this.#copyLogs();
  }

  get #dir(): string {
    return this.#machine.dir;
  }

  get #tokenFile(): string {
    return join(this.#dir, "holder");
  }

  async #loadContainer(path: string): Promise<void> {
    const found = await new ContainerFolder(path, this.#machine.secrets).request();
    if (found && containerPath(this.#dir, found.request) === path) {
      const { request, unreadable } = found;
      this.#containers.set(containerId(request), new ProcessContainer(this.#machine, request, unreadable));
    } else await rm(path, { recursive: true, force: true });
  }

  #get(id: string): ProcessContainer {
    const container = this.#containers.get(id);
    if (container) return container;
    throw new HoldfastError("not_found", `There is no container ${id} on this gateway.`);
  }

  /** A newer life of edged has taken over: this one must not act any more. */
  async #checkToken(): Promise<void> {
    if (this.#token !== "" && (await readSmallFile(this.#tokenFile)) === this.#token) return;
    throw new HoldfastError("stale_incarnation", "Another edged has taken over the containers of this gateway.");
  }

  async #checkEnded(container: ProcessContainer): Promise<void> {
    if ((await container.state()).state === "exited") return;
    throw new HoldfastError("conflict", `The container ${container.id} still runs; stop it first.`);
  }

  #checkIsolation(what: string): void {
    if (this.capabilities.isolation) return;
    const words = `${what} need bubblewrap, which does not work on this gateway; install it (apt-get install bubblewrap)`;
    throw new HoldfastError("needs_isolation", `${words} or leave them out.`);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #copyLogs(): Promise<void> {
    for (const container of this.#containers.values()) {
      await container.copyLog().catch((error: unknown) => {
        this.#machine.logger.error({ error, container: container.id }, "the log of a container could not be written");
      });
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** Errors of the system that a person can do something about get our codes. */
async function failingClearly<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    if (isErrno(error, "ENOSPC", "EDQUOT")) throw new HoldfastError("disk_full", words, { cause: error });
    if (isErrno(error, "EEXIST")) throw new HoldfastError("already_exists", words, { cause: error });
    throw error;
  }
}
