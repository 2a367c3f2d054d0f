import { hasCode } from "@holdfast/kernel";
import type { OpenedLog } from "./opened.ts";
import { ballastName } from "./quarantine.ts";
import { eventKey } from "./record.ts";

/**
 * Looks at the sizes of log and disk. Over the soft limit the log says that it is pressed, over the hard one it
 * takes only what makes room, as far as a reserve reaches (docs/protocol.md 11). Keeps the ballast. Returns true
 * when `pressed` changed.
 */
export async function checkBudget(log: OpenedLog): Promise<boolean> {
  return measure(log, await keepBallast(log));
}

/** The same without making the ballast anew. */
export async function measure(log: OpenedLog, hasBallast: boolean): Promise<boolean> {
  const { disk, context } = log;
  const { softBytes, hardBytes, reserveBytes, freeMinBytes, ballastBytes } = context.config;
  const [used, free] = [await disk.usedBytes(), await disk.freeBytes()];
  const bytes = used - (hasBallast ? ballastBytes : 0);
  const before = log.pressed;
  log.bytes = bytes;
  log.pressed = bytes > softBytes || free < freeMinBytes || !hasBallast;
  log.full = bytes > hardBytes || free < freeMinBytes / 2;
  log.exhausted = bytes > hardBytes + reserveBytes || free < freeMinBytes / 4;
  context.stats.gauge("log_bytes", bytes);
  context.stats.gauge("disk_free_bytes", free);
  context.stats.gauge("pressed", log.pressed ? 1 : 0);
  if (log.pressed === before) return false;
  if (log.pressed) context.logger.warn({ bytes, free }, "the event log is pressed for space");
  else context.logger.info({ bytes, free }, "the event log has space again");
  return true;
}

/** True when the ballast is there. It is made only where it leaves enough space. */
async function keepBallast({ disk, context }: OpenedLog): Promise<boolean> {
  const { ballastBytes, freeMinBytes } = context.config;
  if (ballastBytes === 0 || (await disk.list()).includes(ballastName)) return true;
  if ((await disk.freeBytes()) < ballastBytes + freeMinBytes) return false;
  try {
    await disk.allocate(ballastName, ballastBytes);
    return true;
  } catch (error) {
    if (!hasCode(error, "disk_full")) throw error;
    await disk.remove(ballastName);
    return false;
  }
}

/** Gives the space of deleted events back to the file system; only while nothing else is going on. */
export async function giveBack(log: OpenedLog): Promise<void> {
  const { first } = log.view.meta;
  await log.store.compact(eventKey(0), eventKey(first));
  log.context.stats.count("compactions");
}
