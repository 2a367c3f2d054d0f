import {
  type Draft,
  type EventContract,
  HoldfastError,
  type LogEvent,
  LogEventCodec,
  type Params,
} from "@holdfast/proto";
import { shortActor } from "../bus/actor.ts";
import type { World } from "../service/context.ts";

/** One event may have at most this many bytes as it is stored (docs/protocol.md 2). */
export const eventBytesMax = 512 * 1024;
/** One declared object may have at most this many bytes as JSON: the event around it needs the rest. */
export const objectBytesMax = eventBytesMax - 16 * 1024;
/** One desired object may have at most this many bytes on its way to a gateway, whose log keeps it as one event. */
export const desiredBytesMax = eventBytesMax - 8 * 1024;
/** One append may have at most this many events. */
export const appendEventsMax = 1000;
/** One append may have at most this many bytes, so that it fits one message of the bus. */
export const appendBytesMax = 768 * 1024;

/** An event as its author makes it; the log client adds who and when. */
export type NewEvent = Pick<
  LogEvent,
  "key" | "type" | "ending" | "subject" | "up" | "digested" | "body" | "actor" | "cause"
>;

export interface NewEventOptions {
  readonly actor?: string;
  /** The id of the command that caused it. */
  readonly cause?: string;
  /** The last words of a key: the message is kept as what there is to say about its end. */
  readonly ending?: "removal";
}

/** An event of this contract. `message` undefined = the key is gone. Errors: `invalid_token`, `invalid_message`. */
export function newEvent<P extends Params, M>(
  contract: EventContract<P, M>,
  params: P,
  message: Draft<M> | undefined,
  options: NewEventOptions = {},
): NewEvent {
  if (!contract.key) throw new HoldfastError("internal", `${contract.name} has no key: it is not kept in the log.`);
  const removal = message === undefined || options.ending === "removal";
  if (removal && contract.ending === "transient") {
    throw new HoldfastError("internal", `${contract.name} is transient: there is nothing to remove.`);
  }
  return {
    key: contract.key.build(params),
    type: contract.name,
    ending: removal ? "removal" : contract.ending,
    subject: contract.subject?.build(params) ?? "",
    up: contract.up,
    digested: contract.digested,
    body: message === undefined ? new Uint8Array() : contract.message.encode(message),
    actor: shortActor(options.actor ?? ""),
    cause: shortActor(options.cause ?? ""),
  };
}

/** The bytes that the log stores. Error: `too_large`. */
export function encodeEvent(
  world: Pick<World, "clock" | "bootId">,
  author: { readonly module: string; readonly incarnation: number },
  event: NewEvent,
): Uint8Array {
  const stamp = {
    wallMs: Math.max(0, Math.floor(world.clock.wallMs())),
    monotonicMs: Math.max(0, Math.floor(world.clock.monotonicMs())),
    bootId: world.bootId,
  };
  const bytes = LogEventCodec.encode({ ...event, ...author, stamp });
  if (bytes.length > eventBytesMax) {
    const size = `${event.type} for ${event.key} has ${bytes.length} bytes`;
    throw new HoldfastError("too_large", `${size}, more than the ${eventBytesMax} that one event may have.`);
  }
  return bytes;
}
