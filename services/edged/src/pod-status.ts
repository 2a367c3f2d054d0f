import { isJsonObject, parseRfc3339, rfc3339Seconds } from "@holdfast/kernel";
import type { ExitedContainer } from "./runtime.ts";

/** core/v1 PodStatus, as far as edged fills it in. Times are RFC 3339. */
export interface PodStatus {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  /** Why the pod as a whole is where it is; a code, and a sentence. */
  readonly reason?: string;
  readonly message?: string;
  readonly hostIP: string;
  readonly podIP: string;
  readonly startTime: string;
  readonly conditions: readonly PodCondition[];
  readonly containerStatuses: readonly ContainerStatus[];
}

export interface PodCondition {
  readonly type: "PodScheduled" | "Initialized" | "ContainersReady" | "Ready" | "LimitsEnforced";
  readonly status: "True" | "False";
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  /** `<runtime>://<id>` of the life that the state is about; "" before the first. */
  readonly containerID: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: StatusState;
  readonly lastState: StatusState;
}

/** At most one of the three; {} = nothing. */
export interface StatusState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: Terminated;
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly containerID: string;
}

/** What a container's runtime tells of an end, in Kubernetes' words. */
export function terminatedOf(container: ExitedContainer, runtime: string): Terminated {
  return {
    exitCode: container.exitCode,
    reason: container.reason,
    ...(container.message === "" ? {} : { message: container.message }),
    startedAt: rfc3339Seconds(container.startedAtMs),
    finishedAt: rfc3339Seconds(container.finishedAtMs),
    containerID: `${runtime}://${container.id}`,
  };
}

/** A status that an earlier edged wrote; `undefined` when it is none. */
export function readPodStatus(text: string): PodStatus | undefined {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isPodStatus(status) ? status : undefined;
}

function isPodStatus(status: unknown): status is PodStatus {
  if (!isJsonObject(status) || typeof status.phase !== "string") return false;
  if (typeof status.startTime !== "string" || parseRfc3339(status.startTime) === undefined) return false;
  const { conditions, containerStatuses } = status;
  if (!Array.isArray(conditions) || !conditions.every(isJsonObject)) return false;
  return Array.isArray(containerStatuses) && containerStatuses.every(isContainerStatus);
}

function isContainerStatus(status: unknown): boolean {
  if (!isJsonObject(status) || typeof status.name !== "string") return false;
  return Number.isSafeInteger(status.restartCount) && isJsonObject(status.state) && isJsonObject(status.lastState);
}

/** As kubelet's `getPhase`: from how the containers stand and whether they will be started again. */
export function phaseOf(
  containers: readonly ContainerStatus[],
  restartPolicy: "Always" | "OnFailure" | "Never",
): PodStatus["phase"] {
  const neverRan = containers.some(({ state, lastState }) => state.waiting && !lastState.terminated);
  if (neverRan || containers.length === 0) return "Pending";
  const codes = containers.map(({ state }) => state.terminated?.exitCode);
  if (codes.some((code) => code === undefined) || restartPolicy === "Always") return "Running";
  if (codes.every((code) => code === 0)) return "Succeeded";
  return restartPolicy === "Never" ? "Failed" : "Running";
}
