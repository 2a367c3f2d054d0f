import type { StoredMessage } from "@holdfast/kernel";
import {
  type Context,
  type DigestSum,
  digestOf,
  emptyDigest,
  entryHash,
  type Follower,
  publishEvent,
  replaceEntry,
  sameDigest,
} from "@holdfast/kernel";
import {
  DesiredCodec,
  desired,
  desiredChange,
  type Epoch,
  IncarnationCodec,
  incarnation,
  type SyncItem,
  TombstoneFloorCodec,
  tombstoneFloor,
} from "@holdfast/proto";
import { objectKey } from "../edge/desired.ts";
import { sameEpoch } from "../edge/hello.ts";

const stream = "DESIRED";

interface HeldItem {
  readonly item: SyncItem;
  /** Absent for a tombstone. */
  readonly hash: bigint | undefined;
}

/** What one node should have: the newest value of each of its keys, tombstones included. */
export interface NodeDesired {
  readonly items: Map<string, HeldItem>;
  /** The newest sequence for this node. */
  last: number;
  /** Tombstones up to here are gone: a node that knows less needs everything. */
  floor: number;
  digest: DigestSum;
}

/** The hub's memory of the stream DESIRED: a cache that a restart loads again (docs/protocol.md 6-7). */
export interface DesiredView {
  /** The cloud's incarnation, once everything was loaded under it; undefined = do not serve. */
  readonly incarnation: Epoch | undefined;
  /** Sequence of the last message handled. */
  readonly at: number;
  node(name: string): NodeDesired;
  /** Makes every digest anew from its objects; returns the nodes whose digest was wrong, and no longer is. */
  recount(): string[];
  /** Reads the incarnation from the leader; if it changed, loads everything again. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

interface Load {
  readonly nodes: Map<string, NodeDesired>;
  readonly incarnation: Epoch;
  at: number;
  ready: boolean;
  follower: Follower | undefined;
}

const nothing: NodeDesired = { items: new Map(), last: 0, floor: 0, digest: emptyDigest };

export function openDesiredView(context: Context<{ readonly reloadMs: number }>): DesiredView {
  let load: Load | undefined;
  let checking: Promise<void> | undefined;
  let stopped = false;
  let checkedMs = context.clock.monotonicMs();

  const reload = async (epoch: Epoch | undefined) => {
    const old = load;
    load = undefined;
    await old?.follower?.stop();
    if (!epoch) return;
    const fresh: Load = { nodes: new Map(), incarnation: epoch, at: 0, ready: false, follower: undefined };
    load = fresh;
    context.stats.count("desired_loads");
    const forget = () => {
      if (load === fresh) load = undefined;
    };
    const onMessage = (message: StoredMessage) => {
      if (load === fresh) takeOrSkip(context, fresh, message);
    };
    const filters = [desired.subject.filter(), tombstoneFloor.subject.filter()];
    const options = { filters, from: "lastPerSubject" as const };
    try {
      const follower = await context.streams.follow(stream, options, onMessage, forget);
      // Given up meanwhile: nobody else knows of this follower.
      if (load !== fresh) return await follower.stop();
      fresh.follower = follower;
      await follower.caughtUp;
      fresh.ready = true;
    } catch (error) {
      // Half loaded is not loaded: the next check begins anew.
      forget();
      throw error;
    }
  };
  const check = async () => {
    const stored = await context.streams.last(stream, incarnation.subject.build({}));
    const epoch = stored && IncarnationCodec.decode(stored.data).epoch;
    const nowMs = context.clock.monotonicMs();
    // Cut off, or suspended, for long: tombstones may have come and gone meanwhile (docs/protocol.md 6).
    const isOld = nowMs - checkedMs >= context.config.reloadMs;
    checkedMs = nowMs;
    if (stopped || (load && sameEpoch(load.incarnation, epoch) && !isOld)) return;
    await reload(epoch);
  };
  return {
    get incarnation() {
      return load?.ready ? load.incarnation : undefined;
    },
    get at() {
      return load?.at ?? 0;
    },
    node: (name) => load?.nodes.get(name) ?? nothing,
    recount: () => [...(load?.nodes ?? [])].filter(([, node]) => !recountNode(node)).map(([name]) => name),
    check() {
      checking ??= check().finally(() => {
        checking = undefined;
      });
      return checking;
    },
    stop() {
      stopped = true;
      return reload(undefined);
    },
  };
}

/** What is no Desired is left out, as the controller leaves it out: it must not end the hub, now and at each start. */
function takeOrSkip(context: Context<unknown>, load: Load, message: StoredMessage): void {
  const { subject, seq } = message;
  try {
    take(context, load, message);
  } catch (error) {
    context.stats.count("records_skipped");
    context.logger.error({ stream, subject, seq, error: String(error) }, "record not understood");
  }
}

function take(context: Context<unknown>, load: Load, message: StoredMessage): void {
  load.at = message.seq;
  const floor = tombstoneFloor.subject.parse(message.subject);
  if (floor) nodeIn(load, floor.node).floor = TombstoneFloorCodec.decode(message.data).seq;
  const params = desired.subject.parse(message.subject);
  if (!params) return;
  const { node: name, kind, namespace, name: objectName } = params;
  const node = nodeIn(load, name);
  const { removed, content } = DesiredCodec.decode(message.data);
  const item: SyncItem = { kind, namespace, name: objectName, version: message.seq, removed, content };
  const key = objectKey(item);
  const hash = removed ? undefined : entryHash(key, message.seq, content);
  node.digest = replaceEntry(node.digest, node.items.get(key)?.hash, hash);
  node.items.set(key, { item, hash });
  const prev = node.last;
  node.last = message.seq;
  if (!load.ready) return;
  context.stats.count("changes_sent");
  publishEvent(context.bus, desiredChange, { node: name }, { incarnation: load.incarnation, prev, item });
}

function nodeIn({ nodes }: Load, name: string): NodeDesired {
  const node = nodes.get(name) ?? { items: new Map(), last: 0, floor: 0, digest: emptyDigest };
  nodes.set(name, node);
  return node;
}

function recountNode(node: NodeDesired): boolean {
  const before = node.digest;
  const hashes: bigint[] = [];
  for (const [key, { item, hash: known }] of node.items) {
    if (item.removed) continue;
    const hash = entryHash(key, item.version, item.content);
    if (hash !== known) node.items.set(key, { item, hash });
    hashes.push(hash);
  }
  node.digest = digestOf(hashes);
  return sameDigest(before, node.digest);
}
