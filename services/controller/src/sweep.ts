import { type AppendMessage, batchMax } from "@holdfast/kernel";
import {
  resolutionResource,
  resource,
  TombstoneFloorCodec,
  tombstoneFloor,
  twinProposed,
  twinResource,
  twinResult,
  twinStarted,
} from "@holdfast/proto";
import { type Controller, writeResources } from "./controller.ts";
import { desiredKey } from "./derive.ts";
import { type DesiredEntry, forgetTombstone } from "./desired.ts";
import { writeDesired } from "./desired-writer.ts";
import { positionOf } from "./presence.ts";
import { isAwaited } from "./reconcile.ts";
import { forgetMessage } from "./records.ts";
import { forgetSubject, keyOf, type ObjectEntry, type ResolutionEntry } from "./resources.ts";
import { storedSubject } from "./stored-event.ts";

/** Things given up in one round; the rest waits for the next one. */
const sweptMax = 200;

/** Gives up what nobody needs any more. Errors: `conflict`, those of `append`. */
export async function sweep(controller: Controller): Promise<void> {
  await sweepTombstones(controller);
  await sweepResolutions(controller);
  await sweepDeleted(controller);
  await sweepEmptied(controller);
  await sweepEnded(controller);
  sweepHubs(controller);
}

/**
 * Removes tombstones that their node and every hub have passed, or that are too old. The floor is written first:
 * a node that was away for longer must be given everything (docs/protocol.md 6).
 */
async function sweepTombstones(controller: Controller): Promise<void> {
  const { desired, context } = controller;
  for (const [node, { entries }] of desired.nodes) {
    const gone = [...entries.values()].filter((entry) => mayGo(controller, node, entry)).slice(0, sweptMax);
    const floor = Math.max(0, ...gone.map(({ seq }) => seq));
    if (floor === 0) continue;
    const subject = tombstoneFloor.subject.build({ node });
    await writeDesired(controller, [{ subject, data: TombstoneFloorCodec.encode({ seq: floor }) }]);
    for (const entry of gone) {
      await context.streams.remove("DESIRED", entry.seq);
      forgetTombstone(desired, node, desiredKey(entry));
      context.stats.count("tombstones_removed");
    }
  }
}

function mayGo(controller: Controller, node: string, entry: DesiredEntry): boolean {
  const { desired, presence, context } = controller;
  const { clock, config } = context;
  // The newest one stays: without it the stream would end below what the nodes know.
  if (!entry.removed || entry.seq === desired.at || isAwaited(controller, node, entry)) return false;
  const ageMs = clock.wallMs() - entry.storedAtMs;
  if (ageMs >= config.tombstoneMaxMs) return true;
  if (ageMs < config.tombstoneMinMs || positionOf(presence, node, desired.incarnation) < entry.seq) return false;
  const nowMs = clock.monotonicMs();
  const hubs = [...presence.hubs.values()].filter(({ atMonotonicMs }) => nowMs - atMonotonicMs < config.tombstoneMinMs);
  return hubs.every(({ at }) => at >= entry.seq);
}

/** A resolution may go when its node has it and has put the proposal away (docs/protocol.md 8). */
async function sweepResolutions(controller: Controller): Promise<void> {
  const { resources } = controller;
  const all = [...resources.resolutions.values()].flatMap((ofNode) => [...ofNode.values()]);
  all.sort((a, b) => a.seq - b.seq);
  let surplus = all.length - controller.context.config.resolutionsMax;
  const gone: AppendMessage[] = [];
  for (const entry of all) {
    if (gone.length === sweptMax || !isSettled(controller, entry, surplus > 0)) continue;
    surplus -= 1;
    gone.push(forgetMessage(resources, resolutionResource.subject.build({ node: entry.node, id: entry.id })));
  }
  if (gone.length > 0) await writeResources(controller, gone);
}

function isSettled(
  controller: Controller,
  { node, id, storedAtMs, resolution }: ResolutionEntry,
  surplus: boolean,
): boolean {
  const { context, desired, presence, reports } = controller;
  const { clock, config } = context;
  // While the proposal is there it would be decided again, perhaps the other way, however long its node is away.
  if (reports.reports.get(node)?.proposals.has(id)) return false;
  const ageMs = clock.wallMs() - storedAtMs;
  if (ageMs >= config.tombstoneMaxMs) return true;
  if (ageMs < config.resolutionKeepMs && !surplus) return false;
  const key = desiredKey({ kind: "resolution", namespace: resolution.namespace, name: id });
  const entry = desired.nodes.get(node)?.entries.get(key);
  return entry !== undefined && positionOf(presence, node, desired.incarnation) >= entry.seq;
}

/** The history of objects that were deleted long ago, of devices with that of their desired values. */
async function sweepDeleted(controller: Controller): Promise<void> {
  const { resources, context } = controller;
  const { clock, config } = context;
  const isOld = ({ removed, atMs }: ObjectEntry) => removed && clock.wallMs() - atMs >= config.deletedKeepMs;
  const all = Object.values(resources.objects).flatMap((objects) => [...objects.values()].filter(isOld));
  for (const { noun, namespace, name } of all.slice(0, sweptMax)) {
    const twins = noun === "device" ? [...(resources.twins.get(keyOf(namespace, name))?.keys() ?? [])] : [];
    const subjects = twins.map((property) => twinResource.subject.build({ namespace, device: name, property }));
    subjects.push(resource.subject.build({ kind: noun, namespace, name }));
    for (let at = 0; at < subjects.length; at += batchMax) {
      const part = subjects.slice(at, at + batchMax);
      await writeResources(
        controller,
        part.map((subject) => forgetMessage(resources, subject)),
      );
    }
  }
}

/** What is left of what was given up; never the newest message, by which others know how far they must read. */
async function sweepEmptied({ resources, resourcesStream, context }: Controller): Promise<void> {
  for (const subject of [...resources.emptied].slice(0, sweptMax)) {
    const seq = resources.seqs.get(subject);
    if (seq === undefined || seq >= resourcesStream.at) continue;
    await context.streams.remove("RESOURCES", seq);
    forgetSubject(resources, subject);
  }
}

/** Proposals and calls have subjects of their own: in STATUS what is left of each would stay for ever. */
const ofOneId = [twinProposed, twinStarted, twinResult].map(({ subject }) => storedSubject(subject.filter()));

/** All subjects of a key at once, the oldest first: a beginning must not be left without its end. */
async function sweepEnded({ context, leftovers }: Controller): Promise<void> {
  const { clock, config, streams } = context;
  if (clock.monotonicMs() < leftovers.nextMs) return;
  leftovers.nextMs = clock.monotonicMs() + config.tombstoneMinMs;
  const byKey = new Map<string, { readonly seqs: number[]; ended: boolean }>();
  const options = { filters: ofOneId, from: "lastPerSubject", headersOnly: true } as const;
  for await (const { headers, seq, storedAtMs } of streams.read("STATUS", options)) {
    const key = `${headers.get("Hf-Node")} ${headers.get("Hf-Key")}`;
    const known = byKey.get(key) ?? { seqs: [], ended: false };
    byKey.set(key, known);
    known.seqs.push(seq);
    known.ended = headers.get("Hf-Ending") === "removal" && clock.wallMs() - storedAtMs >= config.resolutionKeepMs;
  }
  const gone = [...byKey.values()].filter(({ ended }) => ended).flatMap(({ seqs }) => seqs);
  for (const seq of gone.slice(0, sweptMax)) await streams.remove("STATUS", seq);
}

/** Hubs come with a new name at each start. */
function sweepHubs({ context, presence }: Controller): void {
  const { clock, config } = context;
  for (const [hub, { atMonotonicMs }] of presence.hubs) {
    if (clock.monotonicMs() - atMonotonicMs >= config.tombstoneMinMs) presence.hubs.delete(hub);
  }
}
