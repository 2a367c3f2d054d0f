import { bucketSums, differingBuckets, HoldfastError, inBuckets } from "@holdfast/kernel";
import type { SyncItem, SyncReply, SyncRequest } from "@holdfast/proto";
import { sameEpoch } from "../edge/hello.ts";
import type { DesiredView, NodeDesired } from "./desired-view.ts";

/**
 * One page of a sync (docs/protocol.md 7). Changes are paged by version; everything is paged by key, so
 * that an object which moves to a newer version while the pages travel is still named.
 * Errors: `unavailable` (nothing loaded yet), `stale_epoch` (the pages began under another incarnation).
 */
export function answerSync(
  view: DesiredView,
  node: string,
  request: SyncRequest,
  hub: string,
  pageBytes: number,
): SyncReply {
  const { incarnation } = view;
  if (!incarnation) throw new HoldfastError("unavailable", "The hub is still loading desired state; try again.");
  const continued = request.cursor !== "";
  const sameLife = sameEpoch(request.incarnation, incarnation);
  if (continued && !sameLife) {
    throw new HoldfastError("stale_epoch", "The cloud began a new life between two pages; sync from the start.");
  }
  // Another hub may have answered the page before; one that is behind it would leave objects out.
  if (continued && view.at < request.upTo) {
    throw new HoldfastError("unavailable", "This hub is behind the one that answered the first page; try again.");
  }
  const held = view.node(node);
  const everything = !sameLife || request.since < Math.max(1, held.floor);
  const full = continued ? request.since === 0 : everything;
  const upTo = continued ? request.upTo : view.at;
  const buckets = !full ? allBuckets : continued ? request.buckets : differing(held, request.bucketSums);
  const page = full ? pageByKey(held, request.cursor, buckets, pageBytes) : pageByVersion(held, request, pageBytes);
  return { incarnation, upTo, hub, full, buckets, retryAfterMs: 0, ...page };
}

type Page = Pick<SyncReply, "items" | "more" | "cursor">;

const allBuckets = new Uint8Array();

/** What the node has otherwise than this hub, by buckets of keys. */
function differing({ items }: NodeDesired, sums: Uint8Array): Uint8Array {
  if (sums.length === 0) return allBuckets;
  const hashes: [string, bigint][] = [];
  for (const [key, { hash }] of items) if (hash !== undefined) hashes.push([key, hash]);
  return differingBuckets(bucketSums(hashes), sums);
}

function pageByKey(held: NodeDesired, cursor: string, buckets: Uint8Array, pageBytes: number): Page {
  const keys = [...held.items.keys()].filter((key) => key > cursor && inBuckets(buckets, key)).sort();
  return fill(
    keys,
    pageBytes,
    (key) => held.items.get(key)?.item,
    (key) => key,
  );
}

function pageByVersion(held: NodeDesired, request: SyncRequest, pageBytes: number): Page {
  const since = request.cursor === "" ? request.since : Number(request.cursor);
  const items = [...held.items.values()].map(({ item }) => item).filter(({ version }) => version > since);
  items.sort((a, b) => a.version - b.version);
  return fill(
    items,
    pageBytes,
    (item) => item,
    (item) => String(item.version),
  );
}

function fill<T>(
  list: readonly T[],
  pageBytes: number,
  itemOf: (one: T) => SyncItem | undefined,
  cursorOf: (one: T) => string,
): Page {
  const items: SyncItem[] = [];
  let bytes = 0;
  let cursor = "";
  for (const one of list) {
    const item = itemOf(one);
    if (!item) continue;
    if (items.length > 0 && bytes + item.content.length > pageBytes) return { items, more: true, cursor };
    items.push(item);
    bytes += item.content.length + item.kind.length + item.namespace.length + item.name.length + 16;
    cursor = cursorOf(one);
  }
  return { items, more: false, cursor: "" };
}
