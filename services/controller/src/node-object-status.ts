import { rfc3339Seconds } from "@holdfast/kernel";
import type { Mark } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import type { JsonObject } from "./object-json.ts";
import { conditionOf, lastContactMs } from "./presence.ts";

/** A core/v1 NodeStatus. Silence makes a node Unknown and moves nothing away from it. */
export function nodeObjectStatus({ context, presence, reports }: Controller, node: string): JsonObject {
  const { clock, config } = context;
  const condition = conditionOf(presence, node, clock.monotonicMs(), config.nodeSilentMs);
  const contactMs = lastContactMs(presence, node);
  const words = {
    Ready: ["True", "HeartbeatReceived", "the node sends heartbeats"],
    Unknown: ["Unknown", "NodeSilent", `no heartbeat for ${config.nodeSilentMs} ms`],
    Pending: ["Unknown", "NeverSeen", "the node was never heard"],
  } as const;
  const [status, reason, message] = words[condition];
  const heartbeat = contactMs > 0 ? { lastHeartbeatTime: rfc3339Seconds(contactMs) } : {};
  const version = presence.contacts.get(node)?.beat.version ?? "";
  const duplicate = duplicateIdentity(node, reports.reports.get(node)?.mark);
  return {
    conditions: [{ type: "Ready", status, reason, message, ...heartbeat }, ...duplicate],
    ...(version === "" ? {} : { nodeInfo: { kubeletVersion: `holdfast ${version}` } }),
  };
}

/** The condition, while an operator has to decide (docs/protocol.md 5). */
function duplicateIdentity(node: string, mark: Mark | undefined): JsonObject[] {
  const { undecided = false, refused = [] } = mark?.machines ?? {};
  if (!undecided) return [];
  const message = `${refused.join(" and ")} both claim to be ${node}: holdfast node accept-machine ${node} MACHINE`;
  return [{ type: "DuplicateIdentity", status: "True", reason: "SeveralMachines", message }];
}
