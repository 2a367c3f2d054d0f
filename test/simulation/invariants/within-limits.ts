import type { NodeTruth } from "../node-truth.ts";
import { type Problem, problem } from "../problem.ts";
import type { Gateway, SimulatedWorld } from "../world.ts";

/** What this run allows a gateway's log. */
export interface Limits {
  readonly outboxMaxEvents: number;
  readonly frameEvents: number;
}

const generationsMax = 2;
const baseSpace = 0x30;

/** P7: at rest the outbox is empty, at most two generations of the base and one quarantined log are kept. */
export function withinLimits(gateway: Gateway, { status }: NodeTruth): Problem[] {
  const problems: Problem[] = [];
  const say = (detail: string) => problems.push(problem("within limits", `${gateway.name}: ${detail}`));
  if (status.outboxEvents > 0) say(`${status.outboxEvents} events in the outbox after everything was acknowledged`);
  const generations = generationsOf(gateway);
  if (generations > generationsMax) say(`${generations} generations of the base`);
  const stores = gateway.disk.storeNames.filter((name) => name !== "log");
  if (stores.length > 1) say(`damaged logs are kept without a limit: ${stores.join(", ")}`);
  return problems;
}

function generationsOf({ disk }: Gateway): number {
  const [gte, lt] = [Uint8Array.of(baseSpace), Uint8Array.of(baseSpace + 1)];
  const keys = disk.medium("log").scan({ gte, lt, limit: Number.MAX_SAFE_INTEGER });
  return new Set(keys.map(([key]) => Buffer.from(key).readUInt32BE(1))).size;
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
const metaKey = Uint8Array.of(0x01);
const checksumBytes = 4;

/** Pointers after the last that was acknowledged, as they are on the disk. */
function outboxOnDisk({ disk }: Gateway): number {
  if (!disk.storeNames.includes("log")) return 0;
  const medium = disk.medium("log");
  const head = medium.get(metaKey);
  if (!head) return 0;
  try {
    const { epoch, acked } = JSON.parse(Buffer.from(head.subarray(checksumBytes)).toString());
    const limit = Number.MAX_SAFE_INTEGER;
    return medium.scan({ gte: pointerKey(epoch.counter, acked + 1), lt: pointerKey(epoch.counter + 1, 0), limit })
      .length;
  } catch {
    // A record that a fault has damaged.
    return 0;
  }
}

function pointerKey(epochCounter: number, upSeq: number): Uint8Array {
  const key = Buffer.alloc(13);
  key[0] = 0x20;
  key.writeUInt32BE(epochCounter, 1);
  key.writeBigUInt64BE(BigInt(upSeq), 5);
  return key;
}
