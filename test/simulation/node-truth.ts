import { type Bus, call } from "@holdfast/kernel";
import {
  type LogEvent,
  LogEventCodec,
  type LogStatus,
  logGetStatus,
  logOutbox,
  logReplay,
  type UpItem,
  UpItemCodec,
} from "@holdfast/proto";
import { foldInto } from "./live.ts";
import type { SimulatedWorld } from "./world.ts";

/** Truth comes from the streams and from a full replay of the log, never from what a service believes. */
export interface NodeTruth {
  readonly status: LogStatus;
  /** Newest event of each key. */
  readonly log: ReadonlyMap<string, LogEvent>;
  /** Everything of the present epoch that can be sent again; empty unless it was asked for. */
  readonly outbox: readonly UpItem[];
}

const timeoutMs = 5000;

/** Error: those of `Bus.request`. */
export async function truthOf(world: SimulatedWorld, bus: Bus, withOutbox = false): Promise<NodeTruth> {
  const wait = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    work.then(
      () => (ended = true),
      () => (ended = true),
    );
    await world.scheduler.runUntil(() => ended, 60_000, "an answer of metamanager");
    return work;
  };
  const status = await wait(call(bus, logGetStatus, {}, {}, { timeoutMs }));
  const log = new Map<string, LogEvent>();
  let cursor = "";
  for (let more = true; more; ) {
    const page = await wait(call(bus, logReplay, {}, { cursor }, { timeoutMs }));
    for (const { event } of page.events) foldInto(log, LogEventCodec.decode(event));
    cursor = page.cursor;
    more = page.more;
  }
  const outbox: UpItem[] = [];
  for (let after = status.firstUpSeq - 1; withOutbox && after < status.lastUpSeq; ) {
    const { epoch } = status;
    const page = await wait(
      call(bus, logOutbox, {}, { ...(epoch ? { epoch } : {}), afterUpSeq: after }, { timeoutMs }),
    );
    if (page.items.length === 0) break;
    outbox.push(...page.items.map((item) => UpItemCodec.decode(item)));
    after = page.lastUpSeq;
  }
  return { status, log, outbox };
}
