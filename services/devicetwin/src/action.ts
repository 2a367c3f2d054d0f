import { createHash } from "node:crypto";
import { type TwinCallRequest, TwinCallRequestCodec, type TwinResult, type TwinStarted } from "@holdfast/proto";
import type { ProposalPlace, Recorded, ResultFact, StartedFact } from "./fact.ts";

/** Ids of ended calls that are remembered for a repeat (docs/protocol.md 9); the oldest go first. */
const endedMax = 10_000;

/** A call that has begun and has no result. */
export interface OpenCall extends ProposalPlace {
  readonly id: string;
  readonly started: TwinStarted;
  /** Wall time of the gateway. */
  readonly recordedMs: number;
}

/** What is remembered of a call that has ended. */
export interface EndedCall {
  readonly result: TwinResult;
  /** Of its arguments; "" = they are no longer in the log's history. */
  readonly fingerprint: string;
}

/** Calls of methods on this gateway, by `callKey`: an id belongs to its device, as the key in the log does. */
export interface Actions {
  readonly open: Map<string, OpenCall>;
  readonly ended: Map<string, EndedCall>;
}

export function callKey({ namespace, device }: ProposalPlace, id: string): string {
  return `${namespace}/${device}/${id}`;
}

export function emptyActions(): Actions {
  return { open: new Map(), ended: new Map() };
}

export function evolveActions(actions: Actions, fact: StartedFact | ResultFact, { wallMs }: Recorded): void {
  const { namespace, device } = fact.place;
  const key = callKey(fact.place, fact.id);
  const before = actions.open.get(key);
  actions.open.delete(key);
  if (fact.kind === "started") {
    const { id, message } = fact;
    if (message) actions.open.set(key, { namespace, device, id, started: message, recordedMs: wallMs });
    return;
  }
  const fingerprint = before ? fingerprintOf(before.started.arguments) : "";
  actions.ended.set(key, { result: fact.message, fingerprint });
  for (const oldest of actions.ended.keys()) {
    if (actions.ended.size <= endedMax) break;
    actions.ended.delete(oldest);
  }
}

/** The same for the same arguments, in whatever order they are named. */
export function fingerprintOf(given: TwinCallRequest["arguments"]): string {
  const sorted = Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256")
    .update(TwinCallRequestCodec.encode({ arguments: sorted }))
    .digest("base64");
}
