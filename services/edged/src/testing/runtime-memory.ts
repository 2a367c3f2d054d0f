import { type Cancel, HoldfastError, type ProbeAction, rfc3339Nanos, sleep } from "@holdfast/kernel";
import type {
  Capabilities,
  ContainerRequest,
  ContainerState,
  LogPage,
  LogQuery,
  ProbeOutcome,
  Runtime,
  VolumeRequest,
} from "../runtime.ts";
import type { Operation, SimulatedContainer, SimulatedMachine } from "./machine-memory.ts";

const pageLinesMax = 1000;

/** A life of edged on a simulated machine. Open it again after a crash: the machine still has the containers. */
export function openMemoryRuntime(machine: SimulatedMachine): Runtime {
  return new MemoryRuntime(machine);
}

class MemoryRuntime implements Runtime {
  readonly name = "simulated";
  readonly capabilities: Capabilities;
  readonly #machine: SimulatedMachine;
  readonly #cancels = new Set<Cancel>();
  #token = "";

  constructor(machine: SimulatedMachine) {
    this.#machine = machine;
    this.capabilities = {
      isolation: machine.isolation,
      limits: { cpu: true, memory: true, pids: true },
      missing: "",
      images: "host",
      hostIp: "192.0.2.1",
    };
  }

  async claim(token: string): Promise<void> {
    this.#token = token;
    this.#machine.token = token;
  }

  async list(): Promise<readonly ContainerState[]> {
    // As old as it can be: things go on while a list is on its way.
    const found = [...this.#machine.containers.values()].map((container) => this.#state(container));
    await this.#machine.enter("list");
    return found;
  }

  async prepareVolumes(podUid: string, volumes: readonly VolumeRequest[]): Promise<void> {
    await this.#act("prepareVolumes");
    if (volumes.length > 0) this.#checkIsolation();
    const all = new Map(this.#machine.volumes.get(podUid));
    for (const volume of volumes) all.set(volume.name, volume);
    this.#machine.volumes.set(podUid, all);
  }

  async start(request: ContainerRequest): Promise<string> {
    await this.#act("start");
    if (request.image !== "host") throw new HoldfastError("unsupported", `no runtime for image ${request.image}`);
    if (request.mounts.length > 0) this.#checkIsolation();
    const id = `${request.podUid}/${request.container}/${request.attempt}`;
    if (this.#machine.containers.has(id)) throw new HoldfastError("already_exists", `${id} was started already`);
    this.#machine.run(id, request);
    return id;
  }

  async stop(id: string, graceMs: number): Promise<void> {
    await this.#act("stop");
    const container = this.#machine.containers.get(id);
    if (!container || container.end) return;
    const { onTerm = 143 } = container.behaviour;
    if (onTerm !== "ignore") this.#machine.exit(id, onTerm);
    else {
      await sleep(this.#machine.clock, graceMs);
      this.#machine.exit(id, 137);
    }
  }

  async remove(id: string): Promise<void> {
    await this.#act("remove");
    const container = this.#machine.containers.get(id);
    if (container) this.#checkEnded(container);
    this.#machine.containers.delete(id);
  }

  async removePod(podUid: string): Promise<void> {
    await this.#act("removePod");
    const containers = [...this.#machine.containers.values()].filter(({ request }) => request.podUid === podUid);
    for (const container of containers) this.#checkEnded(container);
    for (const { id } of containers) this.#machine.containers.delete(id);
    this.#machine.volumes.delete(podUid);
  }

  async probe(id: string, action: ProbeAction): Promise<ProbeOutcome> {
    await this.#machine.enter("probe");
    const container = this.#get(id);
    if (container.end) return { healthy: false, message: "it has ended" };
    if (action.kind !== "exec" || action.command[0] !== "simulated") return this.#machine.probe(container);
    const healthy = action.command[1] === "healthy";
    return { healthy, message: healthy ? "" : "exit code 1" };
  }

  async readLogs(id: string, query: LogQuery): Promise<LogPage> {
    await this.#machine.enter("readLogs");
    const { lines, startedAtMs } = this.#get(id);
    const first = query.tailLines ? Math.max(0, lines.length - query.tailLines) : 0;
    const from = query.position === undefined ? first : Number(query.position);
    const page = lines.slice(from, from + pageLinesMax);
    return {
      lines: page.map((line) => `${rfc3339Nanos(startedAtMs)} stdout F ${line}`),
      position: String(from + page.length),
      end: from + page.length >= lines.length,
    };
  }

  onChange(listener: () => void): Cancel {
    const cancel = this.#machine.onChange(listener);
    this.#cancels.add(cancel);
    return cancel;
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
  }

  async #act(operation: Operation): Promise<void> {
    await this.#machine.enter(operation);
    if (this.#token !== "" && this.#machine.token === this.#token) return;
    throw new HoldfastError("stale_incarnation", "another edged has taken over");
  }

  #get(id: string): SimulatedContainer {
    const container = this.#machine.containers.get(id);
    if (container) return container;
    throw new HoldfastError("not_found", `there is no container ${id}`);
  }

  #checkEnded(container: SimulatedContainer): void {
    if (!container.end) throw new HoldfastError("conflict", `${container.id} still runs`);
  }

  #checkIsolation(): void {
    if (!this.capabilities.isolation) throw new HoldfastError("needs_isolation", "volumes need bubblewrap");
  }

  #state({ id, request, pid, startedAtMs, startedMonotonicMs, end }: SimulatedContainer): ContainerState {
    const { podUid, namespace, podName, container, attempt, labels } = request;
    const identity = { id, podUid, namespace, podName, container, attempt, labels, startedAtMs };
    const nowMs = this.#machine.clock.monotonicMs();
    if (!end) return { ...identity, state: "running", pid, ageMs: nowMs - startedMonotonicMs };
    const { boot, monotonicMs, ...told } = end;
    const endedAgoMs = boot === this.#machine.boot ? nowMs - monotonicMs : Number.POSITIVE_INFINITY;
    return { ...identity, state: "exited", ...told, endedAgoMs, ranForMs: monotonicMs - startedMonotonicMs };
  }
}
