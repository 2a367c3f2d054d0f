import type { ContainerStatus, PodStatus } from "./pod-status.ts";
import type { Tell } from "./pod-view.ts";

interface News {
  readonly what: string;
  readonly message: string;
  readonly reason?: string;
}

/**
 * What happened between two statuses, in the order in which it is told; nothing when they are equal. `reasons`: why
 * a container was stopped, by its id in the status.
 */
export function tellsOf(
  before: PodStatus | undefined,
  after: PodStatus,
  uid: string,
  reasons: ReadonlyMap<string, string>,
): Tell[] {
  const earlier = new Map(before?.containerStatuses.map((status) => [status.name, status]));
  const news: News[] = [];
  for (const status of after.containerStatuses) news.push(...containerNews(earlier.get(status.name), status, reasons));
  const wasReady = isReady(before);
  if (wasReady && !isReady(after)) news.push({ what: "unready", message: readyMessage(after) });
  if (!wasReady && isReady(after)) news.push({ what: "ready", message: "the pod is ready" });
  if (after.phase === "Failed" && (before?.phase !== "Failed" || before.message !== after.message)) {
    news.push({
      what: "failed",
      message: after.message ?? "a container ended and is not started again",
      ...reason(after),
    });
  }
  if (after.phase === "Pending" && after.message !== undefined && before?.message !== after.message) {
    news.push({ what: "pending", message: after.message, ...reason(after) });
  }
  if (news.length === 0) news.push({ what: before ? "changed" : "pending", message: "" });
  return news.map(({ what, message, reason = "" }) => ({ what, message, reason, uid, status: after }));
}

function containerNews(
  before: ContainerStatus | undefined,
  after: ContainerStatus,
  reasons: ReadonlyMap<string, string>,
): News[] {
  const news: News[] = [];
  const terminated = after.state.terminated ?? after.lastState.terminated;
  const known = [before?.state.terminated?.containerID, before?.lastState.terminated?.containerID];
  if (terminated && !known.includes(terminated.containerID)) {
    const stopped = reasons.get(terminated.containerID);
    const words = `${after.name} ended with ${terminated.exitCode}${stopped === undefined ? "" : `: ${stopped}`}`;
    const more = terminated.message === undefined ? "" : ` (${terminated.message})`;
    news.push({ what: "exited", message: words + more, reason: terminated.reason });
  }
  const { waiting, running } = after.state;
  if (waiting?.reason === "CrashLoopBackOff" && before?.state.waiting?.message !== waiting.message) {
    news.push({ what: "restarting", message: `${after.name}: ${waiting.message ?? ""}`, reason: waiting.reason });
  }
  if (running && (!before?.state.running || before.containerID !== after.containerID)) {
    const again = after.restartCount > 0 ? ` again (${after.restartCount})` : "";
    news.push({ what: "started", message: `${after.name} started${again}` });
  }
  return news;
}

function isReady(status: PodStatus | undefined): boolean {
  return status?.conditions.some(({ type, status: state }) => type === "Ready" && state === "True") ?? false;
}

function readyMessage(status: PodStatus): string {
  return status.conditions.find(({ type }) => type === "Ready")?.message ?? "the pod is not ready";
}

function reason(status: PodStatus): { readonly reason?: string } {
  return status.reason === undefined ? {} : { reason: status.reason };
}
