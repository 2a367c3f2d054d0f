import { HoldfastError, hasCode, sleep, systemClock } from "@holdfast/kernel";
import {
  appTwinGet,
  appTwinHistory,
  appTwinSet,
  type Twin,
  type TwinCallReply,
  type TwinProposal,
  type TwinSetReply,
  twinGet,
  twinHistory,
  twinList,
  twinProposals,
  twinSet,
} from "@holdfast/proto";
import { allPages } from "./all-pages.ts";
import type { Client } from "./connect.ts";
import { settled } from "./settled.ts";
import { type AtOptions, type TwinAt, twinAtOver } from "./twin-at.ts";
import { type CallRequest, callMethod } from "./twin-call.ts";
import { parseTwinEvent, type TwinEvent, type TwinGap } from "./twin-event.ts";
import { type Plain, valueFrom } from "./twin-value.ts";
import { type TwinFilter, type WatchOptions, watchTwins } from "./twin-watch.ts";

export interface SetOptions {
  readonly namespace?: string;
  /** The command's id: repeat it to ask again without doing it twice. */
  readonly id?: string;
  /** Refused with `conflict` unless the desired value has this revision. */
  readonly expectRevision?: string;
  readonly validForMs?: number;
  /** Wait until the device has the value; rejects with the reason when it will not. A clear is done when recorded. */
  readonly wait?: "applied";
  /** How long all of it may take; default 30 000 with `wait`, else 10 000. */
  readonly timeoutMs?: number;
}

export interface HistoryOptions extends TwinFilter {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly from?: string;
  readonly limit?: number;
}

export interface TwinHistory {
  readonly events: readonly TwinEvent[];
  readonly position: string;
  readonly more: boolean;
  /** Some of what was asked for is no longer there. */
  readonly truncated: boolean;
}

export interface Twins {
  get(device: string, where?: { readonly namespace?: string }): Promise<Twin>;
  list(where?: { readonly namespace?: string }): Promise<readonly Twin[]>;
  /** null clears. Errors: `not_found`, `wrong_type`, `out_of_range`, `read_only`, `conflict`, `not_here`, `busy`. */
  set(device: string, property: string, value: Plain, options?: SetOptions): Promise<TwinSetReply>;
  /** Calls a method; the answer has its result. Errors: see `callMethod`. */
  call(request: CallRequest): Promise<TwinCallReply>;
  watch(options?: WatchOptions): AsyncIterable<TwinEvent | TwinGap>;
  history(options?: HistoryOptions): Promise<TwinHistory>;
  /** The twin as it stood at a time, or after an event. Errors: `not_found`, `out_of_range`, `timeout`. */
  at(device: string, options: AtOptions): Promise<TwinAt>;
  /** Sets made on this gateway that the cloud has not decided yet. */
  proposals(where?: { readonly namespace?: string }): Promise<readonly TwinProposal[]>;
}

const setMs = 10_000;
const waitMs = 30_000;
const pollMs = 200;

export function twinsOver(client: Client): Twins {
  const { ask, askTwin, newId } = client;
  const get: Twins["get"] = (device, { namespace = "default" } = {}) =>
    askTwin(twinGet, appTwinGet, namespace, { device });
  return {
    get,
    list: async ({ namespace = "default" } = {}) =>
      (await allPages((after) => ask(twinList, { namespace }, { after }))).flatMap(({ twins }) => twins),
    call: (request) => callMethod(client, request),
    watch: (options = {}) => watchTwins(client, options),
    at: (device, options) => twinAtOver(client, device, options),
    async set(device, property, value, options = {}) {
      const { namespace = "default", id = newId(), expectRevision = "", validForMs = 0, wait } = options;
      const request = {
        device,
        property,
        id,
        expectRevision,
        validForMs,
        ...(value === null ? { clear: true } : { value: valueFrom(value) }),
      };
      const endMs = systemClock.monotonicMs() + (options.timeoutMs ?? (wait ? waitMs : setMs));
      const reply = await settled(() => askTwin(twinSet, appTwinSet, namespace, request), endMs, retried);
      // What was cleared is nothing that a device could have.
      if (wait && value !== null) await converged(() => get(device, { namespace }), property, reply.id, endMs);
      return reply;
    },
    async history({
      namespace = "default",
      device = "",
      property = "",
      from = "",
      sinceMs = 0,
      untilMs = 0,
      limit = 0,
    } = {}) {
      const request = { device, property, position: from, sinceMs, untilMs, limit };
      const reply = await askTwin(twinHistory, appTwinHistory, namespace === "*" ? "_" : namespace, request);
      const events = reply.entries.flatMap(({ subject, body, position, atMs, actor: by }) => {
        const event = parseTwinEvent({ subject, data: body }, { position, atMs, actor: by }, body.length === 0);
        return event ? [event] : [];
      });
      return { events, position: reply.position, more: reply.more, truncated: reply.truncated };
    },
    proposals: async ({ namespace = "_" } = {}) => (await ask(twinProposals, { namespace }, {})).proposals,
  };
}

const retried = ["timeout", "disconnected", "no_responders", "unavailable", "busy"] as const;

/** The twin says when a set has come to its end: applied, rejected, or replaced by a later set. */
async function converged(get: () => Promise<Twin>, property: string, id: string, endMs: number): Promise<void> {
  while (systemClock.monotonicMs() < endMs) {
    const state = await get().catch((error) => {
      if (hasCode(error, "timeout", "disconnected", "no_responders", "unavailable", "busy")) return undefined;
      throw error;
    });
    const found = state?.properties[property];
    if (found?.reported?.id === id) return;
    if (found?.desired?.id === id) {
      if (found.convergence === "applied") return;
      if (found.convergence === "rejected")
        throw new HoldfastError("conflict", `The set was rejected: ${found.reason}.`);
    } else if (found?.desired) {
      throw new HoldfastError("conflict", "A later set replaced this one.");
    }
    await sleep(systemClock, pollMs);
  }
  throw new HoldfastError(
    "timeout",
    "The set is recorded and on its way, but it was not applied within the time limit.",
  );
}
