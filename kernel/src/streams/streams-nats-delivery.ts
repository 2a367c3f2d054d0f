import { HoldfastError } from "@holdfast/proto";
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { FollowOptions, StartAt, StoredMessage } from "./streams.ts";
import { fromDelivery } from "./streams-nats-wire.ts";

/** Messages in the client's memory at most. */
const bufferedMax = 500;
const idleHeartbeatMs = 5000;
/** A message deleted before it was delivered leaves a count that never falls to 0; so ask now and then. */
const idleCheckMs = 500;
const inactiveMs = 5 * 60_000;

export interface DeliveryRequest {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly options: FollowOptions & { readonly headersOnly?: boolean };
  /** In place of `options.from`. */
  readonly from: StartAt;
}

/** Without a message: everything that was there has been handled. Comes once. */
export type DeliveryEvent =
  | { readonly message: StoredMessage; readonly pending: number }
  | { readonly message?: undefined };

/** One life of a consumer. It ends at the first irregularity; whoever uses it opens the next one. */
export class Delivery {
  readonly #stream: string;
  readonly #consumer: Consumer;
  readonly #pendingAtStart: number;
  #messages: ConsumerMessages | undefined;
  #delivered = 0;
  #closed = false;

  private constructor(stream: string, consumer: Consumer, pendingAtStart: number) {
    this.#stream = stream;
    this.#consumer = consumer;
    this.#pendingAtStart = pendingAtStart;
  }

  static async open(request: DeliveryRequest): Promise<Delivery> {
    const info = await request.manager.consumers.add(request.stream, consumerConfig(request));
    return new Delivery(request.stream, request.client.consumers.getConsumerFromInfo(info), info.num_pending);
  }

  /** Ends when closed; throws when the consumer is gone or a message was lost on the way. */
  async *events(): AsyncGenerator<DeliveryEvent, void, void> {
    if (this.#closed) return;
    const messages = await this.#consumer.consume({
      max_messages: bufferedMax,
      idle_heartbeat: idleHeartbeatMs,
      abort_on_missing_resource: true,
    });
    this.#messages = messages;
    if (this.#closed) messages.stop();
    const silence = watchSilence(messages);
    let caughtUp = this.#pendingAtStart === 0;
    if (caughtUp) yield {};
    const iterator = messages[Symbol.asyncIterator]();
    const idle = new IdleSignal(idleCheckMs);
    try {
      let next = upcoming(iterator);
      for (;;) {
        const result = caughtUp ? await next : await Promise.race([next, idle.promise]);
        if (result === undefined) {
          if (!(await this.#nothingLeft())) continue;
          caughtUp = true;
          yield {};
          continue;
        }
        if (result.done) break;
        const { deliverySequence, pending } = result.value.info;
        this.#delivered++;
        if (deliverySequence !== this.#delivered) {
          throw new HoldfastError("disconnected", `A message of ${this.#stream} was lost on the way.`);
        }
        yield { message: fromDelivery(result.value), pending };
        if (!caughtUp && pending === 0) {
          caughtUp = true;
          yield {};
        }
        next = upcoming(iterator);
      }
    } finally {
      idle.stop();
      this.close();
    }
    if (silence.noticed) throw new HoldfastError("timeout", `The consumer of ${this.#stream} fell silent.`);
  }

  /** The messages that are buffered are not delivered any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#messages?.stop();
    // When that does not reach the server it forgets the consumer by itself.
    this.#consumer.delete().catch(() => {});
  }

  async #nothingLeft(): Promise<boolean> {
    const info = await this.#consumer.info();
    return info.num_pending === 0 && info.delivered.consumer_seq === this.#delivered;
  }
}

function consumerConfig({ options: { filters, headersOnly }, from }: DeliveryRequest): Partial<ConsumerConfig> {
  return {
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(inactiveMs),
    headers_only: headersOnly === true,
    ...(filters ? { filter_subjects: [...filters] } : {}),
    ...startAt(from),
    ...(from === "lastPerSubject" && !filters ? { filter_subjects: [">"] } : {}),
  };
}

function startAt(from: StartAt): Partial<ConsumerConfig> {
  if (from === "first") return { deliver_policy: DeliverPolicy.All };
  if (from === "new") return { deliver_policy: DeliverPolicy.New };
  if (from === "lastPerSubject") return { deliver_policy: DeliverPolicy.LastPerSubject };
  if ("seq" in from) return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from.seq) };
  const opt_start_time = new Date(from.sinceMs).toISOString();
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time };
}

/** May fail while nobody waits for it: it is looked at later. */
function upcoming<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = iterator.next();
  next.catch(() => {});
  return next;
}

/** The server sends heartbeats; without them the messages end. */
function watchSilence(messages: ConsumerMessages): { readonly noticed: boolean } {
  const silence = { noticed: false };
  const watch = async () => {
    for await (const { type } of messages.status()) {
      if (type !== "heartbeats_missed" && type !== "consumer_deleted" && type !== "exceeded_limits") continue;
      silence.noticed = true;
      messages.stop();
    }
  };
  void watch();
  return silence;
}

/** A promise that resolves now and then; each time with a new one behind it. */
class IdleSignal {
  promise: Promise<undefined>;
  #resolve: () => void = () => {};
  readonly #interval: NodeJS.Timeout;

  constructor(periodMs: number) {
    this.promise = this.#next();
    this.#interval = setInterval(() => {
      this.#resolve();
      this.promise = this.#next();
    }, periodMs);
  }

  stop(): void {
    clearInterval(this.#interval);
  }

  #next(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#resolve = () => resolve(undefined);
    });
  }
}
