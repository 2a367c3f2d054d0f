import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ContainerRequest } from "../runtime.ts";

type Life = Pick<ContainerRequest, "podUid" | "container" | "attempt">;

/** The id of a container's life, also in a pod's status. */
export function containerId({ podUid, container, attempt }: Life): string {
  return `${podUid}/${container}/${attempt}`;
}

/** Everything of one pod. Its parts were checked to be names, not paths, when the pod was read. */
export function podPath(dir: string, podUid: string): string {
  return join(dir, "pods", podUid);
}

/** Everything of one life of one container. */
export function containerPath(dir: string, { podUid, container, attempt }: Life): string {
  return join(podPath(dir, podUid), "containers", container, String(attempt));
}

/**
 * "NAME=value" in the environment of every process of a container, however it was re-parented. The folder names the
 * container among all gateways of this machine.
 */
export function containerMark(dir: string, life: Life): string {
  return `HOLDFAST_FOLDER=${containerPath(dir, life)}`;
}

/** The name of a container's control group: for people to read, and its own on this machine. */
export function containerGroup(dir: string, life: Life): string {
  const own = createHash("sha256").update(containerPath(dir, life)).digest("hex").slice(0, 8);
  return `${life.podUid}_${life.container}_${life.attempt}_${own}`;
}
