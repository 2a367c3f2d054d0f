import { defaultTerminationGraceMs, eventBytesMax, type Pod, parsePod } from "@holdfast/kernel";
import { buildStatus } from "./build-status.ts";
import { type ContainerVerdict, decideContainer, labelsOf, pruned, specHashLabel } from "./decide-container.ts";
import { type ResolvedInputs, resolveCommand, resolveInputs, resolveVolumes } from "./pod-inputs.ts";
import type { PodStatus } from "./pod-status.ts";
import { type DesiredPod, type PodRecord, readDesiredPod } from "./pod-table.ts";
import type { Action, Decision, Now, PodView } from "./pod-view.ts";
import type { ContainerState } from "./runtime.ts";
import { canonicalJson } from "./spec-hash.ts";
import { tellsOf } from "./tells.ts";

type Runnable = Extract<DesiredPod, { kind: "runnable" }>;
type Blocked = { readonly reason: string; readonly message: string; readonly fatal: boolean };

/** The pod and what it refers to, as they stand in one event of the log. */
const inputsBytesMax = eventBytesMax - 4 * 1024;
const never = Number.POSITIVE_INFINITY;

/**
 * What to do for one pod now. Level-triggered: it compares what is wanted with what is there, whatever happened in
 * between, and every action may fail or be forgotten without harm (docs/protocol.md 9).
 */
export function decide(view: PodView, now: Now): Decision {
  const memory = pruned(view.memory, new Set(view.containers.map(({ id }) => id)));
  const desired = view.record?.desired ?? salvaged(view);
  if (!desired) return { actions: unwanted(view), memory, wakeAfterMs: never };
  if (desired.kind === "refused") return { actions: refused(view, desired, now), memory, wakeAfterMs: never };
  return runnable({ ...view, memory }, desired, now);
}

/**
 * After the loss of the log: what was running, as it was started, is still wanted until the cloud has spoken
 * (docs/protocol.md 3).
 */
function salvaged({ synced, record }: PodView): Runnable | undefined {
  if (synced || !record?.inputs || record.removed) return undefined;
  const desired = readDesiredPod(record.inputs.pod, record.namespace, record.name);
  return desired.kind === "runnable" ? desired : undefined;
}

/** Stops what runs; when nothing does any more, the pod goes from runtime and log. */
function unwanted(view: PodView): Action[] {
  const known = view.record?.told !== undefined || view.record?.inputs !== undefined;
  // After the loss of the log its silence says nothing about what runs: only the cloud may remove (docs/protocol.md 3).
  if (!view.synced && !view.record?.removed) return [];
  const running = view.containers.filter(({ state }) => state === "running");
  if (running.length > 0) return stopping(view, running, "the pod was removed");
  const uids = new Set(view.containers.map(({ podUid }) => podUid));
  const removals: Action[] = [...uids].map((podUid) => ({ kind: "removePod", podUid }));
  const uid = view.record?.told?.uid ?? view.record?.inputs?.uid ?? "";
  return [...removals, ...(known ? [{ kind: "forget", uid } as const] : [])];
}

function stopping(view: PodView, containers: readonly ContainerState[], why: string): Action[] {
  const graceMs = recordedGraceMs(view.record);
  return containers
    .filter(({ id }) => !view.memory.stopping.has(id))
    .map(({ id }) => ({ kind: "stop", id, graceMs, why }));
}

/** Of the pod as it was started; its wish may have changed since, or be gone. */
function recordedGraceMs(record: PodRecord | undefined): number {
  try {
    return record?.inputs ? parsePod(record.inputs.pod).spec.terminationGraceMs : defaultTerminationGraceMs;
  } catch {
    return defaultTerminationGraceMs;
  }
}

/** A spec that cannot be run is told, once; what runs under this name is left alone. */
function refused(view: PodView, desired: Extract<DesiredPod, { kind: "refused" }>, now: Now): Action[] {
  const { reason, message, uid } = desired;
  const before = view.record?.told?.uid === uid ? view.record.told.status : undefined;
  const blocked = { reason, message, fatal: true };
  const { hostIp } = view.gateway.capabilities;
  const parts = { before, hostIp, restartPolicy: "Always", containers: [], blocked, unheldLimits: undefined } as const;
  return recording(view, uid, before, buildStatus(parts, now), undefined);
}

function runnable(view: PodView, desired: Runnable, now: Now): Decision {
  const { pod, specHash } = desired;
  const isCurrent = (it: ContainerState) => it.podUid === pod.uid && it.labels[specHashLabel] === specHash;
  const others = view.containers.filter((it) => !isCurrent(it) || !hasContainer(pod, it.container));
  const running = others.filter(({ state }) => state === "running");
  if (running.length > 0) {
    // What was saved of a damaged log may be older than what runs: only the cloud may replace it.
    if (!view.synced) return { actions: [], memory: view.memory, wakeAfterMs: never };
    const why = running.some(({ podUid }) => podUid === pod.uid) ? "the pod's spec changed" : "the pod was replaced";
    return { actions: stopping(view, running, why), memory: view.memory, wakeAfterMs: never };
  }
  const resolved = resolveFor(view, pod);
  const blocked = blockedBy(view, desired, resolved);
  const verdicts = pod.spec.containers.map((container) => {
    const all = view.containers.filter((it) => it.podUid === pod.uid && it.container === container.name);
    const lives = all.filter(isCurrent).sort((a, b) => b.attempt - a.attempt);
    const told = toldOf(view.record, desired)?.containerStatuses.find(({ name }) => name === container.name);
    const counted = view.record?.told?.uid === pod.uid ? restartsTold(view.record.told.status, container.name) : -1;
    const nextAttempt = Math.max(counted, ...all.map(({ attempt }) => attempt)) + 1;
    return decideContainer({ view, pod, container, lives, nextAttempt, told, blocked }, now);
  });
  const before = view.record?.told?.uid === pod.uid ? view.record.told.status : undefined;
  const containers = verdicts.map(({ status }) => status);
  const blocks = verdicts.some(({ status }) => status.state.waiting) ? blocked : undefined;
  const { hostIp } = view.gateway.capabilities;
  const unheldLimits = unheld(view, pod);
  const parts = { before, hostIp, restartPolicy: pod.spec.restartPolicy, containers, blocked: blocks, unheldLimits };
  const starts = pod.spec.containers.flatMap((container, index) => {
    const start = verdicts[index]?.start;
    return start ? [{ container, start }] : [];
  });
  const started = starts.length > 0 || view.containers.some(isCurrent);
  const inputs = started ? inputsToRecord(view, desired, resolved) : undefined;
  const actions: Action[] = recording(view, pod.uid, before, buildStatus(parts, now), inputs);
  actions.push(...prepareVolumes(view, pod, resolved, starts.length > 0 || inputs !== undefined));
  for (const { container, start } of starts) actions.push(...startAction(view, desired, container, start, resolved));
  for (const verdict of verdicts) actions.push(...verdict.actions);
  actions.push(...superseded(view, desired));
  return {
    actions,
    memory: remembered(view, verdicts, desired),
    wakeAfterMs: Math.min(...verdicts.map((it) => it.wakeAfterMs)),
  };
}

function hasContainer(pod: Pod, name: string): boolean {
  return pod.spec.containers.some((container) => container.name === name);
}

/** What was told, if it was about this very spec, or before anything of it was started. */
function toldOf(record: PodRecord | undefined, desired: Runnable): PodStatus | undefined {
  if (record?.told?.uid !== desired.pod.uid) return undefined;
  const same = record.inputs === undefined || record.inputs.specHash === desired.specHash;
  return same ? record.told.status : undefined;
}

/** The attempt that was told last; -1 = none was ever made. */
function restartsTold(status: PodStatus | undefined, name: string): number {
  const told = status?.containerStatuses.find((container) => container.name === name);
  return told && told.containerID !== "" ? told.restartCount : -1;
}

function resolveFor(view: PodView, pod: Pod): ResolvedInputs {
  const inputs = view.record?.inputs;
  const recorded = inputs?.uid === pod.uid ? inputs.configs : undefined;
  return resolveInputs(pod, view.config, (kind, name) => recorded?.get(`${kind}/${name}`));
}

function blockedBy(view: PodView, { pod, object }: Runnable, resolved: ResolvedInputs): Blocked | undefined {
  const { capabilities, node } = view.gateway;
  const index = pod.spec.containers.findIndex(({ volumeMounts }) => volumeMounts.length > 0);
  const path = index >= 0 ? `spec.containers[${index}].volumeMounts` : "spec.volumes";
  if (!capabilities.isolation && (index >= 0 || pod.spec.volumes.length > 0)) {
    const message = `${path} needs bubblewrap, which does not work on this gateway: install it, or use env instead`;
    return { reason: "needs_isolation", message, fatal: true };
  }
  const missing = [...resolved.missing];
  for (const container of missing.length > 0 ? [] : pod.spec.containers) {
    const command = resolveCommand(pod, container, resolved.objects, { node, hostIp: capabilities.hostIp });
    if ("missing" in command) missing.push(command.missing);
  }
  const volumes = missing.length > 0 ? undefined : resolveVolumes(pod, resolved.objects);
  if (volumes && "missing" in volumes) missing.push(volumes.missing);
  if (missing.length > 0) return { reason: "CreateContainerConfigError", message: missing.join("; "), fatal: false };
  const bytes = Buffer.byteLength(JSON.stringify(object)) + Buffer.byteLength(JSON.stringify(resolved.references));
  if (bytes <= inputsBytesMax) return undefined;
  const message = `the pod and what it refers to have ${bytes} bytes, more than the ${inputsBytesMax} that it may have`;
  return { reason: "too_large", message, fatal: true };
}

function unheld({ gateway }: PodView, pod: Pod): string | undefined {
  const { limits, missing } = gateway.capabilities;
  const { containers } = pod.spec;
  const cpu = !limits.cpu && containers.some((container) => container.limits.cpuMillis !== undefined);
  const memory = !limits.memory && containers.some((container) => container.limits.memoryBytes !== undefined);
  const names = [...(cpu ? ["cpu"] : []), ...(memory ? ["memory"] : [])];
  return names.length === 0 ? undefined : `limits of ${names.join(" and ")} do not hold here: ${missing}`;
}

/** The inputs as they must stand in the log before anything is started or changed with them. */
function inputsToRecord(view: PodView, { pod, object, specHash }: Runnable, resolved: ResolvedInputs) {
  const known = view.record?.inputs;
  const { references } = resolved;
  const same = known?.uid === pod.uid && known.specHash === specHash;
  if (same && canonicalJson(known.references) === canonicalJson(references)) return undefined;
  return { uid: pod.uid, specHash, pod: object, references };
}

function recording(
  view: PodView,
  uid: string,
  before: PodStatus | undefined,
  status: PodStatus,
  inputs: Extract<Action, { kind: "record" }>["inputs"],
): Action[] {
  const same = view.record?.told?.uid === uid && view.record.told.text === JSON.stringify(status);
  const { runtime } = view.gateway;
  const reasons = new Map([...view.memory.stopReasons].map(([id, why]) => [`${runtime}://${id}`, why]));
  const tells = same ? [] : tellsOf(before, status, uid, reasons);
  return tells.length > 0 || inputs ? [{ kind: "record", inputs, tells }] : [];
}

function prepareVolumes(view: PodView, pod: Pod, resolved: ResolvedInputs, needed: boolean): Action[] {
  if (!needed || pod.spec.volumes.length === 0 || !view.gateway.capabilities.isolation) return [];
  const volumes = resolveVolumes(pod, resolved.objects);
  return "missing" in volumes ? [] : [{ kind: "prepare", podUid: pod.uid, volumes: volumes.volumes }];
}

function startAction(
  view: PodView,
  { pod, specHash }: Runnable,
  container: Pod["spec"]["containers"][number],
  start: NonNullable<ContainerVerdict["start"]>,
  resolved: ResolvedInputs,
): Action[] {
  const { node, capabilities } = view.gateway;
  const command = resolveCommand(pod, container, resolved.objects, { node, hostIp: capabilities.hostIp });
  if ("missing" in command) return [];
  const readOnly = new Set(pod.spec.volumes.flatMap((volume) => (volume.kind === "projected" ? [volume.name] : [])));
  const { workingDir, limits, requests, image } = container;
  const request = {
    podUid: pod.uid,
    namespace: view.namespace,
    podName: view.name,
    container: container.name,
    attempt: start.attempt,
    image,
    ...command,
    ...(workingDir === undefined ? {} : { workingDir }),
    mounts: container.volumeMounts.map((mount) => ({
      ...mount,
      readOnly: mount.readOnly || readOnly.has(mount.volume),
    })),
    limits,
    requests,
    labels: labelsOf(specHash, start.waitedMs),
  };
  return [{ kind: "start", request }];
}

/** Ended lives: the last one before the current one stays, for its logs; all of other uids go. */
function superseded(view: PodView, { pod }: Runnable): Action[] {
  const uids = new Set(view.containers.map(({ podUid }) => podUid).filter((uid) => uid !== pod.uid));
  const removals: Action[] = [...uids].map((podUid) => ({ kind: "removePod", podUid }));
  for (const name of new Set(view.containers.map(({ container }) => container))) {
    const lives = view.containers.filter((it) => it.podUid === pod.uid && it.container === name);
    const old = lives.sort((a, b) => b.attempt - a.attempt).slice(2);
    removals.push(...old.map(({ id }) => ({ kind: "remove", id }) as const));
  }
  return removals;
}

function remembered(view: PodView, verdicts: readonly ContainerVerdict[], { pod, specHash }: Runnable) {
  const probes = new Map(view.memory.probes);
  for (const [index, verdict] of verdicts.entries()) {
    const name = pod.spec.containers[index]?.name;
    const current = view.containers.find(
      (it) =>
        it.state === "running" &&
        it.container === name &&
        it.podUid === pod.uid &&
        it.labels[specHashLabel] === specHash,
    );
    if (current && verdict.probes) probes.set(current.id, verdict.probes);
  }
  return { ...view.memory, probes };
}
