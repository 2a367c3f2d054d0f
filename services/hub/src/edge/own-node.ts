import { createHash } from "node:crypto";
import { HoldfastError, handler, labelSelector, sleep, waitMaxMs } from "@holdfast/kernel";
import { objectGet, objectList, objectWatch, type WatchReply, type WatchRequest } from "@holdfast/proto";
import { labelsOf, nodeVersion } from "./beat.ts";
import { unreadableCount } from "./desired.ts";
import type { EdgeHub } from "./hub.ts";

const only = () => ({ noun: "node" });
/** A waiting watch looks this often whether anything changed. */
const lookAgainMs = 1000;

/** `get` and `list` of nodes on the gateway's own bus: itself, and nobody else. */
export function nodeHandlers<S extends { readonly hub: EdgeHub }>() {
  return [
    handler(
      objectGet,
      ({ hub }: S, { name }) => {
        const { node } = hub.context.config;
        if (name !== node) throw new HoldfastError("not_here", `This is ${node}; ask the cloud about ${name}.`);
        return { object: JSON.stringify(ownNode(hub)) };
      },
      { only },
    ),
    handler(
      objectList,
      ({ hub }: S, request) => {
        const found = [ownNode(hub)].filter(labelSelector(request.labelSelector));
        return { items: found.map((object) => ({ object: JSON.stringify(object) })), position: versionOf(hub) };
      },
      { only },
    ),
    handler(objectWatch, ({ hub }: S, request) => watchOwnNode(hub, request), { only, concurrency: 256 }),
  ];
}

/** Answers when the node is another than at the position, or after the wait. Error: `invalid_argument`. */
async function watchOwnNode(hub: EdgeHub, request: WatchRequest): Promise<Pick<WatchReply, "events" | "position">> {
  const { clock, stopping } = hub.context;
  const isSelected = labelSelector(request.labelSelector);
  const endMs = clock.monotonicMs() + Math.min(request.waitMs, waitMaxMs);
  const since = request.position || versionOf(hub);
  for (;;) {
    const position = versionOf(hub);
    if (position !== since && isSelected(ownNode(hub))) {
      return { events: [{ type: "MODIFIED", object: JSON.stringify(ownNode(hub)) }], position };
    }
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= 0 || stopping.aborted) return { events: [], position };
    await sleep(clock, Math.min(lookAgainMs, leftMs), stopping);
  }
}

/** What is told of the node is not in the log; the same words are the same version. */
function versionOf(hub: EdgeHub): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(ownNode(hub)))
    .digest("base64url");
  return `${hub.context.config.node}/node/${digest}`;
}

/** The gateway as it knows itself: it is ready whatever the cloud makes of its silence. */
function ownNode({ context: { config }, cloud, desired, refused }: EdgeHub) {
  const isLinked = cloud.bus.status === "up";
  const cloudUrl = config.cloudUrl.replaceAll(/\/\/[^@/,]*@/g, "//");
  const labels: Readonly<Record<string, string>> = {
    "kubernetes.io/hostname": config.node,
    ...labelsOf(config.labels),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: config.node, labels },
    spec: {},
    status: {
      conditions: [
        { type: "Ready", status: "True", reason: "GatewayAnswers", message: "the gateway itself answers" },
        {
          type: "Linked",
          status: isLinked ? "True" : "False",
          reason: isLinked ? "Connected" : "Disconnected",
          message: isLinked ? `connected to ${cloudUrl}` : `no connection to ${cloudUrl}`,
        },
        secretsCondition(unreadableCount(desired)),
        ...(refused
          ? [{ type: "DuplicateIdentity", status: "True", reason: "NotServed", message: refused.message }]
          : []),
      ],
      nodeInfo: { kubeletVersion: `holdfast ${nodeVersion}` },
    },
  };
}

/** The key was lost or changed: pods that run go on, and the cloud gives the Secrets again. */
function secretsCondition(unreadable: number) {
  const [status, reason] = unreadable === 0 ? ["True", "KeyFits"] : ["False", "KeyChanged"];
  const advice = "bring the key back, or link the gateway: the cloud gives them again";
  const message = unreadable === 0 ? "" : `${unreadable} Secrets in the log were sealed with another key; ${advice}`;
  return { type: "SecretsReadable", status, reason, message };
}
