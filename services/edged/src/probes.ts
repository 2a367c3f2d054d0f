import type { ContainerSpec, Probe } from "@holdfast/kernel";
import type { ProbeOutcome } from "./runtime.ts";

export const probeKinds = ["startup", "liveness", "readiness"] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** Where one probe of one life of a container stands. */
export interface ProbeState {
  /** `unknown` until a threshold is reached for the first time. */
  readonly verdict: "unknown" | "passed" | "failed";
  readonly successes: number;
  readonly failures: number;
  /** Monotonic. */
  readonly nextAtMs: number;
  readonly running: boolean;
  /** Of the last failure. */
  readonly message: string;
}

export type ContainerProbes = Readonly<Partial<Record<ProbeKind, ProbeState>>>;

export function probeOf(container: ContainerSpec, kind: ProbeKind): Probe | undefined {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  return { startup: startupProbe, liveness: livenessProbe, readiness: readinessProbe }[kind];
}

/**
 * The probes of a container that runs since `ageMs`. `known`: what an earlier edged told of this very life, which
 * stays true until a probe says otherwise, so that a restart of edged makes nothing unready.
 */
export function beginProbes(
  container: ContainerSpec,
  ageMs: number,
  nowMs: number,
  known?: { readonly started: boolean; readonly ready: boolean },
): ContainerProbes {
  const passed = { startup: known?.started, liveness: known?.started, readiness: known?.ready };
  const begun: [ProbeKind, ProbeState][] = probeKinds.flatMap((kind) => {
    const probe = probeOf(container, kind);
    if (!probe) return [];
    const nextAtMs = nowMs + Math.max(0, probe.initialDelayMs - ageMs);
    const verdict = passed[kind] ? "passed" : "unknown";
    return [[kind, { verdict, successes: 0, failures: 0, nextAtMs, running: false, message: "" }]];
  });
  return Object.fromEntries(begun);
}

/** The startup probe has passed, or there is none. */
export function hasStarted(probes: ContainerProbes): boolean {
  return probes.startup === undefined || probes.startup.verdict === "passed";
}

export function isReady(probes: ContainerProbes): boolean {
  return hasStarted(probes) && (probes.readiness === undefined || probes.readiness.verdict === "passed");
}

/** Why the container must be stopped; `undefined` = it may go on. */
export function fatalProbe(probes: ContainerProbes): string | undefined {
  for (const kind of ["startup", "liveness"] as const) {
    const state = probes[kind];
    if (state?.verdict === "failed") return `its ${kind} probe failed: ${state.message}`;
  }
  return undefined;
}

/** The probes whose turn it is, and when the next one is due. Others wait for the startup probe. */
export function dueProbes(
  probes: ContainerProbes,
  nowMs: number,
): { readonly due: readonly ProbeKind[]; readonly nextAtMs: number } {
  const active = probeKinds.filter((kind) => (kind === "startup" ? !hasStarted(probes) : hasStarted(probes)));
  const waiting = active.flatMap((kind) => {
    const state = probes[kind];
    return state && !state.running ? [{ kind, atMs: state.nextAtMs }] : [];
  });
  return {
    due: waiting.filter(({ atMs }) => atMs <= nowMs).map(({ kind }) => kind),
    nextAtMs: Math.min(...waiting.filter(({ atMs }) => atMs > nowMs).map(({ atMs }) => atMs)),
  };
}

export function probeBegun(probes: ContainerProbes, kind: ProbeKind): ContainerProbes {
  const state = probes[kind];
  return state ? { ...probes, [kind]: { ...state, running: true } } : probes;
}

export function probeEnded(
  probes: ContainerProbes,
  kind: ProbeKind,
  probe: Probe,
  outcome: ProbeOutcome,
  nowMs: number,
): ContainerProbes {
  const state = probes[kind];
  if (!state) return probes;
  const successes = outcome.healthy ? state.successes + 1 : 0;
  const failures = outcome.healthy ? 0 : state.failures + 1;
  let { verdict } = state;
  if (successes >= probe.successThreshold) verdict = "passed";
  if (failures >= probe.failureThreshold) verdict = "failed";
  const message = outcome.healthy ? state.message : outcome.message;
  const next = { verdict, successes, failures, nextAtMs: nowMs + probe.periodMs, running: false, message };
  return { ...probes, [kind]: next };
}
