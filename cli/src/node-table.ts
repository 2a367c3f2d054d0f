import type { NodeStatus } from "@holdfast/sdk";
import { age, state, table } from "./output.ts";

interface Column {
  readonly title: string;
  readonly cell: (node: NodeStatus) => string;
  /** Left out while it has nothing to say. */
  readonly rare?: boolean;
}

export interface NodeTableOptions {
  /** The state of a node's link, where that is known. */
  readonly linkOf?: (node: NodeStatus) => string | undefined;
}

/** Where each node stands, and whether cloud and gateway agree. */
export function nodeTable(nodes: readonly NodeStatus[], { linkOf = () => undefined }: NodeTableOptions = {}): string {
  const linked = nodes.some((node) => linkOf(node) !== undefined);
  const all: Column[] = [
    { title: "NODE", cell: ({ node }) => node },
    { title: "STATUS", cell: ({ status }) => state(status) },
    ...(linked ? [{ title: "LINK", cell: (node: NodeStatus) => state(linkOf(node) ?? "-") }] : []),
    { title: "CONTACT", cell: ({ lastContactMs }) => (lastContactMs ? `${age(lastContactMs)} ago` : "-") },
    { title: "DESIRED", cell: ({ desired }) => agreement(desired) },
    { title: "REPORTED", cell: ({ reported }) => agreement(reported) },
    { title: "OUTBOX", cell: ({ outboxEvents }) => String(outboxEvents) },
    { title: "PROPOSALS", cell: ({ openProposals }) => String(openProposals), rare: true },
    { title: "WITHHELD", cell: ({ withheld }) => String(withheld), rare: true },
    { title: "UNSUPPORTED", cell: ({ unsupported }) => String(unsupported), rare: true },
    { title: "PROVISIONAL", cell: ({ provisional }) => String(provisional), rare: true },
    { title: "LOST", cell: ({ gapEvents }) => String(gapEvents), rare: true },
  ];
  const saysSomething = ({ cell, rare }: Column) => !rare || nodes.some((node) => cell(node) !== "0");
  const columns = all.filter(saysSomething);
  return table(
    columns.map(({ title }) => title),
    nodes.map((node) => columns.map(({ cell }) => cell(node))),
  );
}

function agreement(side: NodeStatus["desired"]): string {
  if (!side) return "-";
  if (side.cloudPosition !== side.edgePosition) return state("pending");
  return `${state(side.equal ? "equal" : "differs")} (${side.objects})`;
}
