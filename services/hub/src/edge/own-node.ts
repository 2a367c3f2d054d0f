import { HoldfastError, handler } from "@holdfast/kernel";
import { objectGet, objectList } from "@holdfast/proto";
import { labelsOf, nodeVersion } from "./beat.ts";
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
      ({ hub }: S, { labelSelector }) => {
        const node = ownNode(hub);
        const wanted = Object.entries(labelsOf(labelSelector.split(",")));
        const isWanted = wanted.every(([name, value]) => node.metadata.labels[name] === value);
        return { items: isWanted ? [{ object: JSON.stringify(node) }] : [] };
      },
      { only },
    ),
  ];
}

/** The gateway as it knows itself: it is ready whatever the cloud makes of its silence. */
function ownNode({ context: { config }, cloud, refused }: EdgeHub) {
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
        ...(refused
          ? [{ type: "DuplicateIdentity", status: "True", reason: "NotServed", message: refused.message }]
          : []),
      ],
      nodeInfo: { kubeletVersion: `holdfast ${nodeVersion}` },
    },
  };
}
