import { rfc3339Seconds } from "@holdfast/kernel";
import { type ContainerStatus, type PodCondition, type PodStatus, phaseOf } from "./pod-status.ts";
import type { Now } from "./pod-view.ts";

export interface StatusParts {
  readonly before: PodStatus | undefined;
  readonly hostIp: string;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  readonly containers: readonly ContainerStatus[];
  /** Why nothing can be started; `fatal`: and never will be as the pod is. */
  readonly blocked: { readonly reason: string; readonly message: string; readonly fatal: boolean } | undefined;
  /** Limits that the pod names and this gateway cannot hold it to. */
  readonly unheldLimits: string | undefined;
}

/** The pod's status; what has not changed keeps its times, so that equal states are equal texts. */
export function buildStatus(parts: StatusParts, now: Now): PodStatus {
  const { before, hostIp, containers, blocked } = parts;
  const phase = phaseNow(parts);
  const waiting = containers.find(({ state }) => state.waiting?.message !== undefined)?.state.waiting;
  const why = blocked ?? (phase === "Pending" ? waiting : undefined);
  return {
    phase,
    ...(why && { reason: why.reason }),
    ...(why?.message === undefined ? {} : { message: why.message }),
    hostIP: hostIp,
    podIP: hostIp,
    startTime: before?.startTime ?? rfc3339Seconds(now.wallMs),
    conditions: conditionsOf(parts, phase, now),
    containerStatuses: containers,
  };
}

function phaseNow({ containers, restartPolicy, blocked }: StatusParts): PodStatus["phase"] {
  const runs = containers.some(({ state }) => state.running);
  return blocked?.fatal && !runs ? "Failed" : phaseOf(containers, restartPolicy);
}

function conditionsOf(parts: StatusParts, phase: PodStatus["phase"], now: Now): PodCondition[] {
  const { before, containers, unheldLimits } = parts;
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const done = phase === "Succeeded";
  const ready = containers.length > 0 && unready.length === 0;
  const why = ready
    ? {}
    : {
        reason: done ? "PodCompleted" : "ContainersNotReady",
        ...(done || unready.length === 0 ? {} : { message: `containers with unready status: [${unready.join(" ")}]` }),
      };
  const readiness = { status: ready ? "True" : "False", ...why } as const;
  const wanted: Omit<PodCondition, "lastTransitionTime">[] = [
    { type: "PodScheduled", status: "True" },
    { type: "Initialized", status: "True" },
    { type: "ContainersReady", ...readiness },
    { type: "Ready", ...readiness },
  ];
  if (unheldLimits !== undefined) {
    wanted.push({ type: "LimitsEnforced", status: "False", reason: "NoControlGroup", message: unheldLimits });
  }
  return wanted.map((condition) => {
    const known = before?.conditions.find(({ type }) => type === condition.type);
    const same = known?.status === condition.status;
    return { ...condition, lastTransitionTime: same ? known.lastTransitionTime : rfc3339Seconds(now.wallMs) };
  });
}
