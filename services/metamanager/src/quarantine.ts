import { asHoldfastError, type Disk, hasCode, type Store } from "@holdfast/kernel";
import { createLog, emptySeed, isProvisioned, type Seed, storeName } from "./create.ts";
import { loadState } from "./open.ts";
import type { LogContext } from "./opened.ts";
import { type Salvaged, salvage } from "./salvage.ts";
import { countSalvage, forgetSalvages, shortLivesMax } from "./starts.ts";
import type { LogState } from "./state.ts";
import { checkWitness, readWitness, type Witness } from "./witness.ts";

/** A file of real blocks, given back when the disk is full. */
export const ballastName = "ballast";
const badPrefix = "log.bad-";
const copyName = "log.salvage";
/** A log that lost its tail may have had this many events more than anybody remembers. */
const seqSlack = 1_000_000;
const grantSlack = 1000;

export interface Verified {
  readonly store: Store;
  readonly state: LogState;
  /** The newest base was damaged and the one before it took its place. */
  readonly fellBack: boolean;
}

/**
 * Opens the node's log and verifies all of it. A first start makes it; a damaged one goes into quarantine and
 * a new one, with what could be saved, takes its place. Errors: `log_locked`, `disk_full`, `unavailable`.
 */
export async function openVerified(context: LogContext, disk: Disk, shortLives = 0): Promise<Verified> {
  if (!(await disk.storeExists(storeName)) && !(await isProvisioned(disk)) && !(await newestBad(disk))) {
    context.logger.info({ node: context.config.node }, "first start: making the event log");
    await withBallast(disk, () => createLog(context, disk, emptySeed));
  }
  try {
    if (shortLives >= shortLivesMax && (await disk.storeExists(storeName))) {
      context.logger.warn({ shortLives }, "the log's process keeps ending soon: checking its files in another one");
      await disk.checkStore?.(storeName);
    }
    return await verify(disk);
  } catch (error) {
    if (!hasCode(error, "log_damaged", "log_missing")) throw error;
    context.logger.error({ problem: error.message }, "the event log is damaged: it goes into quarantine");
    context.stats.count("quarantines");
  }
  await withBallast(disk, () => quarantine(context, disk));
  return verify(disk);
}

async function verify(disk: Disk): Promise<Verified> {
  const store = await withBallast(disk, () => disk.openStore(storeName, { create: false }));
  try {
    const { state, fellBack } = await loadState(store);
    const witness = await readWitness(disk);
    if (witness) {
      await checkWitness(store, state, witness);
      state.meta = { ...state.meta, granted: Math.max(state.meta.granted, witness.granted) };
    }
    return { store, state, fellBack };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** On a full disk the ballast is given back, once (docs/protocol.md 11). */
async function withBallast<T>(disk: Disk, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, "disk_full") || !(await disk.list()).includes(ballastName)) throw error;
    await disk.remove(ballastName);
    return work();
  }
}

/**
 * The damaged log is kept beside the new one, the one before it goes. The new epoch is fresh: nothing is sent
 * before the cloud has been asked, and modules fold anew, because all sequences are beyond what they know.
 */
async function quarantine(context: LogContext, disk: Disk): Promise<void> {
  if (await disk.storeExists(storeName)) {
    for (const name of await disk.list()) if (name.startsWith(badPrefix)) await disk.remove(name);
    await disk.rename(storeName, `${badPrefix}${Math.floor(context.clock.wallMs())}`);
  }
  try {
    await startAnew(context, disk);
  } finally {
    // What is counted are ends without a word; a disk that stays full must not use the attempts up.
    await forgetSalvages(disk);
  }
}

async function startAnew(context: LogContext, disk: Disk): Promise<void> {
  const witness = await readWitness(disk);
  const saved = await trySalvage(context, disk, witness);
  const meta = saved?.meta;
  const seed: Seed = {
    lastSeq: Math.max(witness?.seq ?? 0, saved?.lastSeq ?? 0) + seqSlack,
    epochCounter: Math.max(witness?.epoch.counter ?? 0, meta?.epoch.counter ?? 0),
    granted: Math.max(witness?.granted ?? 0, meta?.granted ?? 0) + grantSlack,
    gapEvents: Math.max(witness?.gapEvents ?? 0, meta?.gapEvents ?? 0),
    quarantines: Math.max(witness?.quarantines ?? 0, meta?.quarantines ?? 0) + 1,
    entities: saved?.entities ?? [],
    unacked: saved?.unacked ?? [],
    lostEvents: saved?.lostEvents ?? 0,
  };
  await createLog(context, disk, seed);
  const { entities, unacked, lostEvents } = seed;
  const counts = { entities: entities.length, unacked: unacked.length, lostEvents };
  context.logger.warn(counts, "a new event log took the place of the damaged one");
}

/** Attempts with a repair, then without; a copy that ends the process again and again is left alone. */
const repairsMax = 2;
const salvagesMax = 3;

async function trySalvage(
  context: LogContext,
  disk: Disk,
  witness: Witness | undefined,
): Promise<Salvaged | undefined> {
  const bad = await newestBad(disk);
  const begun = await countSalvage(disk);
  if (!bad || begun >= salvagesMax) return undefined;
  try {
    await disk.remove(copyName);
    await disk.copyStore(bad, copyName);
    if (begun < repairsMax) await disk.repairStore?.(copyName);
    return await salvage(disk, copyName, context.config.salvageExcept, witness);
  } catch (error) {
    if (hasCode(error, "disk_full")) throw error;
    context.logger.error({ problem: asHoldfastError(error).message }, "nothing could be saved of the damaged log");
    return undefined;
  } finally {
    await disk.remove(copyName);
  }
}

async function newestBad(disk: Disk): Promise<string | undefined> {
  const bad = (await disk.list()).filter((name) => name.startsWith(badPrefix));
  return bad.sort().at(-1);
}
