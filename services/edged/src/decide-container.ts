import { type ContainerSpec, type Pod, rfc3339Seconds } from "@holdfast/kernel";
import { backoffLabel, restartWaitMs } from "./backoff.ts";
import { type ContainerStatus, type StatusState, type Terminated, terminatedOf } from "./pod-status.ts";
import type { Action, Now, PodMemory, PodView } from "./pod-view.ts";
import { beginProbes, type ContainerProbes, dueProbes, fatalProbe, hasStarted, isReady, probeBegun } from "./probes.ts";
import type { ContainerState, ExitedContainer, RunningContainer } from "./runtime.ts";

/** One container of a runnable pod, with what is known of it. */
export interface ContainerCase {
  readonly view: PodView;
  readonly pod: Pod;
  readonly container: ContainerSpec;
  /** Lives with the wanted spec, newest first. */
  readonly lives: readonly ContainerState[];
  /** The number of the next life. */
  readonly nextAttempt: number;
  /** What was last told of it, if that was about this uid and this spec. */
  readonly told: ContainerStatus | undefined;
  /** Why nothing may be started now. */
  readonly blocked: { readonly reason: string; readonly message: string } | undefined;
}

/** What follows for one container. */
export interface ContainerVerdict {
  readonly status: ContainerStatus;
  readonly actions: readonly Action[];
  /** Start a life of it, after this wait since the end of the one before. */
  readonly start?: { readonly attempt: number; readonly waitedMs: number | undefined };
  readonly probes?: ContainerProbes;
  readonly wakeAfterMs: number;
}

const nothing: StatusState = {};
const never = Number.POSITIVE_INFINITY;

export function decideContainer(it: ContainerCase, now: Now): ContainerVerdict {
  const [current] = it.lives;
  if (current?.state === "running") return decideRunning(it, current, now);
  if (current) return decideExited(it, current, now);
  return decideMissing(it, now);
}

function decideRunning(it: ContainerCase, current: RunningContainer, now: Now): ContainerVerdict {
  const { view, container, told } = it;
  const { memory } = view;
  const known = told?.containerID === idOf(it, current) ? told : undefined;
  const before = memory.probes.get(current.id) ?? beginProbes(container, current.ageMs, now.monotonicMs, known);
  const fatal = fatalProbe(before);
  const stopping = memory.stopping.has(current.id);
  const actions: Action[] = [];
  let probes = before;
  let wakeAfterMs = never;
  if (fatal !== undefined && !stopping) {
    actions.push({ kind: "stop", id: current.id, graceMs: it.pod.spec.terminationGraceMs, why: fatal });
  } else if (!stopping) {
    const { due, nextAtMs } = dueProbes(before, now.monotonicMs);
    for (const probe of due) {
      actions.push({ kind: "probe", id: current.id, container: container.name, probe });
      probes = probeBegun(probes, probe);
    }
    wakeAfterMs = nextAtMs - now.monotonicMs;
  }
  const status = {
    ...identity(it, current),
    ready: isReady(before) && !stopping && fatal === undefined,
    started: hasStarted(before),
    restartCount: current.attempt,
    state: { running: { startedAt: rfc3339Seconds(current.startedAtMs) } },
    lastState: lastStateBefore(it, current),
  };
  return { status, actions, probes, wakeAfterMs };
}

function decideExited(it: ContainerCase, current: ExitedContainer, now: Now): ContainerVerdict {
  const terminated = terminatedOf(current, it.view.gateway.runtime);
  const stopped = { ...identity(it, current), ready: false, started: false, restartCount: current.attempt };
  const ended = { ...stopped, state: { terminated }, lastState: lastStateBefore(it, current) };
  if (!restarts(it.pod, current.exitCode)) return { status: ended, actions: [], wakeAfterMs: never };
  const waitMs = restartWaitMs(current, it.view.backoff);
  const restMs = Math.max(0, waitMs - current.endedAgoMs);
  const message = `back-off ${waitMs / 1000}s restarting failed container`;
  return startOrWait(it, ended, terminated, { restMs, waitMs, message }, now);
}

/** The runtime has no life of it: it never ran, or the runtime's state was lost with the machine. */
function decideMissing(it: ContainerCase, now: Now): ContainerVerdict {
  const { told, container } = it;
  const ran = told !== undefined && told.containerID !== "";
  const terminated = told && ran ? endOf(told, now) : undefined;
  const base: ContainerStatus = {
    name: container.name,
    image: container.image,
    imageID: "",
    containerID: told?.containerID ?? "",
    ready: false,
    started: false,
    restartCount: Math.max(0, it.nextAttempt - 1),
    state: terminated ? { terminated } : { waiting: { reason: "ContainerCreating" } },
    lastState: told?.lastState ?? nothing,
  };
  if (terminated && !restarts(it.pod, terminated.exitCode)) return { status: base, actions: [], wakeAfterMs: never };
  return startOrWait(it, base, terminated, undefined, now);
}

/** `backOff`: why and for how long its own end keeps it from starting; a refused start and a blocked pod do too. */
function startOrWait(
  it: ContainerCase,
  status: ContainerStatus,
  terminated: Terminated | undefined,
  backOff: { readonly restMs: number; readonly waitMs: number; readonly message: string } | undefined,
  now: Now,
): ContainerVerdict {
  const { blocked, told, view, container } = it;
  const failure = view.memory.failures.get(container.name) ?? view.memory.failures.get("");
  const refusedMs = failure ? Math.max(0, failure.atMs + failure.waitMs - now.monotonicMs) : 0;
  const restMs = Math.max(backOff?.restMs ?? 0, refusedMs);
  const lastState = terminated ? { terminated } : status.lastState;
  if (!blocked && restMs === 0) {
    // Still waiting as far as anybody was told: the next news is that it runs.
    const waits = told?.state.waiting && told.containerID === status.containerID;
    const kept = waits ? { ...status, state: told.state, lastState } : status;
    return {
      status: kept,
      actions: [],
      start: { attempt: it.nextAttempt, waitedMs: backOff?.waitMs },
      wakeAfterMs: never,
    };
  }
  const refused = failure && refusedMs > 0 ? { reason: "RunContainerError", message: failure.message } : undefined;
  const crashed = backOff && { reason: "CrashLoopBackOff", message: backOff.message };
  const held = blocked && { reason: blocked.reason, message: blocked.message };
  const waiting = held ?? refused ?? crashed ?? { reason: "ContainerCreating" };
  return { status: { ...status, state: { waiting }, lastState }, actions: [], wakeAfterMs: blocked ? never : restMs };
}

/** How it ended as far as was told; what was told as running has ended unseen. */
function endOf(told: ContainerStatus, now: Now): Terminated | undefined {
  const { state, lastState, containerID } = told;
  if (!state.running) return state.terminated ?? lastState.terminated;
  return {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "the runtime no longer knows the container",
    startedAt: state.running.startedAt,
    finishedAt: rfc3339Seconds(now.wallMs),
    containerID,
  };
}

function restarts(pod: Pod, exitCode: number): boolean {
  const { restartPolicy } = pod.spec;
  return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
}

/** How the life before this one ended: as the runtime still knows, else as was told. */
function lastStateBefore(it: ContainerCase, current: ContainerState): StatusState {
  const before = it.lives.find(({ attempt }) => attempt < current.attempt);
  if (before?.state === "exited") return { terminated: terminatedOf(before, it.view.gateway.runtime) };
  const { told } = it;
  if (!told) return nothing;
  return told.containerID !== idOf(it, current) && told.state.terminated ? told.state : told.lastState;
}

function identity(it: ContainerCase, current: ContainerState) {
  const { name, image } = it.container;
  return { name, image, imageID: "", containerID: idOf(it, current) };
}

function idOf(it: ContainerCase, { id }: ContainerState): string {
  return `${it.view.gateway.runtime}://${id}`;
}

/** The labels of a life: which spec it was started with, and the wait before it. */
export function labelsOf(specHash: string, waitedMs: number | undefined): Record<string, string> {
  return { [specHashLabel]: specHash, ...(waitedMs === undefined ? {} : { [backoffLabel]: String(waitedMs) }) };
}

export const specHashLabel = "holdfast.spec-hash";

/** Memory without what belongs to containers that are gone. */
export function pruned(memory: PodMemory, alive: ReadonlySet<string>): PodMemory {
  const keep = <V>(map: ReadonlyMap<string, V>) => new Map([...map].filter(([id]) => alive.has(id)));
  return { ...memory, stopReasons: keep(memory.stopReasons), probes: keep(memory.probes) };
}
