import { type AppendMessage, batchMax, desiredBytesMax } from "@holdfast/kernel";
import { DesiredCodec, desired as desiredRecord, HoldfastError, hasCode, LeaseCodec, lease } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import type { Wanted } from "./derive.ts";
import { type DesiredEntry, forgetTombstone } from "./desired.ts";
import { nextLease } from "./lease.ts";

/** Bytes in one batch; it is all in the server's memory until it commits. */
export const batchBytesMax = 4 * 1024 * 1024;

/** One desired object by compare-and-set. Errors: `too_large`, `invalid_token`: it cannot travel. */
export function desiredMessage(node: string, wanted: Wanted, expectSeq: number): AppendMessage {
  const { kind, namespace, name, content, source } = wanted;
  const subject = desiredRecord.subject.build({ node, kind, namespace, name });
  if (content.length > desiredBytesMax) {
    const size = `${kind} "${name}" has ${content.length} bytes`;
    throw new HoldfastError("too_large", `${size}; ${desiredBytesMax} fit the log of a gateway.`);
  }
  return { subject, data: DesiredCodec.encode({ source, content, removed: false }), expectSeq };
}

export function tombstoneMessage({ subject, seq }: DesiredEntry, source: number): AppendMessage {
  return { subject, data: DesiredCodec.encode({ source, removed: true, content: new Uint8Array() }), expectSeq: seq };
}

/** The lease record as this controller takes, renews or (holder "") lets go of it. */
export function leaseMessage({ desired }: Controller, holder: string): AppendMessage {
  const data = LeaseCodec.encode(nextLease(desired.lease, holder));
  return { subject: lease.subject.build({}), data, expectSeq: desired.leaseSeq };
}

/**
 * Writes to DESIRED in batches that each hold a compare-and-set on the lease: who has lost it cannot write
 * (docs/protocol.md 6). Returns when this process has folded it all. Errors: `conflict` and those of `append`.
 */
export async function writeDesired(controller: Controller, messages: readonly AppendMessage[]): Promise<void> {
  const { context, desired, desiredStream } = controller;
  for (const batch of batches(messages)) {
    if (desired.lease?.holder !== context.instance) {
      throw new HoldfastError("conflict", "Another controller holds the lease.");
    }
    const seq = await appendOrLearn(controller, [...batch, leaseMessage(controller, context.instance)]);
    await desiredStream.reached(seq);
  }
}

/** On `conflict` this process knows afterwards what is there, so that the next round can do better. */
async function appendOrLearn(controller: Controller, messages: readonly AppendMessage[]): Promise<number> {
  try {
    return await controller.context.streams.append("DESIRED", messages);
  } catch (error) {
    if (hasCode(error, "conflict")) await dropMissingTombstones(controller);
    throw error;
  }
}

/** Another controller may have removed tombstones, which nobody is told of. Errors: `timeout`, `disconnected`. */
async function dropMissingTombstones({ context, desired, desiredStream }: Controller): Promise<void> {
  await desiredStream.current();
  const there = new Set<number>();
  const options = { filters: [desiredRecord.subject.filter()], from: "lastPerSubject", headersOnly: true } as const;
  for await (const { seq } of context.streams.read("DESIRED", options)) there.add(seq);
  for (const [node, { entries }] of desired.nodes) {
    for (const [key, { removed, seq }] of entries) if (removed && !there.has(seq)) forgetTombstone(desired, node, key);
  }
}

function* batches(messages: readonly AppendMessage[]): Generator<readonly AppendMessage[]> {
  let batch: AppendMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    if (batch.length === batchMax - 1 || (batch.length > 0 && bytes + message.data.length > batchBytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += message.data.length;
  }
  if (batch.length > 0) yield batch;
}
