import { checkTwinAt, cloudStreams, HoldfastError, type StoredMessage } from "@holdfast/kernel";
import type { TwinAtReply, TwinAtRequest } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { type Floor, ReportedUntil } from "./reported-until.ts";
import { readEvent, type StoredEvent } from "./stored-event.ts";
import { lifeOf, parseHistoryPosition, printHistoryPosition } from "./twin-position.ts";

/** Each may read all that is kept of a device, so they are few. */
export const pastsAtOnce = 2;
/** Events that one question may read; a device that says more in the time that is kept is answered with `timeout`. */
const eventsMax = 500_000;
const twinsMaxAgeMs = cloudStreams.find(({ name }) => name === "TWINS")?.maxAgeMs ?? 0;

/** How far TWINS reaches: before its beginning only the last event of each subject is known, from STATUS. */
interface Kept {
  readonly floor: Floor;
  /** The last sequence in EVENTS. */
  readonly endSeq: number;
  /** The last sequence in EVENTS that TWINS has. */
  readonly copiedSeq: number;
}

/**
 * The twin as it stood: what was reported and the reach, folded from the stored events in the order of EVENTS as the
 * live one is; times are those of the gateway (docs/protocol.md 13). Without desired values: these lie in a stream of
 * their own, and nothing orders the two. Errors: `not_found` (nothing was reported then), `out_of_range` (before what
 * is kept, or another life of the cloud), `invalid_argument`, `timeout`, `disconnected`.
 */
export async function twinAtOf(
  controller: Controller,
  namespace: string,
  request: TwinAtRequest,
): Promise<TwinAtReply> {
  const { device, atMs, position } = request;
  checkTwinAt(request);
  const life = lifeOf(controller.desired.incarnation);
  const wanted = position === "" ? undefined : parseHistoryPosition(position);
  if (wanted && wanted.life !== life)
    throw new HoldfastError("out_of_range", `position: ${position} is of an earlier life of the cloud; give a time.`);
  const kept = await keptBy(controller);
  if (wanted && wanted.seq > kept.endSeq)
    throw new HoldfastError("invalid_argument", `position: EVENTS has no event ${wanted.seq} yet.`);
  const fold = new ReportedUntil({ namespace, device }, kept.floor, wanted ? { seq: wanted.seq } : { atMs });
  await readInto(controller, fold, kept);
  return fold.reply((seq) => printHistoryPosition(life, seq));
}

const nothingLost: Floor = { seq: 0, atMs: 0 };

async function keptBy({ context: { streams, clock } }: Controller): Promise<Kept> {
  const { lastSeq: endSeq } = await streams.info("EVENTS");
  const { firstSeq, lastSeq, messages } = await streams.info("TWINS");
  const at = async (seq: number): Promise<StoredMessage | undefined> => {
    for await (const message of streams.read("TWINS", { from: { seq }, headersOnly: true })) return message;
    return undefined;
  };
  if (messages === 0) {
    const floor = lastSeq === 0 ? nothingLost : { seq: endSeq, atMs: clock.wallMs() - twinsMaxAgeMs };
    return { floor, endSeq, copiedSeq: 0 };
  }
  const [first, last] = await Promise.all([at(firstSeq), at(lastSeq)]);
  const copiedSeq = Math.min(last?.originSeq ?? 0, endSeq);
  if (firstSeq === 1) return { floor: nothingLost, endSeq, copiedSeq };
  return { floor: { seq: (first?.originSeq ?? 1) - 1, atMs: first?.storedAtMs ?? 0 }, endSeq, copiedSeq };
}

/** Errors: `timeout`, those of the streams. */
async function readInto({ context }: Controller, fold: ReportedUntil, kept: Kept): Promise<void> {
  const { streams, clock, config } = context;
  const endMs = clock.monotonicMs() + config.atTimeoutMs;
  const filters = [fold.filter];
  let events = 0;
  const takeAll = async (messages: AsyncIterable<StoredMessage>, isWanted: (seq: number) => boolean) => {
    for await (const message of messages) {
      events += 1;
      if (events > eventsMax || clock.monotonicMs() > endMs) throw tooLong();
      const event = readEvent(message);
      if (event && event.seq <= kept.endSeq && isWanted(event.seq)) fold.take(event, message.storedAtMs);
      if (fold.isComplete) return;
    }
  };
  if (kept.floor.seq > 0) {
    const older: StoredEvent[] = [];
    for await (const message of streams.read("STATUS", { filters, from: "lastPerSubject" })) {
      const event = readEvent(message);
      if (event && event.seq <= kept.floor.seq) older.push(event);
    }
    older.sort((a, b) => a.seq - b.seq);
    fold.takeOlder(older);
  }
  if (kept.copiedSeq > 0)
    await takeAll(streams.read("TWINS", { filters, from: "first" }), (seq) => seq > kept.floor.seq);
  const tail = Math.max(kept.copiedSeq, kept.floor.seq) + 1;
  if (tail > kept.endSeq || fold.isComplete) return;
  await takeAll(streams.read("EVENTS", { filters, from: { seq: tail } }), (seq) => seq >= tail);
}

function tooLong(): HoldfastError {
  return new HoldfastError("timeout", "The history of this device is too long to be read in the time for one answer.");
}
