import type { NodeStatus } from "@holdfast/sdk";
import { age, state, table } from "./output.ts";

/** Where each node stands; with the state of its link where that of any is known. */
export function nodeTable(
  nodes: readonly NodeStatus[],
  linkOf: (node: NodeStatus) => string | undefined = () => undefined,
): string {
  const linked = nodes.some((node) => linkOf(node) !== undefined);
  const rows = nodes.map((node) => [
    node.node,
    state(node.status),
    ...(linked ? [state(linkOf(node) ?? "-")] : []),
    node.lastContactMs ? `${age(node.lastContactMs)} ago` : "-",
    agreement(node.desired),
    agreement(node.reported),
    String(node.outboxEvents),
    String(node.openProposals),
    String(node.withheld),
    String(node.gapEvents),
  ]);
  const link = linked ? ["LINK"] : [];
  const header = [
    "NODE",
    "STATUS",
    ...link,
    "CONTACT",
    "DESIRED",
    "REPORTED",
    "OUTBOX",
    "PROPOSALS",
    "WITHHELD",
    "LOST",
  ];
  return table(header, rows);
}

function agreement(side: NodeStatus["desired"]): string {
  if (!side) return "-";
  if (side.cloudPosition !== side.edgePosition) return state("pending");
  return `${state(side.equal ? "equal" : "differs")} (${side.objects})`;
}
