import {
  type AppendMessage,
  type Context,
  ensureCloudStreams,
  onEvent,
  type StoredMessage,
  type Subscription,
  untilDone,
} from "@holdfast/kernel";
import { deviceOffline, deviceOnline, hasCode, type NodeBeat, nodeBeat, podChanged } from "@holdfast/proto";
import type { ControllerConfig } from "./config.ts";
import { type Desired, emptyDesired, evolveDesired } from "./desired.ts";
import { type FollowedStream, followStream } from "./followed-stream.ts";
import { type Contact, emptyPresence, evolvePresence, type Presence } from "./presence.ts";
import { followReports, type ReportFollower } from "./report-follower.ts";
import { type Change, emptyResources, evolveResources, forgetSubject, type Resources } from "./resources.ts";
import { createSignal, type Signal } from "./signal.ts";
import type { StoredEvent } from "./stored-event.ts";

/** What one controller knows: four folds of the cloud's streams, and the heartbeats that it hears. */
export interface Controller {
  readonly context: Context<ControllerConfig>;
  readonly resources: Resources;
  readonly resourcesStream: FollowedStream;
  readonly desired: Desired;
  readonly desiredStream: FollowedStream;
  readonly presence: Presence;
  readonly presenceStream: FollowedStream;
  readonly reports: ReportFollower;
  /** When the lease record was last seen to change, by this process's monotonic clock. */
  readonly leaseChangedMs: () => number;
  /** When STATUS is looked through next, monotonic. */
  readonly leftovers: { nextMs: number };
  /** Something that people may be watching has changed. */
  readonly changed: Signal;
  onChange(listener: (change: Change) => void): void;
  onBeat(listener: (node: string, contact: Contact) => void): void;
  onEvent(listener: (event: StoredEvent) => void): void;
  stop(): Promise<void>;
}

/** Events that change the status of an object; reported values have subjects of their own. */
const statusTypes: ReadonlySet<string> = new Set([podChanged.name, deviceOnline.name, deviceOffline.name]);

/** Resolves when everything that the streams hold has been folded. */
export async function openController(context: Context<ControllerConfig>): Promise<Controller> {
  await untilDone(context, "the cloud's streams", () => ensureCloudStreams(context.streams));
  return load(context);
}

async function load(context: Context<ControllerConfig>): Promise<Controller> {
  const { clock, logger } = context;
  const resources = emptyResources();
  const desired = emptyDesired();
  const presence = emptyPresence(clock.monotonicMs());
  const changed = createSignal();
  const changeListeners: ((change: Change) => void)[] = [];
  const beatListeners: ((node: string, contact: Contact) => void)[] = [];
  const eventListeners: ((event: StoredEvent) => void)[] = [];
  let leaseChangedMs = clock.monotonicMs();

  const takeResource = (message: StoredMessage) => {
    const change = evolveResources(resources, message);
    if (!change) return;
    for (const listener of changeListeners) listener(change);
    changed.notify();
  };
  const takeDesired = (message: StoredMessage) => {
    const { leaseSeq } = desired;
    evolveDesired(desired, message);
    if (desired.leaseSeq !== leaseSeq) leaseChangedMs = clock.monotonicMs();
  };
  const takePresence = (message: StoredMessage) => {
    evolvePresence(presence, message);
    changed.notify();
  };
  const from = "lastPerSubject";
  // Heard from the first moment on: whoever takes the lease later must have heard what the nodes know.
  const beats = hearBeats(context, presence, (node, contact) => {
    for (const listener of beatListeners) listener(node, contact);
  });
  const resourcesStream = await followStream(context, { stream: "RESOURCES", from, take: takeResource });
  const desiredStream = await followStream(context, { stream: "DESIRED", from, take: takeDesired });
  const presenceStream = await followStream(context, { stream: "PRESENCE", from, take: takePresence });
  const reports = await followReports(context, (event) => {
    for (const listener of eventListeners) listener(event);
    if (statusTypes.has(event.type)) changed.notify();
  });
  logger.info({ resources: resourcesStream.at, desired: desiredStream.at, events: reports.at }, "loaded");
  context.stopping.addEventListener("abort", changed.notify, { once: true });
  const stop = async () => {
    beats.stop();
    await Promise.all([resourcesStream.stop(), desiredStream.stop(), presenceStream.stop(), reports.stop()]);
  };
  return {
    context,
    resources,
    resourcesStream,
    desired,
    desiredStream,
    presence,
    presenceStream,
    reports,
    leaseChangedMs: () => leaseChangedMs,
    leftovers: { nextMs: 0 },
    changed,
    onChange: (listener) => void changeListeners.push(listener),
    onBeat: (listener) => void beatListeners.push(listener),
    onEvent: (listener) => void eventListeners.push(listener),
    stop,
  };
}

function hearBeats(
  { bus, clock, stats }: Context<ControllerConfig>,
  presence: Presence,
  tell: (node: string, contact: Contact) => void,
): Subscription {
  const hear = ({ beat, reply, hub }: NodeBeat, { node }: { readonly node: string }) => {
    if (!beat) return;
    stats.count("beats");
    const atMonotonicMs = clock.monotonicMs();
    const contact = { beat, reply, atMonotonicMs, atWallMs: clock.wallMs() };
    presence.contacts.set(node, contact);
    if (reply && hub !== "") presence.hubs.set(hub, { at: reply.at, atMonotonicMs });
    tell(node, contact);
  };
  return onEvent(bus, nodeBeat, {}, hear, { stats });
}

/**
 * Writes to RESOURCES, all or nothing, and returns when this process has folded it. Errors: those of `append`;
 * after `conflict` this process knows what is there now, so that the caller can decide anew.
 */
export async function writeResources(controller: Controller, messages: readonly AppendMessage[]): Promise<number> {
  const { context, resources, resourcesStream } = controller;
  try {
    const seq = await context.streams.append("RESOURCES", messages);
    await resourcesStream.reached(seq);
    return seq;
  } catch (error) {
    if (!hasCode(error, "conflict")) throw error;
    context.stats.count("write_conflicts");
    await resourcesStream.current();
    // What is left of a subject that was given up goes without a word.
    for (const { subject } of messages) {
      if (!resources.emptied.has(subject)) continue;
      if (!(await context.streams.last("RESOURCES", subject))) forgetSubject(resources, subject);
    }
    throw error;
  }
}
