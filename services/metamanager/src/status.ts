import { digestToMessage } from "@holdfast/kernel";
import { type LogStatus, MarkCodec } from "@holdfast/proto";
import type { OpenedLog } from "./opened.ts";
import { chainAt } from "./outbox.ts";

/** Where the log stands, as of the last synced write, and the uplink chain at `upSeq`. */
export async function statusOf(log: OpenedLog, upSeq: number): Promise<LogStatus> {
  const { view, context, bytes, pressed } = log;
  const { meta, head } = view;
  const { epoch, node, acked: ackedUpSeq, gapEvents, quarantines, fresh } = meta;
  return {
    epoch,
    node,
    firstSeq: meta.first,
    lastSeq: head.last,
    firstUpSeq: meta.upFirst,
    lastUpSeq: head.upLast,
    ackedUpSeq,
    chain: await chainAt(log, upSeq),
    predecessor: meta.predecessor === "" ? undefined : MarkCodec.decode(Buffer.from(meta.predecessor, "base64")),
    digest: digestToMessage(head.digest),
    bytes,
    outboxEvents: head.upItems - head.ackedItems,
    gapEvents,
    quarantines,
    pressed,
    machineId: context.machineId,
    fresh,
  };
}
