import { asHoldfastError, type Contract, HoldfastError, linkHello, nodeJoin, type Params } from "@holdfast/proto";
import type { Clock } from "../service/clock.ts";
import type { Logger, Stats } from "../service/context.ts";
import { fewWarnings } from "../service/few-warnings.ts";
import type { Handler } from "../service/service.ts";
import { actorOf } from "./actor.ts";
import type { Bus, Headers, Message, Subscription } from "./bus.ts";
import { HandlerQueue } from "./handler-queue.ts";
import { identityOf, inboxPrefix, isInbox, nodeInboxPrefix } from "./inbox.ts";
import { encodeRefusal, isJson, parseJson, printJson, refusalOf } from "./refusal.ts";
import { isLiteralSubject } from "./subject-filter.ts";

export interface ServeOptions {
  /** One of the members of this group answers; absent = every instance does. */
  readonly queue?: string;
  /**
   * Where answers may go; ends with a dot. Default: any inbox, for what nodes ask the cloud `_INBOX.<node>.`, and
   * for who wants to join an inbox of that token's own (docs/protocol.md 12).
   */
  readonly replyPrefix?: (params: Params) => string;
  /**
   * Only modules are in the account of this bus: what one of them says of who asks is true. Default false: it is shown
   * as unverified, unless the server says it.
   */
  readonly believesModules?: boolean;
  readonly logger: Logger;
  /** Counts `requests_dropped`, `requests_busy`, `requests_failed`. */
  readonly stats: Stats;
  /** For the processing times. */
  readonly clock?: Pick<Clock, "monotonicMs">;
  /** Requests of one handler that wait for their turn; one more is refused with `busy`. Default 256. */
  readonly waitingMax?: number;
}

/** One served contract and what happened to it, in the words of ADR-32. */
export interface Endpoint {
  readonly name: string;
  readonly subject: string;
  readonly queue: string | undefined;
  requests: number;
  errors: number;
  lastError: string;
  processingMs: number;
}

export interface Served {
  readonly endpoints: readonly Endpoint[];
  /** Stops at once; requests that wait are not answered. */
  stop(): void;
  /** Takes no new requests; resolves when the others are answered. */
  drain(): Promise<void>;
}

type AnyContract = Contract<Params, unknown, unknown>;

interface Request {
  readonly message: Message;
  readonly params: Params;
  readonly reply: string;
  readonly done: () => void;
}

/**
 * Answers requests in the form in which they come, protobuf or JSON. What a handler throws is the answer,
 * as a Refusal with the headers of NATS services. Answers go to inboxes and nowhere else: a sender may name
 * any subject of the system as its reply, and with the server's rights (docs/protocol.md 12).
 */
export function serve<S>(bus: Bus, handlers: readonly Handler<S>[], state: S, options: ServeOptions): Served {
  const warn = fewWarnings(options);
  const served = handlers.map((handler) => serveOne(bus, handler, state, { ...options, warn }));
  return {
    endpoints: served.map(({ endpoint }) => endpoint),
    stop() {
      for (const { subscription, queue } of served) {
        subscription.stop();
        queue.stop();
      }
    },
    async drain() {
      await Promise.all(served.map(({ subscription }) => subscription.drain()));
    },
  };
}

interface ServedOne {
  readonly endpoint: Endpoint;
  readonly subscription: Subscription;
  readonly queue: HandlerQueue<Request>;
}

function serveOne<S>(
  bus: Bus,
  handler: Handler<S>,
  state: S,
  options: ServeOptions & { readonly warn: ReturnType<typeof fewWarnings> },
): ServedOne {
  const { contract } = handler;
  const { logger, stats } = options;
  const concurrency = handler.concurrency ?? 16;
  const waitingMax = options.waitingMax ?? 256;
  const filter = contract.subject.filter(handler.only?.(state));
  const group = handler.everyInstance === true ? undefined : options.queue;
  const endpoint = emptyEndpoint(contract.name, filter, group);
  const answer = (reply: string, data: Uint8Array, headers?: Headers) =>
    bus.publish(reply, data, headers === undefined ? {} : { headers });

  const refuse = (message: Message, reply: string, thrown: unknown) => {
    const refusal = refusalOf(thrown);
    endpoint.errors++;
    endpoint.lastError = `${refusal.code}: ${refusal.message}`;
    if (refusal.code === "internal") {
      stats.count("requests_failed");
      logger.error({ error: thrown, contract: contract.name }, "a request failed");
    } else {
      logger.debug({ code: refusal.code, reason: refusal.message, contract: contract.name }, "a request was refused");
    }
    const { data, headers } = encodeRefusal(refusal, isJson(message.data));
    answer(reply, data, headers);
  };

  const handle = async ({ message, params, reply, done }: Request) => {
    const startMs = options.clock?.monotonicMs() ?? 0;
    try {
      const actor = actorOf(message, options.believesModules === true);
      const result = await handler.handle(state, decodeRequest(contract, message.data), { params, actor });
      answer(reply, encodeReply(contract, result, isJson(message.data)));
    } catch (error) {
      refuse(message, reply, error);
    } finally {
      endpoint.processingMs += (options.clock?.monotonicMs() ?? 0) - startMs;
      done();
    }
  };
  const onError = (error: unknown) =>
    logger.error({ error, contract: contract.name }, "a request could not be answered");
  const queue = new HandlerQueue<Request>(handle, { concurrency, pendingMax: waitingMax }, onError);

  const take = (message: Message): void | Promise<void> => {
    endpoint.requests++;
    const params = contract.subject.parse(message.subject);
    const { reply } = message;
    if (reply === undefined || !mayAnswer(contract, params, reply, options.replyPrefix)) {
      stats.count("requests_dropped");
      const { subject } = message;
      if (reply !== undefined)
        options.warn({ node: params?.node, subject, reply }, "an answer was to go where none may");
      return;
    }
    if (params === undefined) return refuse(message, reply, nobodyBuilds(contract, message.subject));
    if (queue.full) {
      stats.count("requests_busy");
      return refuse(message, reply, busy(contract, concurrency + waitingMax));
    }
    return new Promise((done) => queue.push({ message, params, reply, done }));
  };
  // The queue above sets the limits; the bus only has to wait for its handlers when it is drained.
  const limits = { concurrency: Number.POSITIVE_INFINITY };
  const subscription = bus.subscribe(filter, take, group === undefined ? limits : { ...limits, queue: group });
  return { endpoint, subscription, queue };
}

function emptyEndpoint(name: string, subject: string, queue: string | undefined): Endpoint {
  return { name, subject, queue, requests: 0, errors: 0, lastError: "", processingMs: 0 };
}

/** Without parameters, when the subject is none of this contract, only an answer that may go to any inbox is given. */
function mayAnswer(
  contract: AnyContract,
  params: Params | undefined,
  reply: string,
  replyPrefix: ((params: Params) => string) | undefined,
): boolean {
  if (!isLiteralSubject(reply)) return false;
  if (replyPrefix === undefined && isAskedByAnybody(contract)) return isInbox(reply);
  return params !== undefined && reply.startsWith(replyPrefix?.(params) ?? ownInbox(contract, params));
}

/** Everything beside the place where a node says hello. */
const askedByNodes = linkHello.subject.template.slice(0, linkHello.subject.template.lastIndexOf(".") + 1);

function isAskedByAnybody({ name, subject }: AnyContract): boolean {
  return name !== nodeJoin.name && !subject.template.startsWith(askedByNodes);
}

function ownInbox({ name }: AnyContract, { node = "", id = "" }: Params): string {
  return `${name === nodeJoin.name ? inboxPrefix(identityOf("join", id)) : nodeInboxPrefix(node)}.`;
}

function nobodyBuilds({ subject: { template } }: AnyContract, subject: string): HoldfastError {
  const rule = "bytes of a name outside [A-Za-z0-9_-] are written as %XX, others as they are";
  return new HoldfastError("invalid_token", `${subject} is no subject of the form ${template}: ${rule}.`);
}

function decodeRequest(contract: AnyContract, data: Uint8Array): unknown {
  return isJson(data) ? contract.request.fromJson(parseJson(data)) : contract.request.decode(data);
}

function encodeReply(contract: AnyContract, reply: object, json: boolean): Uint8Array {
  try {
    return json ? printJson(contract.reply.toJson(reply)) : contract.reply.encode(reply);
  } catch (error) {
    // The caller is not to blame for an answer that its own contract does not allow.
    throw new Error(asHoldfastError(error).message, { cause: error });
  }
}

function busy({ name }: AnyContract, limit: number): HoldfastError {
  return new HoldfastError("busy", `${limit} requests of ${name} are being handled or wait; try again later.`);
}
