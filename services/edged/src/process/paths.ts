import { join } from "node:path";
import type { ContainerRequest } from "../runtime.ts";

type Life = Pick<ContainerRequest, "podUid" | "container" | "attempt">;

/** Everything of one pod. Its parts were checked to be names, not paths, when the pod was read. */
export function podPath(dir: string, podUid: string): string {
  return join(dir, "pods", podUid);
}

/** Everything of one life of one container. */
export function containerPath(dir: string, { podUid, container, attempt }: Life): string {
  return join(podPath(dir, podUid), "containers", container, String(attempt));
}
