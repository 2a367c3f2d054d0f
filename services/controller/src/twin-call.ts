import { checkTwinCall, randomId } from "@holdfast/kernel";
import { HoldfastError, type TwinCallReply, type TwinCallRequest, twinCall } from "@holdfast/proto";
import { unboundReason } from "./bind.ts";
import type { Controller } from "./controller.ts";
import { findObject } from "./find.ts";
import { callNode } from "./node-call.ts";
import { nodeNameOf } from "./resources.ts";

/**
 * Calls a method at the device's node, at most once; the node decides, and its answer is this one's. After `timeout`
 * it may have begun: the same id again tells, and begins nothing twice (docs/protocol.md 9). Errors: `not_found`,
 * `unavailable` (bound to no node, or its node is not linked), `expired`, `timeout`, those of the node.
 */
export async function callTwin(
  controller: Controller,
  namespace: string,
  request: TwinCallRequest,
  actor: string,
): Promise<TwinCallReply> {
  checkTwinCall(request);
  const { clock, random, config } = controller.context;
  const arrivedMs = clock.monotonicMs();
  const entry = await findObject(controller, { namespace, noun: "device" }, request.device);
  const node = nodeNameOf(entry);
  if (node === "") {
    throw new HoldfastError("unavailable", `Device "${request.device}" is on no node yet: ${unboundReason(entry)}.`);
  }
  const passedMs = Math.ceil(clock.monotonicMs() - arrivedMs);
  if (request.validForMs > 0 && passedMs >= request.validForMs) {
    throw new HoldfastError("expired", "It was not begun while it was valid.");
  }
  const validForMs = request.validForMs === 0 ? 0 : request.validForMs - passedMs;
  const asked = { ...request, id: request.id || randomId(random), validForMs };
  return callNode(controller, { node, actor, timeoutMs: config.callTimeoutMs }, twinCall, { namespace }, asked);
}
