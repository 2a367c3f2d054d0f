import { fullJitterMs, type HoldfastError, hasCode, sleep } from "@holdfast/kernel";
import { type LogStatus, linkHello, logAcked, logGetStatus, logReport } from "@holdfast/proto";
import { runBeats } from "./beat.ts";
import { type Downlink, startDownlink } from "./downlink.ts";
import { afterHello } from "./hello.ts";
import { askCloud, askLog, type EdgeHub, HelloNeeded } from "./hub.ts";
import { untilUp } from "./until-up.ts";
import { runUplink, type Uplink } from "./uplink.ts";

/** After this long a session counts as a success and the back-off begins anew. */
const settledMs = 10_000;

export interface Link {
  /** Lets everything withheld go, by an operator's word. Resolves with how many. */
  acceptRemovals(): Promise<number>;
  stop(): Promise<void>;
}

/** Keeps the link to the cloud: connect, hello, then uplink, downlink and heartbeats until something breaks. */
export function startLink(hub: EdgeHub): Link {
  const ended = new AbortController();
  const downlink = startDownlink(hub);
  const running = keepLinked(hub, downlink, ended.signal);
  return {
    acceptRemovals: () => downlink.acceptRemovals(),
    async stop() {
      ended.abort();
      downlink.stop();
      await running;
    },
  };
}

async function keepLinked(hub: EdgeHub, downlink: Downlink, ended: AbortSignal): Promise<void> {
  const { clock, random, config, logger, stats } = hub.context;
  let attempt = 0;
  while (!ended.aborted) {
    if (hub.cloud.bus.status === "down") hub.context.stats.gauge("linked", 0);
    await untilUp(hub.cloud.bus, ended);
    // Full jitter before every hello: a thousand gateways that lost the same cloud do not return at once.
    await sleep(clock, fullJitterMs(random, attempt, config.reconnectBaseMs, config.reconnectMaxMs), ended);
    if (ended.aborted) return;
    if (hub.cloud.bus.status === "down") continue;
    const begunMs = clock.monotonicMs();
    try {
      await session(hub, downlink, ended);
    } catch (error) {
      attempt = clock.monotonicMs() - begunMs > settledMs ? 0 : attempt + 1;
      stats.count(error instanceof HelloNeeded ? "hellos_again" : "link_errors");
      stats.gauge("linked", 0);
      if (hasCode(error, "duplicate_identity")) refused(hub, error);
      if (!ended.aborted) logger.info({ reason: String(error), attempt }, "link interrupted");
    }
  }
}

function refused(hub: EdgeHub, error: HoldfastError): void {
  if (!hub.refused) hub.context.logger.error({ machine: hub.context.machineId, reason: error.message }, "not served");
  hub.refused = error;
}

/** One life of the link. Always ends by throwing. */
async function session(hub: EdgeHub, downlink: Downlink, ended: AbortSignal): Promise<never> {
  const over = new AbortController();
  const stop = () => over.abort();
  const forget = hub.cloud.bus.onStatus((status) => status === "down" && stop());
  ended.addEventListener("abort", stop, { once: true });
  const broken = new Promise<never>((_, reject) =>
    over.signal.addEventListener("abort", () => reject(new HelloNeeded("the connection to the cloud went down"))),
  );
  broken.catch(() => {});
  try {
    const status = await Promise.race([hello(hub), broken]);
    const { epoch, ackedUpSeq } = status;
    if (!epoch) throw new HelloNeeded("the log has no epoch yet");
    const uplink: Uplink = { epoch, taken: ackedUpSeq, turns: 0, unnoted: false };
    hub.context.stats.gauge("linked", 1);
    hub.context.logger.info({ epoch: epoch.counter, upSeq: ackedUpSeq }, "linked to the cloud");
    const loops = [runUplink(hub, uplink, over.signal), runBeats(hub, uplink, downlink, over.signal), broken];
    for (const loop of loops) loop.catch(() => {});
    return await Promise.race(loops);
  } finally {
    stop();
    forget();
    ended.removeEventListener("abort", stop);
  }
}

/** Compares with the cloud's mark and acts on it (docs/protocol.md 5). Returns where the uplink goes on. */
async function hello(hub: EdgeHub): Promise<LogStatus> {
  const { context, desired } = hub;
  const status = await askLog(hub, logGetStatus, {});
  const reply = await askCloud(hub, linkHello, {
    firstUpSeq: status.firstUpSeq,
    lastUpSeq: status.lastUpSeq,
    ackedUpSeq: status.ackedUpSeq,
    machineId: context.machineId,
    ...(status.epoch ? { epoch: status.epoch } : {}),
    ...(desired.incarnation ? { incarnation: desired.incarnation } : {}),
  });
  context.stats.count("hellos");
  hub.refused = undefined;
  const chainAt = reply.mark?.upSeq ?? 0;
  const known = await askLog(hub, logGetStatus, { chainAt });
  const action = afterHello(known, reply.mark);
  if (action.do === "go-on") return known;
  context.logger.info({ action: action.do, mark: reply.mark?.upSeq, acked: known.ackedUpSeq }, "hello");
  if (action.do === "new-epoch") {
    context.stats.count("epochs_begun");
    return askLog(hub, logReport, action.predecessor ? { predecessor: action.predecessor } : {});
  }
  const rewind = action.do === "send-again";
  const epoch = known.epoch;
  return askLog(hub, logAcked, { upSeq: action.upSeq, rewind, ...(epoch ? { epoch } : {}) });
}
