import { type Context, HoldfastError, sleep } from "@holdfast/kernel";
import type { SyncReply, SyncRequest } from "@holdfast/proto";
import { sameEpoch } from "../edge/hello.ts";
import { type CloudHubConfig, waitDefaultMs } from "./config.ts";
import type { DesiredView } from "./desired-view.ts";
import { FairQueue } from "./fair-queue.ts";
import { answerSync } from "./sync.ts";
import { Turns } from "./turns.ts";

/** So long the hub does everything else between pages: long enough for what has come in meanwhile. */
const pauseMs = 1;
/** Weight of the newest measurement. */
const newest = 0.2;

interface Waiting {
  answer(): void;
  refuse(error: HoldfastError): void;
}

/** Answers syncs in turns (docs/protocol.md 7). */
export interface Syncs {
  /**
   * A page, or when to come back. Errors: those of `answerSync`, and `busy`: a newer request of the node took its
   * place, or nobody waits for it any more.
   */
  answer(node: string, request: SyncRequest): Promise<SyncReply>;
}

/**
 * Pages are made a few at a time: a thousand nodes that come back at once are a second of work, in which no frame and
 * no heartbeat of a healthy node would be looked at.
 */
export function openSyncs(context: Context<CloudHubConfig>, view: DesiredView): Syncs {
  const { clock, config, stats, random, instance } = context;
  const waiting = new FairQueue<Waiting>(config.syncsWaitingMax, ({ refuse }, why) => {
    stats.count(`syncs_${why}`);
    const reason = why === "replaced" ? "A newer request took its place." : "Nobody waits for it any more.";
    refuse(new HoldfastError("busy", reason));
  });
  const turns = new Turns(config, random);
  let running = false;
  let msPerPage = 0.5;

  const run = async () => {
    running = true;
    while (waiting.size > 0) {
      const startMs = clock.monotonicMs();
      let pages = 0;
      for (; pages < config.syncsAtOnce; pages += 1) {
        const one = waiting.take(clock.monotonicMs());
        if (!one) break;
        one.answer();
      }
      await sleep(clock, pauseMs);
      // Fewer say nothing about how fast a storm is served.
      if (pages === config.syncsAtOnce) msPerPage += newest * ((clock.monotonicMs() - startMs) / pages - msPerPage);
    }
    running = false;
  };
  return {
    async answer(node, request) {
      const endsMs = clock.monotonicMs() + (request.timeoutMs || waitDefaultMs);
      if (!sameEpoch(request.incarnation, view.incarnation)) await view.check();
      const nowMs = clock.monotonicMs();
      return new Promise((resolve, reject) => {
        const answer = () => {
          stats.count("syncs");
          try {
            resolve(answerSync(view, node, request, instance, config.syncPageBytes));
          } catch (error) {
            reject(error);
          }
        };
        if (!waiting.push(node, { answer, refuse: reject }, endsMs, nowMs)) {
          stats.count("syncs_deferred");
          return resolve(comeBack(turns.next(nowMs, msPerPage)));
        }
        if (!running) void run();
      });
    },
  };
}

function comeBack(retryAfterMs: number): SyncReply {
  const nothing = { incarnation: undefined, items: [], upTo: 0, more: false, cursor: "", hub: "", full: false };
  return { ...nothing, buckets: new Uint8Array(), retryAfterMs };
}
