import type { HistoryOptions, TwinEvent, Twins } from "@holdfast/sdk";

const pageMax = 1000;
const minuteMs = 60_000;
/** History is read forwards: how far back to look first, and then, before all of it is read. */
const looksMs = [minuteMs, 20 * minuteMs, 6 * 60 * minuteMs];

/** The last `limit` events since a time, else since ever; oldest first. `isAll` = there are no older ones. */
export async function newestEvents(
  twins: Pick<Twins, "history">,
  filter: HistoryOptions,
  limit: number,
  sinceMs: number | undefined,
): Promise<{ readonly events: readonly TwinEvent[]; readonly isAll: boolean }> {
  if (sinceMs !== undefined) return readAll(twins, { ...filter, sinceMs }, limit);
  for (const lookMs of looksMs) {
    const found = await readAll(twins, { ...filter, sinceMs: Date.now() - lookMs }, limit);
    if (!found.isAll || found.events.length === limit) return { ...found, isAll: false };
  }
  return readAll(twins, filter, limit);
}

async function readAll(twins: Pick<Twins, "history">, options: HistoryOptions, limit: number) {
  let events: readonly TwinEvent[] = [];
  let isAll = true;
  let from: string | undefined;
  for (;;) {
    const page = await twins.history({ ...options, limit: pageMax, ...(from === undefined ? {} : { from }) });
    const all = [...events, ...page.events];
    isAll &&= all.length <= limit;
    events = all.slice(-limit);
    if (!page.more) return { events, isAll };
    from = page.position;
  }
}
