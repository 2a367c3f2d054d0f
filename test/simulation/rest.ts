import type { MemoryJetStream } from "@holdfast/kernel/testing";
import type { NodeTruth } from "./node-truth.ts";
import { markOf } from "./stored.ts";

/** Why a node is not at rest yet; undefined = it is. */
export function restless(
  server: MemoryJetStream,
  node: string,
  { status }: Pick<NodeTruth, "status">,
): string | undefined {
  const mark = markOf(server, node);
  if (!mark) return `${node} has no mark`;
  const { upSeq, epoch, beginUpSeq } = mark;
  if (epoch?.counter !== status.epoch?.counter)
    return `${node}: mark of epoch ${epoch?.counter}, log of ${status.epoch?.counter}`;
  if (upSeq !== status.lastUpSeq) return `${node}: mark ${upSeq}, log ${status.lastUpSeq}`;
  if (status.ackedUpSeq !== upSeq) return `${node}: acked ${status.ackedUpSeq} of ${upSeq}`;
  if (beginUpSeq !== 0) return `${node}: a state report is open`;
  return undefined;
}
