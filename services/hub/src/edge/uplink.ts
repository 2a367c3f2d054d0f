import { deflateRawSync } from "node:zlib";
import { onEvent, sleep } from "@holdfast/kernel";
import {
  type Epoch,
  FrameBodyCodec,
  type FrameReply,
  linkEvents,
  logAcked,
  logOutbox,
  type OutboxPage,
  outgoing,
} from "@holdfast/proto";
import { askCloud, askLog, type EdgeHub, HelloNeeded, rethrowAsHello } from "./hub.ts";

/** How far the uplink is, for the heartbeat's comparison. */
export interface Uplink {
  readonly epoch: Epoch;
  /** up_seq that the cloud has taken. */
  taken: number;
  /** Grows when a frame leaves and when its answer comes: an even, unchanged value means quiet. */
  turns: number;
  /** The log did not hear of the last acknowledgement: it is told again when there is nothing else to send. */
  unnoted: boolean;
}

/** Same frame, tried again this often before the link counts as broken. */
const frameTriesMax = 3;
/** The outbox is looked at this often even when nobody told of news. */
const pollMs = 1000;

/**
 * Sends the outbox in order, one frame at a time; the answer is the acknowledgement (docs/protocol.md 4).
 * The next page is read while a frame is under way. Ends by throwing.
 */
export async function runUplink(hub: EdgeHub, uplink: Uplink, signal: AbortSignal): Promise<never> {
  const news = watchOutgoing(hub, signal);
  try {
    let page = await readPage(hub, uplink.epoch, uplink.taken);
    while (!signal.aborted) {
      if (page.items.length === 0) {
        await news.after(uplink.taken);
        if (uplink.unnoted) noteTaken(hub, uplink);
        page = await readPage(hub, uplink.epoch, uplink.taken);
        continue;
      }
      const next = readPage(hub, uplink.epoch, page.lastUpSeq);
      next.catch(() => {});
      await sendPage(hub, uplink, page, signal);
      page = await next;
    }
    throw new HelloNeeded("the link ended");
  } finally {
    news.stop();
  }
}

function readPage(hub: EdgeHub, epoch: Epoch, afterUpSeq: number): Promise<OutboxPage> {
  return askLog(hub, logOutbox, { epoch, afterUpSeq }).catch(rethrowAsHello);
}

async function sendPage(hub: EdgeHub, uplink: Uplink, page: OutboxPage, signal: AbortSignal): Promise<void> {
  uplink.turns += 1;
  const { context } = hub;
  const { taken, mark } = await deliver(hub, page, signal);
  if (!taken) throw new HelloNeeded(`the cloud stands at ${mark?.upSeq ?? "nothing"}, not at ${uplink.taken}`);
  uplink.taken = page.lastUpSeq;
  uplink.turns += 1;
  context.stats.count("frames_sent");
  context.stats.count("events_sent", page.items.length);
  noteTaken(hub, uplink);
}

/** Not awaited: the next frame, whose acknowledgement stands for this one too, need not wait for the disk. */
function noteTaken(hub: EdgeHub, uplink: Uplink): void {
  uplink.unnoted = false;
  askLog(hub, logAcked, { epoch: uplink.epoch, upSeq: uplink.taken }).catch((error) => {
    uplink.unnoted = true;
    hub.context.logger.warn({ error: String(error) }, "could not note the acknowledgement");
  });
}

async function deliver(hub: EdgeHub, page: OutboxPage, signal: AbortSignal): Promise<FrameReply> {
  const { clock, config, stats } = hub.context;
  const body = FrameBodyCodec.encode({ items: page.items });
  const small = body.length < config.compressFromBytes ? body : deflateRawSync(body, { level: 1 });
  const compressed = small.length < body.length;
  stats.count("frame_bytes", compressed ? small.length : body.length);
  const frame = {
    epoch: page.epoch,
    lastUpSeq: page.lastUpSeq,
    chain: page.chain,
    digest: page.digest,
    encoding: compressed ? ("deflate" as const) : ("plain" as const),
    body: compressed ? small : body,
    machineId: hub.context.machineId,
    timeoutMs: config.requestTimeoutMs,
  };
  for (let tries = 1; ; ) {
    try {
      const reply = await askCloud(hub, linkEvents, frame);
      if (reply.retryAfterMs === 0) return reply;
      stats.count("frames_deferred");
      await sleep(clock, reply.retryAfterMs, signal);
      if (signal.aborted) throw new HelloNeeded("the link ended");
    } catch (error) {
      // Whether it arrived is unknown; the hub refuses a repeat whole, so the same frame may go again.
      if (tries === frameTriesMax || signal.aborted || error instanceof HelloNeeded) throw error;
      tries += 1;
      stats.count("frames_repeated");
    }
  }
}

function watchOutgoing({ context: { bus, clock } }: EdgeHub, signal: AbortSignal) {
  let latest = 0;
  let wake = () => {};
  const subscription = onEvent(bus, outgoing, {}, ({ lastUpSeq }) => {
    latest = lastUpSeq;
    wake();
  });
  const ended = () => wake();
  signal.addEventListener("abort", ended);
  return {
    /** Resolves when there is something after `upSeq` or the signal aborts, at the latest after `pollMs`. */
    after(upSeq: number): Promise<void> {
      if (latest > upSeq) {
        // Believed once: a log that lost its tail has less than it told.
        latest = upSeq;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        if (signal.aborted) return resolve();
        // Not a signal per event: Node keeps one made of others until they abort, with all that it reaches.
        wake = () => {
          wake = () => {};
          cancel();
          resolve();
        };
        const cancel = clock.after(pollMs, () => wake());
      });
    },
    stop() {
      subscription.stop();
      signal.removeEventListener("abort", ended);
    },
  };
}
