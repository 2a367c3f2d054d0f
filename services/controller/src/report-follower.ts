import type { Context, StoredMessage } from "@holdfast/kernel";
import { digestFromMessage, digestText, fewWarnings, HoldfastError, untilDone } from "@holdfast/kernel";
import { type Mark, MarkCodec, mark } from "@holdfast/proto";
import type { ControllerConfig } from "./config.ts";
import { evolveMark, evolveReports, type NodeReport, type Reports } from "./reports.ts";
import { everyStoredEvent, isAfter, readEvent, type StoredEvent } from "./stored-event.ts";

/** What all nodes said, kept up to date. */
export interface ReportFollower {
  readonly reports: Reports;
  /** Sequence in EVENTS up to which everything has been folded. */
  readonly at: number;
  stop(): Promise<void>;
}

const everyMark = mark.subject.filter();

/**
 * Folds STATUS, the last event per subject, and then EVENTS from where STATUS ended; nothing is missed in
 * between, because STATUS is a copy in the order of EVENTS (docs/protocol.md 4). `onEvent` hears of what is new
 * afterwards.
 */
export async function followReports(
  context: Context<Pick<ControllerConfig, "nodeEntriesMax">>,
  onEvent: (event: StoredEvent) => void,
): Promise<ReportFollower> {
  const { streams, stats, logger, config } = context;
  const { nodeEntriesMax } = config;
  const warn = fewWarnings(context);
  const reports: Reports = new Map();
  let at = 0;
  let live = false;
  const takeEvent = (message: StoredMessage) => {
    const event = readEvent(message);
    at = Math.max(at, message.originSeq ?? message.seq);
    if (!event) return;
    const before = reports.get(event.node)?.leftOut ?? 0;
    try {
      if (evolveReports(reports, event, nodeEntriesMax) && live) onEvent(event);
      const leftOut = (reports.get(event.node)?.leftOut ?? 0) - before;
      if (leftOut > 0) {
        stats.count("names_left_out", leftOut);
        warn(
          { node: event.node, subject: event.subject, nodeEntriesMax },
          "a node has too many names; new ones are left out",
        );
      }
    } catch (error) {
      stats.count("events_skipped");
      logger.warn({ subject: event.subject, type: event.type, error: String(error) }, "event not understood");
    }
  };
  const takeMark = (node: string, message: StoredMessage) => {
    at = Math.max(at, message.seq);
    const told = readMark(context, message);
    if (!told) return;
    const verdict = evolveMark(reports, node, told, nodeEntriesMax);
    stats.count(`marks_${verdict}`);
    if (verdict === "differs") alarm(context, node, reports.get(node));
  };
  const take = (message: StoredMessage) => {
    const params = mark.subject.parse(message.subject);
    if (params) takeMark(params.node, message);
    else takeEvent(message);
  };
  await untilDone(context, "reading STATUS", async () => {
    // What was read before it broke off is dropped the second time, as seen.
    for await (const message of streams.read("STATUS", { from: "lastPerSubject" })) takeEvent(message);
  });
  const folded = at;
  // A restored EVENTS may end before its copy does; the nodes send again what is missing (docs/protocol.md 5).
  const { lastSeq } = await untilDone(context, "the end of EVENTS", () => streams.info("EVENTS"));
  const options = { filters: [everyStoredEvent, everyMark], from: { seq: Math.min(folded, lastSeq) + 1 } };
  const onReset = () =>
    context.fail(new HoldfastError("stale_epoch", "The stream EVENTS was recreated; this controller loads it anew."));
  const follower = await untilDone(context, "following EVENTS", async () => {
    const started = await streams.follow("EVENTS", options, take, onReset);
    await started.caughtUp;
    return started;
  });
  await untilDone(context, "reading marks", () => takeOlderMarks(context, reports, folded, takeMark));
  live = true;
  return {
    reports,
    stop: () => follower.stop(),
    get at() {
      return at;
    },
  };
}

/** Undefined for bytes that are no mark: they must not end the controller, now and at each start. */
function readMark({ stats, logger }: Context<unknown>, { subject, data }: StoredMessage): Mark | undefined {
  try {
    return MarkCodec.decode(data);
  } catch (error) {
    stats.count("events_skipped");
    logger.warn({ subject, error: String(error) }, "mark not understood");
    return undefined;
  }
}

/** Marks of nodes that were quiet since STATUS ended; compared when everything else has been folded. */
async function takeOlderMarks(
  context: Context<unknown>,
  reports: Reports,
  folded: number,
  takeMark: (node: string, message: StoredMessage) => void,
): Promise<void> {
  for await (const message of context.streams.read("EVENTS", { filters: [everyMark], from: "lastPerSubject" })) {
    const node = mark.subject.parse(message.subject)?.node;
    if (node === undefined || message.seq > folded) continue;
    const told = readMark(context, message);
    if (!told) continue;
    const report = reports.get(node);
    const { epoch, upSeq } = told;
    // With newer events folded already, its newer mark is on the way.
    const isOld = report?.seen && epoch && isAfter({ epoch, upSeq, part: Number.MAX_SAFE_INTEGER }, report.seen);
    if (!report?.mark && !isOld) takeMark(node, message);
  }
}

function alarm({ logger }: Context<unknown>, node: string, report: NodeReport | undefined): void {
  const fields = {
    node,
    upSeq: report?.mark?.upSeq,
    cloud: report && digestText(report.digest),
    edge: digestText(digestFromMessage(report?.mark?.digest)),
  };
  logger.error(fields, "reported state differs from the node's at its mark; please report this as a bug");
}
