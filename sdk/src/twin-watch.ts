import { hasCode, type Message, sleep, systemClock } from "@holdfast/kernel";
import { type TwinHistoryReply, twinHistory } from "@holdfast/proto";
import type { Client } from "./connect.ts";
import { parseTwinEvent, type TwinEvent, type TwinGap } from "./twin-event.ts";
import { LiveTwins } from "./twin-live.ts";
import { untilAborted } from "./until-aborted.ts";

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

const pageMax = 1000;
const retryMs = 500;
const never = new AbortController().signal;

/**
 * Twin events in order, each once, from `from` or from now on. Lost messages and lost connections are mended from
 * history; what history no longer has is told as a gap. Ends when the signal aborts. Error: `invalid_argument` (a
 * position of another bus).
 */
export async function* watchTwins(client: Client, options: WatchOptions): AsyncGenerator<TwinEvent | TwinGap> {
  const stopped = options.signal ?? never;
  const live = new LiveTwins(client.bus, options);
  try {
    let cursor = options.from ?? (await settle(stopped, () => now(client, options)));
    while (!stopped.aborted && cursor !== undefined) {
      live.mend();
      cursor = yield* caughtUp(client, options, cursor, stopped);
      if (cursor === undefined) return;
      for await (const message of live.messages(stopped)) {
        const seq = sequenceOf(message);
        if (seq <= sequenceAt(cursor)) continue;
        cursor = positionAt(cursor, seq);
        const event = parseLive(message, cursor);
        if (event && isWanted(event, options)) yield event;
      }
    }
  } finally {
    live.stop();
  }
}

/** Everything of history after a position. Returns where it ends; undefined when stopped. */
async function* caughtUp(
  client: Client,
  options: WatchOptions,
  from: string,
  stopped: AbortSignal,
): AsyncGenerator<TwinEvent | TwinGap, string | undefined> {
  let cursor = from;
  for (;;) {
    const after = cursor;
    const page = await settle(stopped, () => history(client, options, { position: after, limit: pageMax }));
    if (!page) return undefined;
    if (page.truncated) yield { type: "gap", after };
    for (const { subject, body, position, atMs, actor } of page.entries) {
      const event = parseTwinEvent({ subject, data: body }, { position, atMs, actor }, body.length === 0);
      if (event && isWanted(event, options)) yield event;
    }
    cursor = page.position || after;
    if (!page.more) return cursor;
  }
}

function parseLive(message: Message, position: string): TwinEvent | undefined {
  const header = (name: string) => message.headers?.get(name) ?? "";
  const where = { position, atMs: Number(header("Hf-At")), actor: decoded(header("Hf-Actor")) };
  return parseTwinEvent(message, where, header("Hf-Ending") === "removal");
}

/** Headers carry only part of what a name may hold. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isWanted(event: TwinEvent, { property, node }: WatchOptions): boolean {
  if (node !== undefined && event.node !== node) return false;
  return property === undefined || ("property" in event && event.property === property);
}

/** Positions end in a sequence of their bus: "<bus>/<life>/<sequence>" (docs/protocol.md 8). */
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
  const { namespace = "default", device = "", property = "" } = options;
  return client.ask(twinHistory, { namespace: namespace === "*" ? "_" : namespace }, { device, property, ...request });
}

/** Asks until there is an answer; errors that no retry can mend pass. Undefined when stopped. */
async function settle<T>(stopped: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
  while (!stopped.aborted) {
    try {
      return await untilAborted(stopped, ask());
    } catch (error) {
      if (!hasCode(error, "timeout", "no_responders", "disconnected", "busy", "unavailable")) throw error;
      await sleep(systemClock, retryMs, stopped);
    }
  }
  return undefined;
}
