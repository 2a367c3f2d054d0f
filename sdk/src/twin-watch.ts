import { type Bus, hasCode, type Message, sleep, systemClock } from "@holdfast/kernel";
import { type TwinHistoryReply, twinHistory, twinReported } from "@holdfast/proto";
import type { Client } from "./connect.ts";
import { parseTwinEvent, type TwinEvent, type TwinGap } from "./twin-event.ts";

export interface TwinFilter {
  /** Default "default"; "*" = all. */
  readonly namespace?: string;
  readonly device?: string;
  readonly property?: string;
  readonly node?: string;
}

export interface WatchOptions extends TwinFilter {
  /** Go on after this position; absent = what happens from now on. */
  readonly from?: string;
  readonly signal?: AbortSignal;
}

/** Live events that wait for a slow reader; when there are more, the watch reads them from history instead. */
export const waitingMax = 10_000;
const pageMax = 1000;
const retryMs = 500;
/** Also without any sign of loss the watch looks this often whether the live subject was silent wrongly. */
const checkMs = 30_000;

/**
 * Twin events in order, each once, from `from` or from now on. Lost messages and lost connections are mended from history; what
 * history no longer has is told as a gap. Ends when the signal aborts.
 */
export async function* watchTwins(client: Client, options: WatchOptions): AsyncGenerator<TwinEvent | TwinGap> {
  const live = openLive(client.bus, options);
  const stopped = options.signal ?? new AbortController().signal;
  try {
    let cursor = options.from ?? (await settle(stopped, () => now(client, options)));
    while (!stopped.aborted && cursor !== undefined) {
      live.whole();
      for (let more = true; more && !stopped.aborted; ) {
        const after: string = cursor;
        const page = await settle(stopped, () => history(client, options, { position: after, limit: pageMax }));
        if (!page) return;
        if (page.truncated) yield { type: "gap", after };
        for (const entry of page.entries) {
          const where = { position: entry.position, atMs: entry.atMs, actor: entry.actor };
          const event = parseTwinEvent({ subject: entry.subject, data: entry.body }, where, entry.body.length === 0);
          if (event && wanted(event, options)) yield event;
        }
        cursor = page.position || after;
        more = page.more;
      }
      for await (const message of live.messages(stopped)) {
        const seq = sequenceOf(message);
        if (cursor === undefined || seq <= sequenceAt(cursor)) continue;
        cursor = positionAt(cursor, seq);
        const { headers } = message;
        const where = {
          position: cursor,
          atMs: Number(headers?.get("Hf-At") ?? 0),
          actor: headers?.get("Hf-Actor") ?? "",
        };
        const event = parseTwinEvent(message, where, headers?.get("Hf-Ending") === "removal");
        if (event && wanted(event, options)) yield event;
      }
    }
  } finally {
    live.stop();
  }
}

function wanted(event: TwinEvent, { property }: WatchOptions): boolean {
  return property === undefined || !("property" in event) || event.property === property;
}

/** Positions end in a sequence of their bus: "<bus>/<life>/<sequence>". */
function sequenceAt(position: string): number {
  return Number(position.slice(position.lastIndexOf("/") + 1));
}

function positionAt(position: string, seq: number): string {
  return position.slice(0, position.lastIndexOf("/") + 1) + seq;
}

function sequenceOf({ headers }: Message): number {
  return Number(headers?.get("Nats-Sequence") ?? headers?.get("Hf-Seq") ?? 0);
}

async function now(client: Client, options: WatchOptions): Promise<string> {
  return (await history(client, options, { sinceMs: Number.MAX_SAFE_INTEGER, limit: 1 })).position;
}

function history(client: Client, options: WatchOptions, request: object): Promise<TwinHistoryReply> {
  const namespace = options.namespace === "*" ? "_" : (options.namespace ?? "default");
  return client.ask(twinHistory, { namespace }, { device: options.device ?? "", ...request });
}

/** Asks until there is an answer; errors that no retry can mend pass. */
async function settle<T>(stopped: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
  while (!stopped.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, "timeout", "disconnected", "no_responders", "busy", "unavailable")) throw error;
      await sleep(systemClock, retryMs, stopped);
    }
  }
  return undefined;
}

function openLive(bus: Bus, { node, namespace = "default", device }: WatchOptions) {
  let waiting: Message[] = [];
  let broken = false;
  let wake = () => {};
  const params = {
    ...(node === undefined ? {} : { node }),
    ...(namespace === "*" ? {} : { namespace }),
    ...(device === undefined ? {} : { device }),
  };
  // The contract's filter for one kind of event, widened to all kinds of the same twins.
  const filter = `${twinReported.subject.filter(params).split(".").slice(0, 5).join(".")}.>`;
  const breakNow = () => {
    broken = true;
    waiting = [];
    wake();
  };
  const subscription = bus.subscribe(filter, (message) => {
    if (broken) return;
    if (waiting.length >= waitingMax) return breakNow();
    waiting.push(message);
    wake();
  });
  const forget = bus.onStatus((status) => status === "up" && breakNow());
  let dropped = 0;
  return {
    /** From now on everything that arrives is kept again. */
    whole() {
      broken = false;
      dropped = subscription.dropped;
    },
    /** Ends when something may have been lost, or from time to time to make sure. */
    async *messages(stopped: AbortSignal): AsyncGenerator<Message> {
      const untilMs = systemClock.monotonicMs() + checkMs;
      while (!broken && subscription.dropped === dropped && !stopped.aborted) {
        const message = waiting.shift();
        if (message) {
          yield message;
          continue;
        }
        const leftMs = untilMs - systemClock.monotonicMs();
        if (leftMs <= 0) return;
        const told = new AbortController();
        wake = () => told.abort();
        await sleep(systemClock, leftMs, AbortSignal.any([stopped, told.signal]));
        wake = () => {};
      }
    },
    stop() {
      forget();
      subscription.stop();
    },
  };
}
