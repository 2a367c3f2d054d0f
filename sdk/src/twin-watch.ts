import { hasCode, type Message, sleep, systemClock, untilAborted } from "@holdfast/kernel";
import { appTwinHistory, type TwinHistoryReply, twinHistory } from "@holdfast/proto";
import type { Client } from "./connect.ts";
import { parseTwinEvent, type TwinEvent, type TwinGap } from "./twin-event.ts";
import { LiveTwins } from "./twin-live.ts";

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
  /** How often what was heard is compared with history, without any sign of loss. Default 30 000. */
  readonly checkMs?: number;
  readonly signal?: AbortSignal;
}

const pageMax = 1000;
const retryMs = 500;
const checkMsDefault = 30_000;
const never = new AbortController().signal;

/**
 * Twin events in order, each once, from `from` or from now on. Lost messages and lost connections are mended from
 * history; what cannot be told any more, or not in order, is told as a gap. Ends when the signal aborts. Error:
 * `invalid_argument` (a position of another bus).
 */
export async function* watchTwins(client: Client, options: WatchOptions): AsyncGenerator<TwinEvent | TwinGap> {
  const stopped = options.signal ?? never;
  const live = new LiveTwins(client.bus, options);
  try {
    const from = options.from ?? (await settle(stopped, () => now(client, options)));
    if (from === undefined) return;
    const told = new Told(from);
    while (!stopped.aborted) {
      live.mend();
      yield* catchUp(client, options, told, stopped);
      for await (const message of live.messages(options.checkMs ?? checkMsDefault, stopped)) {
        const position = told.take(sequenceOf(message));
        const event = position === undefined ? undefined : parseLive(message, position);
        if (event && isWanted(event, options)) yield event;
      }
    }
  } finally {
    live.stop();
  }
}

/** How far a watch has told everything, and what it told beyond that without having compared it with history. */
class Told {
  /** The position of the last event that was told. */
  cursor: string;
  /** Up to here nothing is missing. */
  #compared: string;
  readonly #since = new Set<number>();

  constructor(from: string) {
    this.cursor = from;
    this.#compared = from;
  }

  get compared(): string {
    return this.#compared;
  }

  /** The position of a live event that is new. */
  take(seq: number): string | undefined {
    if (seq <= sequenceAt(this.cursor)) return undefined;
    this.#since.add(seq);
    this.cursor = this.cursor.slice(0, this.cursor.lastIndexOf("/") + 1) + seq;
    return this.cursor;
  }

  /** What history says of an event: new, told already, or missing among those that were told. */
  compare(position: string): "new" | "told" | "missing" {
    const seq = sequenceAt(position);
    if (seq > sequenceAt(this.cursor)) return "new";
    return this.#since.has(seq) ? "told" : "missing";
  }

  /** Everything up to here is told, or was told as a gap. */
  agree(position: string): void {
    this.cursor = position;
    this.#compared = position;
    this.#since.clear();
  }
}

/**
 * Everything of history that was not told yet. It begins where history was read last: an event whose publication
 * was lost, when its log died at that moment, would not be seen behind a newer one that was heard.
 */
async function* catchUp(
  client: Client,
  options: WatchOptions,
  told: Told,
  stopped: AbortSignal,
): AsyncGenerator<TwinEvent | TwinGap> {
  let after = told.compared;
  let isMissing = false;
  for (;;) {
    const page = await settle(stopped, () => history(client, options, { position: after, limit: pageMax }));
    if (!page) return;
    const events = page.entries.flatMap(({ subject, body, position, atMs, actor }) => {
      const event = parseTwinEvent({ subject, data: body }, { position, atMs, actor }, body.length === 0);
      return event && isWanted(event, options) ? [event] : [];
    });
    isMissing ||= page.truncated || events.some(({ position }) => told.compare(position) === "missing");
    if (!page.more || events.some(({ position }) => told.compare(position) === "new")) {
      if (isMissing) yield { type: "gap", after: told.compared };
      isMissing = false;
    }
    for (const event of events) if (told.compare(event.position) === "new") yield event;
    after = page.position || after;
    if (!page.more) return told.agree(after);
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

function sequenceOf({ headers }: Message): number {
  return Number(headers?.get("Nats-Sequence") ?? headers?.get("Hf-Seq") ?? 0);
}

async function now(client: Client, options: WatchOptions): Promise<string> {
  return (await history(client, options, { sinceMs: Number.MAX_SAFE_INTEGER, limit: 1 })).position;
}

function history(client: Client, options: WatchOptions, request: object): Promise<TwinHistoryReply> {
  const { namespace = "default", device = "", property = "" } = options;
  const where = namespace === "*" ? "_" : namespace;
  return client.askTwin(twinHistory, appTwinHistory, where, { device, property, ...request });
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
