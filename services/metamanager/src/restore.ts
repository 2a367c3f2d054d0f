import { crc32 } from "node:zlib";
import {
  type Disk,
  HoldfastError,
  hasCode,
  randomId,
  type Store,
  type StoreOperation,
  type World,
} from "@holdfast/kernel";
import type { BackupPage } from "@holdfast/proto";
import { markProvisioned, newStoreName, storeName } from "./create.ts";
import { loadState } from "./open.ts";
import { metaKey } from "./record.ts";
import { decodeMeta, encodeMeta, type LogState } from "./state.ts";
import { readWitness, witnessOf, writeWitness } from "./witness.ts";

/** What stood in the place of the restored log, kept for people. */
const replacedPrefix = "log.replaced-";
/** So that no module of the life before can be taken for one of the life after. */
const grantSlack = 1000;

export interface Restored {
  readonly node: string;
  readonly lastSeq: number;
  readonly entities: number;
  /** The folder of the log that was there before; undefined = there was none. */
  readonly replaced?: string;
}

/**
 * Puts a backed-up log in the place of a gateway's log, whose metamanager must not run. It is verified whole before
 * anything is replaced, and it is fresh: nothing is sent before the cloud has been asked, because the cloud knows
 * events that this log has never had (docs/protocol.md 5). Errors: `log_locked`, `already_exists` (and not `force`),
 * `config_invalid` (of another gateway), `log_damaged`, `disk_full`.
 */
export async function restoreLog(
  world: Pick<World, "clock" | "random">,
  disk: Disk,
  pages: AsyncIterable<BackupPage>,
  { node, force }: { readonly node: string; readonly force: boolean },
): Promise<Restored> {
  const isThere = await disk.storeExists(storeName);
  if (isThere) await refuseLocked(disk);
  if (isThere && !force) {
    throw new HoldfastError("already_exists", `${node} has a log already; --force puts it aside and takes the backup.`);
  }
  await disk.remove(newStoreName);
  const store = await disk.openStore(newStoreName, { create: true });
  let state: LogState;
  try {
    await writePages(store, pages);
    state = await refreshed(world, disk, store, node);
  } finally {
    await store.close();
  }
  const replaced = isThere ? await putAside(world, disk) : undefined;
  await writeWitness(disk, witnessOf(state));
  await disk.rename(newStoreName, storeName);
  await markProvisioned(disk, { config: { node }, clock: world.clock });
  return {
    node,
    lastSeq: state.head.last,
    entities: state.entities.size,
    ...(replaced === undefined ? {} : { replaced }),
  };
}

async function refuseLocked(disk: Disk): Promise<void> {
  try {
    await (await disk.openStore(storeName, { create: false })).close();
  } catch (error) {
    // A damaged log is a reason to restore one.
    if (hasCode(error, "log_locked")) throw error;
  }
}

async function writePages(store: Store, pages: AsyncIterable<BackupPage>): Promise<void> {
  let check = 0;
  let isWhole = false;
  for await (const page of pages) {
    const operations: StoreOperation[] = [];
    for (const { key, value } of page.entries) {
      check = crc32(value, crc32(key, check));
      operations.push({ key, value });
    }
    if (check !== page.check)
      throw new HoldfastError("log_damaged", "The backup is damaged: a page is not what it was.");
    if (operations.length > 0) await store.write(operations);
    isWhole = !page.more;
  }
  if (!isWhole) throw new HoldfastError("log_damaged", "The backup is not whole: its end is missing.");
}

async function refreshed({ random }: Pick<World, "random">, disk: Disk, store: Store, node: string): Promise<LogState> {
  const { state } = await loadState(store);
  const meta = decodeMeta(await store.get(metaKey));
  if (meta.node !== node) {
    throw new HoldfastError("config_invalid", `This is a backup of the gateway ${meta.node}, not of ${node}.`);
  }
  const witness = await readWitness(disk);
  const granted = Math.max(meta.granted, witness?.granted ?? 0) + grantSlack;
  state.meta = { ...meta, life: randomId(random), granted, fresh: true };
  await store.write([{ key: metaKey, value: encodeMeta(state.meta) }]);
  return state;
}

async function putAside({ clock }: Pick<World, "clock">, disk: Disk): Promise<string> {
  for (const name of await disk.list()) if (name.startsWith(replacedPrefix)) await disk.remove(name);
  const name = `${replacedPrefix}${Math.floor(clock.wallMs())}`;
  await disk.rename(storeName, name);
  return name;
}
