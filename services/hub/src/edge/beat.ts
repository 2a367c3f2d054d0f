import { digestFromMessage, digestText, digestToMessage, fraction, hasCode, sameDigest, sleep } from "@holdfast/kernel";
import { type BeatReply, linkBeat, logGetStatus } from "@holdfast/proto";
import { unreadableCount, unsupportedCount, withheldCount } from "./desired.ts";
import type { Downlink } from "./downlink.ts";
import { sameEpoch } from "./hello.ts";
import { askCloud, askLog, type EdgeHub, HelloNeeded } from "./hub.ts";
import type { Uplink } from "./uplink.ts";

/** Version told in heartbeats, for people. */
export const nodeVersion = "0.1.0";

/**
 * The node's lease and the net under everything else: every lost message is found here (docs/protocol.md 7).
 * Ends by throwing: HelloNeeded when the mark surprises, otherwise when the cloud does not answer.
 */
export async function runBeats(hub: EdgeHub, uplink: Uplink, downlink: Downlink, signal: AbortSignal): Promise<never> {
  const syncs = syncsBeside(hub, downlink);
  const beating = async (): Promise<never> => {
    while (!signal.aborted && !syncs.isOver) {
      await beat(hub, uplink, syncs);
      await pause(hub, signal);
    }
    throw new HelloNeeded("the link ended");
  };
  // Once for the whole link: a race keeps what it has made of a promise until that one is settled.
  return Promise.race([beating(), syncs.failed]);
}

// Jittered by a fifth, so that nodes that came back together do not beat together for ever.
function pause({ context }: EdgeHub, signal: AbortSignal): Promise<void> {
  const { clock, random, config } = context;
  const delayMs = config.beatMs * (0.9 + 0.2 * fraction(random));
  return sleep(clock, delayMs, signal);
}

async function beat(hub: EdgeHub, uplink: Uplink, syncs: SyncsBeside): Promise<void> {
  const { context, desired, openProposals } = hub;
  const status = await askLog(hub, logGetStatus, {});
  const { turns, taken } = uplink;
  const { position, incarnation, digest } = desired;
  const reply = await askCloud(hub, linkBeat, {
    position,
    desired: digestToMessage(digest),
    epoch: uplink.epoch,
    ackedUpSeq: taken,
    withheld: withheldCount(desired),
    unsupported: unsupportedCount(desired),
    openProposals: openProposals.size,
    outboxEvents: status.outboxEvents,
    gapEvents: status.gapEvents,
    version: nodeVersion,
    labels: labelsOf(context.config.labels),
    ...(incarnation ? { incarnation } : {}),
  });
  context.stats.count("beats");
  hub.lastContactMs = context.clock.wallMs();
  checkMark(uplink, turns, reply);
  if (syncs.underWay) return;
  const unmoved = position === desired.position && sameEpoch(incarnation, desired.incarnation);
  if (!sameEpoch(reply.incarnation, incarnation)) return syncs.begin(true);
  if (!unmoved || reply.at < position) return;
  if (reply.last > position) return syncs.begin(false);
  if (unreadableCount(desired) > 0) {
    context.stats.count("syncs_for_secrets");
    return syncs.begin(true);
  }
  const cloudDigest = digestFromMessage(reply.desired);
  if (sameDigest(cloudDigest, digest)) return;
  context.stats.count("desired_repairs");
  context.logger.error(
    { position, cloud: digestText(cloudDigest), node: digestText(digest) },
    "desired state differs at equal positions: taking everything again; please report this as a bug",
  );
  return syncs.begin(true);
}

interface SyncsBeside {
  readonly underWay: boolean;
  /** One has failed: none begins any more. */
  readonly isOver: boolean;
  /** Rejects when a sync failed so that the link must begin anew. */
  readonly failed: Promise<never>;
  /** Does nothing while one is under way; a later heartbeat finds what it left. */
  begin(full: boolean): void;
}

/** Beside the heartbeats, which are the node's lease: a full hub may say to come back after more than that lasts. */
function syncsBeside(hub: EdgeHub, downlink: Downlink): SyncsBeside {
  let underWay = false;
  let isOver = false;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => {
      isOver = true;
      reject(error);
    };
  });
  return {
    get underWay() {
      return underWay;
    },
    get isOver() {
      return isOver;
    },
    failed,
    begin(full) {
      if (underWay || isOver) return;
      underWay = true;
      sync(hub, downlink, full)
        .catch(fail)
        .finally(() => {
          underWay = false;
        });
    },
  };
}

/**
 * With a full log, or a hub that has too much to do, the link goes on, so that acknowledgements and deletions make
 * room; the next beat tries again.
 */
async function sync({ context }: EdgeHub, downlink: Downlink, full: boolean): Promise<void> {
  try {
    await downlink.sync(full);
  } catch (error) {
    if (!hasCode(error, "busy")) throw error;
    context.stats.count("syncs_busy");
    context.logger.warn(
      { reason: error.message },
      "desired state could not be taken now; the next heartbeat tries again",
    );
  }
}

/** Only a quiet uplink can be surprised: while a frame is under way the mark may be either. */
function checkMark(uplink: Uplink, turnsBefore: number, { mark }: BeatReply): void {
  if (uplink.turns !== turnsBefore || uplink.turns % 2 === 1) return;
  const cloudUpSeq = mark && sameEpoch(mark.epoch, uplink.epoch) ? mark.upSeq : 0;
  if (cloudUpSeq !== uplink.taken) {
    throw new HelloNeeded(`the cloud's mark is ${mark?.upSeq ?? "absent"}, expected ${uplink.taken}`);
  }
}

export function labelsOf(labels: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const label of labels) {
    const at = label.indexOf("=");
    if (at > 0) pairs[label.slice(0, at)] = label.slice(at + 1);
  }
  return pairs;
}
