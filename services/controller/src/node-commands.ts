import {
  type AcceptRemovalsReply,
  type AcceptRemovalsRequest,
  HoldfastError,
  nodeAcceptRemovals,
  type PodLogsReply,
  type PodLogsRequest,
  podLogs,
} from "@holdfast/proto";
import { unboundReason } from "./bind.ts";
import type { Controller } from "./controller.ts";
import { findObject } from "./find.ts";
import { clusterNamespace } from "./kinds.ts";
import { callNode } from "./node-call.ts";
import { nodeNameOf } from "./resources.ts";

/** Longest wait for new lines in one request. */
const waitMaxMs = 30_000;

/** Errors: `not_found`, `unavailable`, `timeout`, those of the node. */
export async function readPodLogs(
  controller: Controller,
  namespace: string,
  request: PodLogsRequest,
  actor: string,
): Promise<PodLogsReply> {
  const entry = await findObject(controller, { namespace, noun: "pod" }, request.name);
  const node = nodeNameOf(entry);
  if (node === "") {
    throw new HoldfastError("unavailable", `Pod "${request.name}" runs nowhere yet: ${unboundReason(entry)}.`);
  }
  const waitMs = Math.min(request.waitMs, waitMaxMs);
  const timeoutMs = waitMs + controller.context.config.callTimeoutMs;
  return callNode(controller, { node, actor, timeoutMs }, podLogs, { namespace }, { ...request, waitMs });
}

/** Errors: `invalid_argument`, `not_found`, `unavailable`, `timeout`, those of the node. */
export async function acceptRemovals(
  controller: Controller,
  { node }: AcceptRemovalsRequest,
  actor: string,
): Promise<AcceptRemovalsReply> {
  if (node === "") throw new HoldfastError("invalid_argument", "node: the name of the node is missing.");
  if (!controller.presence.contacts.has(node))
    await findObject(controller, { namespace: clusterNamespace, noun: "node" }, node);
  const timeoutMs = controller.context.config.callTimeoutMs;
  return callNode(controller, { node, actor, timeoutMs }, nodeAcceptRemovals, {}, { node });
}
