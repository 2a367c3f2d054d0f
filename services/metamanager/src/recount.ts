import { digestOf, entryHash, sameDigest } from "@holdfast/kernel";
import { LogEventCodec } from "@holdfast/proto";
import { type Located, readEntities } from "./events.ts";
import type { OpenedLog } from "./opened.ts";
import { damaged, isDigested } from "./record.ts";

/** Entities looked at between other commits. */
const stepEntities = 256;

/**
 * The digest of reported state, made anew from what is on disk, in small steps (docs/protocol.md 10). A difference
 * should never be seen: the log ends, and its next start verifies all of it. Error: `log_damaged`.
 */
export async function recount(log: OpenedLog, isCurrent: () => boolean): Promise<void> {
  const keys = [...log.state.entities].filter(([, { flags }]) => isDigested(flags)).map(([key]) => key);
  for (let from = 0; from < keys.length && isCurrent(); from += stepEntities) {
    const part = keys.slice(from, from + stepEntities);
    await log.committer.exclusively(() => checkEntities(log, part));
  }
  if (!isCurrent()) return;
  const { entities, head } = log.state;
  const hashes = [...entities.values()].flatMap(({ hash }) => (hash === undefined ? [] : [hash]));
  if (!sameDigest(digestOf(hashes), head.digest)) throw wrong("the digest is not the sum of its entries");
  log.context.stats.count("digests_recounted");
}

async function checkEntities({ store, state }: OpenedLog, keys: readonly string[]): Promise<void> {
  const located: Located[] = [];
  for (const key of keys) {
    const entity = state.entities.get(key);
    if (entity) located.push({ key, entity });
  }
  const raws = await readEntities(store, state.meta, located);
  for (const [index, { key, entity }] of located.entries()) {
    const { body } = LogEventCodec.decode(raws[index] ?? new Uint8Array());
    if (entity.hash !== undefined && entryHash(key, 0, body) !== entity.hash) throw wrong(`${key} has another hash`);
  }
}

function wrong(what: string) {
  return damaged(`counted anew, ${what}; please report this as a bug`);
}
