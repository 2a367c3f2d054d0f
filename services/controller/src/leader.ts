import { asHoldfastError, fullJitterMs, sleep } from "@holdfast/kernel";
import { hasCode, podChanged, twinProposed } from "@holdfast/proto";
import { writeBindings } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { decideProposals } from "./deciding.ts";
import { nodesOf } from "./derive.ts";
import { sameEpoch } from "./desired.ts";
import { beginIncarnation, reasonForIncarnation } from "./incarnations.ts";
import { keepLease, letGo } from "./leading.ts";
import { isForeign } from "./presence.ts";
import { reconcile } from "./reconcile.ts";
import { publishPresence, registerNodes } from "./registration.ts";
import { type Change, keyOf, nodeNameOf } from "./resources.ts";
import { createSignal, type Signal } from "./signal.ts";
import { sweep } from "./sweep.ts";

const retryBaseMs = 50;
const retryMaxMs = 5000;

/** What the leading controller remembers between two rounds; all of it can be found again by looking at everything. */
export interface Leading {
  /** Nodes whose desired state may differ from what is derived. */
  readonly dirty: Set<string>;
  /** Nodes that wait for another node to let something go. */
  readonly held: Set<string>;
  /** Nodes heard since the last round. */
  readonly heard: Set<string>;
  /** Proposals wait that this round did not decide. */
  undecided: boolean;
  /** The node whose proposal was decided last. */
  turn: string;
  /** When silence was looked for last, monotonic. */
  silenceMs: number;
  /** Look at everything. */
  all: boolean;
  /** Everything has been compared once under this lease. */
  compared: boolean;
}

export interface Leader {
  stop(): Promise<void>;
}

/**
 * Level-triggered: whatever happened, a round compares what is declared with what is desired and writes the
 * difference. Rounds run one after another, and only while this controller holds the lease.
 */
export function startLeader(controller: Controller): Leader {
  const { clock, config, random } = controller.context;
  const leading: Leading = {
    dirty: new Set(),
    held: new Set(),
    heard: new Set(),
    undecided: false,
    turn: "",
    silenceMs: 0,
    all: true,
    compared: false,
  };
  const ended = new AbortController();
  const news = listen(controller, leading);
  const run = async () => {
    let attempt = 0;
    let lookedMs = clock.monotonicMs();
    while (!ended.signal.aborted) {
      const told = news.next(clock, Math.min(config.leaseMs / 4, config.reconcileMs));
      if (clock.monotonicMs() - lookedMs >= config.reconcileMs) {
        leading.all = true;
        lookedMs = clock.monotonicMs();
      }
      const done = await tryRound(controller, leading);
      attempt = done ? 0 : attempt + 1;
      if (leading.undecided) news.notify();
      if (done) await told;
      else await sleep(clock, fullJitterMs(random, attempt, retryBaseMs, retryMaxMs), ended.signal);
    }
  };
  const running = run();
  return {
    async stop() {
      ended.abort();
      news.notify();
      await running;
      await letGo(controller);
    },
  };
}

/** Marks what a change touches; the signal is given when a round should not wait for the next tick. */
function listen(controller: Controller, { dirty, held, heard }: Leading): Signal {
  const { desired } = controller;
  const news = createSignal();
  const retryHeld = () => {
    for (const node of held) dirty.add(node);
    if (held.size > 0) news.notify();
  };
  controller.onChange((change) => {
    for (const node of touchedNodes(controller, change)) dirty.add(node);
    news.notify();
  });
  controller.onBeat((node, contact) => {
    heard.add(node);
    const isUnknown = controller.presence.known.get(node)?.status !== "Ready";
    if (isUnknown || isForeign(contact, desired) || !sameEpoch(contact.beat.incarnation, desired.incarnation))
      news.notify();
    retryHeld();
  });
  controller.onEvent(({ type, removal }) => {
    if (type === twinProposed.name && !removal) news.notify();
    if (type === podChanged.name && removal) retryHeld();
  });
  return news;
}

function touchedNodes({ resources }: Controller, change: Change): Iterable<string> {
  if (change.what === "resolution") return [change.node];
  if (change.what === "object") return nodesOf(resources, change.before).union(nodesOf(resources, change.after));
  const device = resources.objects.device.get(keyOf(change.namespace, change.device));
  return [nodeNameOf(device)].filter((node) => node !== "");
}

/** False when the round could not be completed. */
async function tryRound(controller: Controller, leading: Leading): Promise<boolean> {
  const { context, desiredStream, resourcesStream } = controller;
  try {
    if (await keepLease(controller, leading)) await round(controller, leading);
    return true;
  } catch (error) {
    // Whether a write took effect may be unknown: everything is looked at again.
    leading.all = true;
    const { code, message } = asHoldfastError(error);
    context.stats.count(`rounds_failed_${code}`);
    if (!hasCode(error, "conflict")) context.logger.warn({ code, reason: message }, "round not completed");
    await Promise.allSettled([desiredStream.current(), resourcesStream.current()]);
    return false;
  }
}

async function round(controller: Controller, leading: Leading): Promise<void> {
  const { heard } = leading;
  const seen = isTimeForAll(controller, leading) ? everyNode(controller) : new Set(heard);
  heard.clear();
  // First of all: nothing that nodes said under another life of the cloud may be taken for this one's.
  const reason = await reasonForIncarnation(controller, seen);
  await registerNodes(controller, seen);
  await publishPresence(controller, seen);
  if (reason === undefined) await decideProposals(controller, leading);
  await writeBindings(controller);
  const comparedAll = await reconcile(controller, leading);
  leading.compared ||= comparedAll;
  if (reason !== undefined && leading.compared) await beginIncarnation(controller, reason);
  if (comparedAll) await sweep(controller);
}

function everyNode({ presence }: Controller): Set<string> {
  return new Set(presence.contacts.keys()).union(presence.known);
}

/** Silence makes no noise: it is looked for a few times within the time that makes a node Unknown. */
function isTimeForAll({ context }: Controller, leading: Leading): boolean {
  const { clock, config } = context;
  const nowMs = clock.monotonicMs();
  if (!leading.all && nowMs - leading.silenceMs < Math.min(config.leaseMs, config.nodeSilentMs) / 8) return false;
  leading.silenceMs = nowMs;
  return true;
}
