import { measure } from "./budget.ts";
import { clearStrayBases } from "./open.ts";
import type { OpenedLog } from "./opened.ts";
import { viewOfState } from "./opened.ts";
import { pointerKey } from "./pointer.ts";
import { ballastName, openVerified } from "./quarantine.ts";
import { eventKey } from "./record.ts";
import { finishCarry } from "./report.ts";

/** Removes what a crash left behind, and ends what it interrupted. Before anything else is written. */
export async function tidyUp(log: OpenedLog): Promise<void> {
  const { store, state } = log;
  await clearStrayBases(store, state.meta);
  await store.clear(eventKey(0), eventKey(state.meta.first));
  await finishCarry(log);
  const { epoch, upFirst } = state.meta;
  await store.clear(pointerKey(0, 0), pointerKey(epoch.counter, 0));
  if (upFirst > 1) await store.clear(pointerKey(epoch.counter, 0), pointerKey(epoch.counter, upFirst - 1));
}

/**
 * After a write failed for want of space the handle lies: what it acknowledges may be gone. So the ballast is
 * given back and the log opened and verified again, once (docs/protocol.md 11). False = there is no ballast.
 */
export async function reopenWithoutBallast(log: OpenedLog): Promise<boolean> {
  const { context, disk } = log;
  if (!(await disk.list()).includes(ballastName)) return false;
  // First, so that whatever still runs in the background knows that its store is gone.
  log.openings += 1;
  context.logger.error({}, "the disk is full: giving back the ballast and opening the log again");
  context.stats.count("reopened_full");
  await log.store.close();
  await disk.remove(ballastName);
  const { store, state } = await openVerified(context, disk);
  log.store = store;
  log.state = state;
  log.view = viewOfState(state);
  await measure(log, false);
  await tidyUp(log);
  return true;
}
