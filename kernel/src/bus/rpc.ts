import type { Codec, Contract, Draft, Params, Subject } from "@holdfast/proto";
import type { Stats } from "../service/context.ts";
import { actorHeader } from "./actor.ts";
import type { Bus, Headers, Message, SubscribeOptions, Subscription } from "./bus.ts";
import { refusalIn } from "./refusal.ts";

export interface CallOptions {
  readonly timeoutMs: number;
  /** Who wants it, where the server cannot say so itself: a bus without credentials, a call passed on to a gateway. */
  readonly actor?: string;
  readonly headers?: Headers;
}

/**
 * Asks whoever serves the contract. Errors: those of `Bus.request`, and any code with which the request
 * is refused; a code of a newer version becomes `internal`.
 */
export async function call<P extends Params, Req, Res>(
  bus: Pick<Bus, "request">,
  contract: Contract<P, Req, Res>,
  params: P,
  request: Draft<Req>,
  options: CallOptions,
): Promise<Res> {
  const subject = contract.subject.build(params);
  const data = contract.request.encode(request);
  const { timeoutMs } = options;
  const headers = headersOf(options);
  const answer = await bus.request(subject, data, headers ? { timeoutMs, headers } : { timeoutMs });
  const refusal = refusalIn(answer);
  if (refusal !== undefined) throw refusal;
  return contract.reply.decode(answer.data);
}

function headersOf({ actor, headers }: CallOptions): Headers | undefined {
  return actor === undefined ? headers : new Map(headers).set(actorHeader, actor);
}

/** An event contract that has a subject, as far as it matters here. */
export interface PublishedEvent<P extends Params, M> {
  readonly subject: Subject<P>;
  readonly message: Codec<M>;
}

/** Tells everybody, once, at most. Errors: `invalid_token`, `invalid_message`, `too_large`. */
export function publishEvent<P extends Params, M>(
  bus: Pick<Bus, "publish">,
  contract: PublishedEvent<P, M>,
  params: P,
  message: Draft<M>,
  options: { readonly headers?: Headers } = {},
): void {
  bus.publish(contract.subject.build(params), contract.message.encode(message), options);
}

export interface EventOptions extends SubscribeOptions {
  /** Counts `events_skipped`. */
  readonly stats?: Stats;
}

export interface EventSubscription extends Subscription {
  /** Messages that were not of this contract: wrong bytes, or a subject that nobody can have built. */
  readonly skipped: number;
}

/** Hears the events that have the given parameters. A removal has an empty body: its message is all defaults. */
export function onEvent<P extends Params, M>(
  bus: Pick<Bus, "subscribe">,
  contract: PublishedEvent<P, M>,
  params: Partial<P>,
  handler: (message: M, params: P, raw: Message) => void | Promise<void>,
  options: EventOptions = {},
): EventSubscription {
  let skipped = 0;
  const skip = () => {
    skipped++;
    options.stats?.count("events_skipped");
  };
  const decode = (raw: Message): M | undefined => {
    try {
      return contract.message.decode(raw.data);
    } catch {
      return undefined;
    }
  };
  const take = (raw: Message) => {
    const found = contract.subject.parse(raw.subject);
    const message = decode(raw);
    if (found === undefined || message === undefined) return skip();
    return handler(message, found, raw);
  };
  const subscription = bus.subscribe(contract.subject.filter(params), take, options);
  return {
    get dropped() {
      return subscription.dropped;
    },
    get skipped() {
      return skipped;
    },
    stop: () => subscription.stop(),
    drain: () => subscription.drain(),
  };
}
