import { type Clock, sleep } from "@holdfast/kernel";
import type { ContainerRequest, ExitReason, ProbeOutcome, VolumeRequest } from "../runtime.ts";

/** What a simulated workload does by itself. */
export interface Behaviour {
  /** Ends after this; absent = runs for ever. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  /** What it does at TERM: end with this code; absent = 143, "ignore" = nothing. */
  readonly onTerm?: number | "ignore";
  /** Written to stdout at its start. */
  readonly prints?: readonly string[];
}

export interface SimulatedContainer {
  readonly id: string;
  readonly request: ContainerRequest;
  readonly pid: number;
  readonly behaviour: Behaviour;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  readonly lines: string[];
  end?: {
    readonly exitCode: number;
    readonly reason: ExitReason;
    readonly message: string;
    readonly finishedAtMs: number;
    readonly monotonicMs: number;
    readonly boot: number;
  };
}

export type Operation = "list" | "prepareVolumes" | "start" | "stop" | "remove" | "removePod" | "probe" | "readLogs";

/** A machine with containers that live outside edged. Everything that happens on it happens on its clock. */
export class SimulatedMachine {
  readonly clock: Clock;
  readonly isolation: boolean;
  readonly containers = new Map<string, SimulatedContainer>();
  readonly volumes = new Map<string, ReadonlyMap<string, VolumeRequest>>();
  /** What each operation of the runtime takes before it has its effect. */
  latencyMs = 0;
  /** The edged that may act. */
  token = "";
  boot = 1;
  /** What a container does that says nothing of it in its command. */
  behave: (request: ContainerRequest) => Behaviour = () => ({});
  probe: (container: SimulatedContainer) => ProbeOutcome = () => ({ healthy: true, message: "" });
  readonly #failures = new Map<Operation, unknown[]>();
  readonly #listeners = new Set<() => void>();
  #pid = 1000;

  constructor(clock: Clock, options: { readonly isolation?: boolean } = {}) {
    this.clock = clock;
    this.isolation = options.isolation ?? true;
  }

  /** The next call of this operation fails. */
  failNext(operation: Operation, error: unknown): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
  }

  /** Resolves when the operation has its effect. Throws what `failNext` planned. */
  async enter(operation: Operation): Promise<void> {
    if (this.latencyMs > 0) await sleep(this.clock, this.latencyMs);
    const error = this.#failures.get(operation)?.shift();
    if (error !== undefined) throw error;
  }

  running(): SimulatedContainer[] {
    return [...this.containers.values()].filter(({ end }) => !end);
  }

  run(id: string, request: ContainerRequest): void {
    const behaviour = this.#behaviourOf(request);
    const container: SimulatedContainer = {
      id,
      request,
      pid: this.#pid++,
      behaviour,
      startedAtMs: this.clock.wallMs(),
      startedMonotonicMs: this.clock.monotonicMs(),
      lines: [...(behaviour.prints ?? [])],
    };
    this.containers.set(id, container);
    const { exitAfterMs, exitCode = 0 } = behaviour;
    if (exitAfterMs !== undefined) this.clock.after(exitAfterMs, () => this.exit(id, exitCode));
    this.changed();
  }

  /** The workload ends: by itself, by a crash, by the kernel. Nothing happens when it has ended already. */
  exit(id: string, exitCode: number, reason?: ExitReason, message = ""): void {
    const container = this.containers.get(id);
    if (!container || container.end) return;
    container.end = {
      exitCode,
      reason: reason ?? (exitCode === 0 ? "Completed" : "Error"),
      message,
      finishedAtMs: this.clock.wallMs(),
      monotonicMs: this.clock.monotonicMs(),
      boot: this.boot,
    };
    this.changed();
  }

  /** Power loss: nothing runs any more, and nobody saw how it ended. */
  reboot(): void {
    for (const { id } of this.running()) this.exit(id, 137, "ContainerStatusUnknown", "the gateway was restarted");
    this.boot += 1;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** A command ["simulated", JSON of a Behaviour] says for itself what it does. */
  #behaviourOf(request: ContainerRequest): Behaviour {
    const [program, words] = request.argv;
    return program === "simulated" && words !== undefined ? JSON.parse(words) : this.behave(request);
  }
}

export function simulatedCommand(behaviour: Behaviour): string[] {
  return ["simulated", JSON.stringify(behaviour)];
}
