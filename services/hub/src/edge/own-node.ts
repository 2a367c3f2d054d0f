import { HoldfastError, handler, labelSelector } from "@holdfast/kernel";
import { objectGet, objectList } from "@holdfast/proto";
import { labelsOf, nodeVersion } from "./beat.ts";
import { unreadableCount } from "./desired.ts";
import type { EdgeHub } from "./hub.ts";

const only = () => ({ noun: "node" });

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
        return { items: found.map((object) => ({ object: JSON.stringify(object) })) };
      },
      { only },
    ),
  ];
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
