import type { Cancel, Context, LogClient, SecretBox } from "@holdfast/kernel";
import type { RestartBackoff } from "./backoff.ts";
import { decide } from "./decide.ts";
import { PodActions, retryMs } from "./pod-actions.ts";
import { type PodTable, podKey } from "./pod-table.ts";
import { emptyMemory, type PodMemory, type PodView } from "./pod-view.ts";
import type { ContainerState, Runtime } from "./runtime.ts";

export interface ReconcilerOptions {
  readonly pollMs: number;
  readonly backoff: RestartBackoff;
  /** Seals Secrets in the log; absent = pods that use one cannot be started. */
  readonly secrets?: SecretBox;
}

type World = Pick<Context<unknown>, "clock" | "logger" | "stats" | "fail" | "stopping">;

/** What one pod's last turn leaves for its next one. */
interface Turn {
  memory: PodMemory;
  busy: boolean;
  /** The first pass whose list of containers shows all that this pod's last turn did. */
  fromPass: number;
  /** Monotonic; after a failure. */
  heldUntilMs: number;
}

/**
 * Makes what runs equal to what is wanted, again and again: lists, decides for each pod, acts. One turn per pod at a
 * time, and never with a list of containers that is older than the pod's last turn.
 */
export class Reconciler {
  readonly #world: World;
  readonly #log: LogClient;
  readonly #table: PodTable;
  readonly #runtime: Runtime;
  readonly #options: ReconcilerOptions;
  readonly #actions: PodActions;
  readonly #turns = new Map<string, Turn>();
  readonly #turning = new Set<Promise<void>>();
  #paused = false;
  #pass = 0;
  #passing = false;
  #again = false;
  #cancelWake: Cancel = () => {};
  #stopWatching: Cancel = () => {};

  constructor(world: World, log: LogClient, table: PodTable, runtime: Runtime, options: ReconcilerOptions) {
    this.#world = world;
    this.#log = log;
    this.#table = table;
    this.#runtime = runtime;
    this.#options = options;
    this.#actions = new PodActions(world, log, runtime, options, (key, change) => this.#remember(key, change));
  }

  start(): void {
    this.#stopWatching = this.#runtime.onChange(() => this.wake());
    this.wake();
  }

  /** Lets turns that have begun end; containers run on. */
  async stop(): Promise<void> {
    this.#paused = true;
    this.#stopWatching();
    this.#cancelWake();
    await Promise.all(this.#turning);
  }

  /** The table is being folded anew: until it is whole again nothing may be concluded from it. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (this.#world.stopping.aborted) return;
    this.#paused = false;
    this.wake();
  }

  /** Something may have changed. */
  wake(): void {
    this.#again = true;
    if (!this.#passing) void this.#passes();
  }

  async #passes(): Promise<void> {
    this.#passing = true;
    while (this.#again && !this.#paused && !this.#world.stopping.aborted) {
      this.#again = false;
      await this.#onePass();
    }
    this.#passing = false;
  }

  async #onePass(): Promise<void> {
    this.#pass += 1;
    const pass = this.#pass;
    let wakeAfterMs = this.#options.pollMs;
    try {
      const containers = byPod(await this.#runtime.list());
      if (this.#paused || this.#world.stopping.aborted) return;
      this.#world.stats.gauge("pods", this.#table.pods.size);
      for (const key of new Set([...this.#table.pods.keys(), ...containers.keys()])) {
        wakeAfterMs = Math.min(wakeAfterMs, this.#turn(key, containers.get(key) ?? [], pass));
      }
      this.#forgetTurns(containers);
    } catch (error) {
      this.#world.stats.count("list_failures");
      this.#world.logger.error({ error: String(error) }, "could not list what runs");
    }
    this.#cancelWake();
    this.#cancelWake = this.#world.clock.after(Math.max(0, wakeAfterMs), () => this.wake());
  }

  /** Decides for one pod and begins to act; returns when it wants to be looked at again. */
  #turn(key: string, containers: readonly ContainerState[], pass: number): number {
    const turn = this.#turns.get(key) ?? { memory: emptyMemory, busy: false, fromPass: 0, heldUntilMs: 0 };
    if (turn.busy || pass < turn.fromPass) return Number.POSITIVE_INFINITY;
    const { clock } = this.#world;
    const heldMs = turn.heldUntilMs - clock.monotonicMs();
    if (heldMs > 0) return heldMs;
    const view = this.#view(key, containers, turn.memory);
    const decision = decide(view, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
    turn.memory = decision.memory;
    this.#turns.set(key, turn);
    if (decision.actions.length === 0) return decision.wakeAfterMs;
    turn.busy = true;
    const acting = this.#actions.run(key, view, decision.actions).then((done) => {
      turn.busy = false;
      turn.heldUntilMs = done ? 0 : clock.monotonicMs() + retryMs;
      turn.fromPass = this.#pass + 1;
      this.#turning.delete(acting);
      this.wake();
    });
    this.#turning.add(acting);
    return decision.wakeAfterMs;
  }

  #view(key: string, containers: readonly ContainerState[], memory: PodMemory): PodView {
    const record = this.#table.pods.get(key);
    const [container] = containers;
    const { namespace, name } = record ?? { namespace: container?.namespace ?? "", name: container?.podName ?? "" };
    return {
      namespace,
      name,
      record,
      config: (kind, of) => this.#table.config(namespace, kind, of),
      synced: this.#table.synced,
      containers,
      memory,
      gateway: { node: this.#log.node, runtime: this.#runtime.name, capabilities: this.#runtime.capabilities },
      backoff: this.#options.backoff,
    };
  }

  #remember(key: string, change: (memory: PodMemory) => PodMemory): void {
    const turn = this.#turns.get(key);
    if (turn) turn.memory = change(turn.memory);
    this.wake();
  }

  #forgetTurns(containers: ReadonlyMap<string, unknown>): void {
    for (const [key, { busy }] of this.#turns) {
      if (!busy && !this.#table.pods.has(key) && !containers.has(key)) this.#turns.delete(key);
    }
  }
}

function byPod(containers: readonly ContainerState[]): Map<string, ContainerState[]> {
  const grouped = new Map<string, ContainerState[]>();
  for (const container of containers) {
    const key = podKey(container.namespace, container.podName);
    grouped.set(key, [...(grouped.get(key) ?? []), container]);
  }
  return grouped;
}
