import type { Disk } from "@holdfast/kernel";
import { storeName } from "./create.ts";
import { loadState } from "./open.ts";
import { checkWitness, readWitness } from "./witness.ts";

/** Where the log that is looked at is copied to: opening it would change it. */
const copyName = "log.checked";

export interface CheckedLog {
  readonly node: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly entities: number;
  readonly quarantines: number;
}

/**
 * Verifies a log as a start would, on a copy, and changes nothing. Its metamanager must not run. Undefined = there is
 * no log. Errors: `log_damaged`, `disk_full` (no room for the copy).
 */
export async function checkLog(disk: Disk): Promise<CheckedLog | undefined> {
  if (!(await disk.storeExists(storeName))) return undefined;
  await disk.remove(copyName);
  try {
    await disk.copyStore(storeName, copyName);
    const store = await disk.openStore(copyName, { create: false });
    try {
      const { state } = await loadState(store);
      const witness = await readWitness(disk);
      if (witness) await checkWitness(store, state, witness);
      const { meta, head, entities } = state;
      const { node, first: firstSeq, quarantines } = meta;
      return { node, firstSeq, lastSeq: head.last, entities: entities.size, quarantines };
    } finally {
      await store.close();
    }
  } finally {
    await disk.remove(copyName);
  }
}
