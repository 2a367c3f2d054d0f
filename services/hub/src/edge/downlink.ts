import { type NewEvent, newEvent, onEvent, type Subscription, sleep } from "@holdfast/kernel";
import {
  type DesiredChange,
  desiredChange,
  desiredTaken,
  type Epoch,
  linkPosition,
  linkSync,
  logReport,
  type SyncItem,
  type SyncReply,
} from "@holdfast/proto";
import { appendAll } from "./append-all.ts";
import {
  bucketSumsOf,
  type Change,
  type DesiredState,
  isNameable,
  objectKey,
  paramsOf,
  planChanges,
  planFull,
} from "./desired.ts";
import { sameEpoch } from "./hello.ts";
import { askCloud, askLog, type EdgeHub } from "./hub.ts";
import { closeContent } from "./sealed.ts";

/** Live changes that wait while a sync runs; more are dropped and found by the next heartbeat. */
const liveMax = 4096;

/**
 * Takes desired state: live changes by `prev`, everything else by sync (docs/protocol.md 7).
 * One thing at a time, so that a change is planned against what the change before it left.
 */
export interface Downlink {
  /** Catches up from the own position, or takes everything. */
  sync(full: boolean): Promise<void>;
  /** Lets everything withheld go, by an operator's word. Resolves with how many. */
  acceptRemovals(): Promise<number>;
  stop(): void;
}

export function startDownlink(hub: EdgeHub): Downlink {
  const { context } = hub;
  let waiting: DesiredChange[] = [];
  let last: Promise<void> = Promise.resolve();

  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.then(
      () => {},
      () => {},
    );
    return turn;
  };
  const report = (error: unknown) => {
    context.stats.count("downlink_errors");
    context.logger.warn({ error: String(error) }, "could not take desired state; the heartbeat will find it");
  };
  const takeWaiting = async () => {
    const changes = waiting;
    waiting = [];
    if (changes.length > 0 && !(await takeLive(hub, changes))) await catchUp(hub, false);
  };

  const live: Subscription = onEvent(hub.cloud.bus, desiredChange, { node: context.config.node }, (change) => {
    // While the cloud serves another machine, or none, under this name, its changes are not for this one.
    if (hub.refused || waiting.length >= liveMax) return context.stats.count("live_dropped");
    waiting.push(change);
    if (waiting.length === 1) exclusively(takeWaiting).catch(report);
  });
  return {
    sync: (full) => exclusively(() => catchUp(hub, full)),
    // An object that the cloud names again at this moment stays.
    acceptRemovals: () => exclusively(() => acceptRemovals(hub)),
    stop: () => live.stop(),
  };
}

/** True when every change was taken or was old; false when one is missing before it. */
async function takeLive(hub: EdgeHub, changes: readonly DesiredChange[]): Promise<boolean> {
  const items: SyncItem[] = [];
  let position = hub.desired.position;
  let complete = true;
  for (const { incarnation, prev, item } of changes) {
    if (!item || !sameEpoch(incarnation, hub.desired.incarnation)) {
      complete = false;
      break;
    }
    if (item.version <= position) continue;
    if (prev > position) {
      complete = false;
      break;
    }
    items.push(...nameable(hub, [item]));
    position = item.version;
  }
  if (items.length > 0 && hub.desired.incarnation) {
    await commit(hub, planChanges(hub.desired, items), hub.desired.incarnation, position);
    hub.context.stats.count("live_taken", items.length);
  }
  return complete;
}

async function catchUp(hub: EdgeHub, full: boolean): Promise<void> {
  const { context, desired } = hub;
  const since = full ? 0 : desired.position;
  context.stats.count(since === 0 ? "syncs_full" : "syncs");
  const items: SyncItem[] = [];
  let page = await askPage(hub, since, undefined);
  const first = page;
  for (;;) {
    items.push(...nameable(hub, page.items));
    if (!page.more) break;
    page = await askPage(hub, since, { ...first, cursor: page.cursor });
    if (!sameEpoch(page.incarnation, first.incarnation)) return catchUp(hub, full);
  }
  const { incarnation, upTo } = first;
  if (!incarnation || olderCloud(desired.incarnation, incarnation)) return;
  if (!first.full) return commit(hub, planChanges(desired, items), incarnation, Math.max(upTo, desired.position));
  const changed = !sameEpoch(desired.incarnation, incarnation);
  if (!changed && upTo < desired.position) {
    // This hub does not know yet what was removed since; the heartbeat asks one that does.
    context.stats.count("syncs_behind");
    return;
  }
  const named = new Map(items.filter(({ removed }) => !removed).map((item) => [objectKey(item), item]));
  const plan = planFull(desired, named, upTo, incarnation, first.buckets);
  const withheld = plan.filter(({ what }) => what === "withhold").length;
  if (withheld > 0) {
    context.stats.count("withheld", withheld);
    context.logger.warn({ withheld }, "the cloud no longer names these objects; they run on until an operator accepts");
  }
  await commit(hub, plan, incarnation, upTo);
  // Who had to be told everything may miss a decision, and a restored cloud what it was told (docs/protocol.md 8).
  if (hub.openProposals.size > 0) await askLog(hub, logReport, { sameEpoch: true });
}

/** Without what the log has no key for: it is told, and holds up nothing (docs/protocol.md 11). */
function nameable({ context }: EdgeHub, items: readonly SyncItem[]): readonly SyncItem[] {
  return items.filter((item) => {
    if (isNameable(item)) return true;
    context.stats.count("desired_unnameable");
    const { kind, namespace, name, version } = item;
    context.logger.warn(
      { kind, namespace, name, version },
      "a desired object cannot be kept under this name; left out",
    );
    return false;
  });
}

/** A node never goes back to a lower counter (docs/protocol.md 1). */
function olderCloud(mine: Epoch | undefined, theirs: Epoch): boolean {
  return mine !== undefined && theirs.counter < mine.counter;
}

async function askPage(hub: EdgeHub, since: number, after: SyncReply | undefined): Promise<SyncReply> {
  const { clock, config, stats, stopping } = hub.context;
  const incarnation = after ? after.incarnation : hub.desired.incarnation;
  const tellsBuckets = !after && since === 0 && hub.desired.entries.size > 0;
  const bucketSums = tellsBuckets ? bucketSumsOf(hub.desired) : new Uint8Array();
  for (;;) {
    const reply = await askCloud(hub, linkSync, {
      since: after?.full ? 0 : since,
      timeoutMs: config.requestTimeoutMs,
      bucketSums,
      ...(incarnation ? { incarnation } : {}),
      ...(after ? { cursor: after.cursor, upTo: after.upTo, hub: after.hub, buckets: after.buckets } : {}),
    });
    if (reply.retryAfterMs === 0) return reply;
    stats.count("syncs_deferred");
    await sleep(clock, reply.retryAfterMs, stopping);
  }
}

/** Commits changes; the position travels in the last append, so it never runs ahead of a change. */
async function commit(hub: EdgeHub, changes: readonly Change[], incarnation: Epoch, position: number): Promise<void> {
  const { desired, log } = hub;
  const settled = position === desired.position && sameEpoch(incarnation, desired.incarnation);
  if (changes.length === 0 && settled) return;
  tellAside(hub, changes);
  const removals = changes.filter(({ what }) => what === "remove");
  const others = changes.filter(({ what }) => what !== "remove");
  const events = (some: readonly Change[]) => some.map((change) => changeEvent(desired, change, incarnation));
  // Removals apart and first: a full log takes them, and what follows has to wait for it (docs/protocol.md 11).
  if (others.length > 0) await appendAll(log, events(removals));
  const rest = events(others.length > 0 ? others : removals);
  await appendAll(log, [...rest, newEvent(linkPosition, {}, { incarnation, position })]);
}

function tellAside({ context }: EdgeHub, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.what !== "set-aside") continue;
    const { key, version } = change;
    context.stats.count("desired_set_aside");
    context.logger.error({ key, version }, "a desired object is too large for the log; what was there before stays");
  }
}

/** A change as it stands in the log, where the content of a Secret is sealed. */
export function changeEvent({ entries, secrets }: DesiredState, change: Change, incarnation: Epoch): NewEvent {
  const params = paramsOf(change.key);
  if (change.what === "remove") return newEvent(desiredTaken, params, undefined);
  const at = { kind: params.kind, place: desiredTaken.key.build(params) };
  if (change.what === "take") {
    const { version } = change;
    return newEvent(desiredTaken, params, { version, incarnation, ...closeContent(secrets, at, change) });
  }
  const known = entries.get(change.key);
  const kept = closeContent(secrets, at, known ?? { content: new Uint8Array() });
  if (change.what === "set-aside") {
    const { version, aside } = change;
    return newEvent(desiredTaken, params, { version, incarnation, aside, ...kept });
  }
  return newEvent(desiredTaken, params, { version: known?.version ?? 0, incarnation, withheld: true, ...kept });
}

async function acceptRemovals(hub: EdgeHub): Promise<number> {
  const gone = [...hub.desired.entries].filter(([, { withheldBy }]) => withheldBy);
  await appendAll(
    hub.log,
    gone.map(([key]) => newEvent(desiredTaken, paramsOf(key), undefined)),
  );
  return gone.length;
}
