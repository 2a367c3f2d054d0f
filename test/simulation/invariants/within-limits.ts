import { LogEventCodec } from "@holdfast/proto";
import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import { eventsOnDisk, metaOf } from "../stored.ts";
import type { Gateway, SimulatedWorld } from "../world.ts";

/** What this run allows a gateway's log. */
export interface Limits {
  readonly outboxMaxEvents: number;
  readonly frameEvents: number;
  readonly historyBytes: number;
}

/** As a gateway is configured that nobody configures. */
export const usualLimits: Limits = { outboxMaxEvents: 100_000, frameEvents: 256, historyBytes: 128 * 2 ** 20 };

/** A replay whose reader died pins what it read for a minute; after that, and a look of maintenance, it may go. */
const forgottenWithinMs = 65_000;

/** What `look` finds at rest; what is only held on to by a reader that died has a minute to go. */
export async function limitsAtRest(world: SimulatedWorld, look: () => Promise<Problem[]>): Promise<Problem[]> {
  const held = await look();
  if (held.length === 0) return [];
  await world.scheduler.runFor(forgottenWithinMs);
  return look();
}

const generationsMax = 2;
const baseSpace = 0x30;

/**
 * P7, at rest: the outbox is empty, the history is within its limit, at most two generations
 * of the base and one quarantined log are kept.
 */
export function withinLimits(gateway: Gateway, { status }: NodeTruth, { historyBytes }: Limits): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("within limits", `${gateway.name}: ${detail}`));
  if (status.outboxEvents > 0) say(`${status.outboxEvents} events in the outbox after everything was acknowledged`);
  const generations = generationsOf(gateway);
  if (generations > generationsMax) say(`${generations} generations of the base`);
  const { bytes, folded } = historyOf(gateway);
  if (bytes > historyBytes && folded > 0)
    say(`a history of ${bytes} bytes, ${historyBytes} are allowed, and the base has ${folded} of its events`);
  const stores = gateway.disk.storeNames.filter((name) => name !== "log");
  if (stores.length > 1) say(`damaged logs are kept without a limit: ${stores.join(", ")}`);
  return problems;
}

function generationsOf({ disk }: Gateway): number {
  const [gte, lt] = [Uint8Array.of(baseSpace), Uint8Array.of(baseSpace + 1)];
  const keys = disk.medium("log").scan({ gte, lt, limit: Number.MAX_SAFE_INTEGER });
  return new Set(keys.map(([key]) => Buffer.from(key).readUInt32BE(1))).size;
}

/** Bytes of all events on the disk, and how many of them nobody needs: all generations of the base have them. */
function historyOf({ disk }: Gateway): { readonly bytes: number; readonly folded: number } {
  const bases = metaOf(disk)?.bases ?? [];
  const oldest = Math.min(...bases.map(({ seq }) => seq));
  let [bytes, folded] = [0, 0];
  for (const { seq, event } of eventsOnDisk(disk)) {
    bytes += LogEventCodec.encode(event).length;
    if (bases.length > 0 && seq <= oldest) folded += 1;
  }
  return { bytes, folded };
}

/** P7, while the world runs: the outbox stays near its limit, and no frame is larger than a frame may be. */
export function watchLimits(world: SimulatedWorld, gateways: readonly Gateway[], limits: Limits): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => {
    if (problems.length < reportedMax) problems.push(problem("within limits", detail));
  };
  world.onUplink = ({ subject, data }) => {
    if (data.length > uplinkBytesMax) say(`${subject}: a message of ${data.length} bytes`);
  };
  // What may be on its way is never turned into a gap, and one append or report may come on top.
  const outboxMax = limits.outboxMaxEvents + 2 * limits.frameEvents + appendsOnTop;
  const look = () => {
    for (const gateway of gateways) {
      const count = outboxOnDisk(gateway);
      if (count > outboxMax)
        say(`${gateway.name}: ${count} events in the outbox, ${limits.outboxMaxEvents} are allowed`);
    }
    world.scheduler.after(lookMs, look);
  };
  world.scheduler.after(lookMs, look);
  return problems;
}

const reportedMax = 3;
const lookMs = 500;
const uplinkBytesMax = 300 * 1024;
const appendsOnTop = 100;
/** Pointers after the last that was acknowledged, as they are on the disk. */
function outboxOnDisk({ disk }: Gateway): number {
  const meta = metaOf(disk);
  if (!meta) return 0;
  const { epoch, acked } = meta;
  const limit = Number.MAX_SAFE_INTEGER;
  const [gte, lt] = [pointerKey(epoch.counter, acked + 1), pointerKey(epoch.counter + 1, 0)];
  return disk.medium("log").scan({ gte, lt, limit }).length;
}

function pointerKey(epochCounter: number, upSeq: number): Uint8Array {
  const key = Buffer.alloc(13);
  key[0] = 0x20;
  key.writeUInt32BE(epochCounter, 1);
  key.writeBigUInt64BE(BigInt(upSeq), 5);
  return key;
}
