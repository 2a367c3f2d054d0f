import { HoldfastError } from "@holdfast/proto";
import { jetstream, jetstreamManager, type PubAck } from "@nats-io/jetstream";
import { headers, type MsgHdrs, type NatsConnection, nuid } from "@nats-io/transport-node";
import { checkAppend } from "./append-check.ts";
import type {
  AppendMessage,
  Follower,
  FollowOptions,
  StoredMessage,
  StreamConfig,
  StreamInfo,
  Streams,
} from "./streams.ts";
import type { NatsStreamsOptions, StreamsLink } from "./streams-nats.ts";
import { Delivery } from "./streams-nats-delivery.ts";
import { NatsFollower } from "./streams-nats-follower.ts";
import {
  apiCode,
  asStreamError,
  createConfig,
  type Door,
  fromStored,
  hasConfig,
  messageGoneCodes,
  rawConfig,
  refusal,
} from "./streams-nats-wire.ts";

/** Atomic batches came with this one (ADR-50); an older server would store the parts one by one. */
const serverVersionMin = [2, 12] as const;

/** `Streams` over JetStream. */
export class NatsStreams implements Streams {
  readonly #link: StreamsLink;
  readonly #timeoutMs: number;
  readonly #replicas: number;
  readonly #onError: (error: unknown) => void;
  #door: Promise<Door> | undefined;

  constructor(link: StreamsLink, options: NatsStreamsOptions) {
    this.#link = link;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#replicas = options.replicas ?? 1;
    this.#onError = options.onError ?? throwUncaught;
  }

  ensure(config: StreamConfig): Promise<void> {
    return this.#call(config.name, async ({ connection, manager }) => {
      requireVersion(connection.info?.version ?? "");
      const raw = rawConfig(config);
      try {
        const { config: current } = await manager.streams.info(config.name);
        // An update that changes nothing is none: the server forgets by it, at its next start, when the stream was
        // created, and whoever follows the stream takes it for another one.
        if (hasConfig(current, raw)) return;
        // An absent republish must also go from the stream that is there.
        await manager.streams.update(config.name, { ...raw, republish: raw.republish } as typeof raw);
      } catch (error) {
        if (apiCode(error) !== 10059) throw error;
        await manager.streams.add(createConfig(config, this.#replicas));
      }
    });
  }

  info(stream: string): Promise<StreamInfo> {
    return this.#call(stream, async ({ manager }) => {
      const { state } = await manager.streams.info(stream);
      return { firstSeq: state.first_seq, lastSeq: state.last_seq, messages: state.messages };
    });
  }

  last(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.#call(stream, async ({ manager }) => {
      const message = await manager.streams.getMessage(stream, { last_by_subj: subject });
      return message ? fromStored(message) : undefined;
    });
  }

  async append(stream: string, messages: readonly AppendMessage[]): Promise<number> {
    checkAppend(messages);
    return this.#call(stream, ({ connection }) => this.#send(connection, stream, messages));
  }

  /** Only the last message is a request; the server answers for the whole batch, with the code of its refusal. */
  async #send(connection: NatsConnection, stream: string, messages: readonly AppendMessage[]): Promise<number> {
    const batch = messages.length > 1 ? nuid.next() : undefined;
    for (const [index, message] of messages.entries()) {
      const raw = appendHeaders(message);
      if (batch !== undefined) {
        raw.set("Nats-Batch-Id", batch);
        raw.set("Nats-Batch-Sequence", String(index + 1));
      }
      if (index < messages.length - 1) {
        connection.publish(message.subject, message.data, { headers: raw });
        continue;
      }
      if (batch !== undefined) raw.set("Nats-Batch-Commit", "1");
      raw.set("Nats-Expected-Stream", stream);
      const options = { headers: raw, timeout: this.#timeoutMs };
      const answer = (await connection.request(message.subject, message.data, options)).json<Answer>();
      if (answer.error) throw refusal(answer.error.err_code, answer.error.description, stream);
      return answer.seq;
    }
    throw new HoldfastError("internal", "An append without messages passed the check.");
  }

  async *read(
    stream: string,
    options: FollowOptions & { readonly headersOnly?: boolean },
  ): AsyncIterable<StoredMessage> {
    const open = ({ client, manager }: Door) => Delivery.open({ client, manager, stream, options, from: options.from });
    const delivery = await this.#call(stream, open);
    const stopWatching = this.#link.bus.onStatus(() => delivery.close());
    try {
      for await (const event of delivery.events()) {
        if (event.message === undefined) return;
        yield event.message;
      }
      throw new HoldfastError("disconnected", `The connection was lost while ${stream} was read: read it again.`);
    } catch (error) {
      throw asStreamError(error, stream);
    } finally {
      stopWatching();
      delivery.close();
    }
  }

  async follow(
    stream: string,
    options: FollowOptions,
    handler: (message: StoredMessage, pending: number) => void | Promise<void>,
    onReset: () => void = () => {},
  ): Promise<Follower> {
    const call = <T>(work: (door: Door) => Promise<T>) => this.#call(stream, work);
    const follower = new NatsFollower({
      stream,
      options,
      handler,
      onReset,
      call,
      bus: this.#link.bus,
      onError: this.#onError,
    });
    await follower.start();
    return follower;
  }

  remove(stream: string, seq: number): Promise<boolean> {
    return this.#call(stream, async ({ manager }) => {
      try {
        return await manager.streams.deleteMessage(stream, seq, false);
      } catch (error) {
        if (messageGoneCodes.includes(apiCode(error) ?? 0)) return false;
        throw error;
      }
    });
  }

  /** Only with the connection up; rejects at once when it goes down meanwhile. */
  async #call<T>(what: string, work: (door: Door) => Promise<T>): Promise<T> {
    const { bus } = this.#link;
    if (bus.status === "down") throw new HoldfastError("disconnected", `The connection to the bus is down (${what}).`);
    const door = await this.#opened();
    return new Promise((resolve, reject) => {
      const stopWatching = bus.onStatus(() =>
        reject(new HoldfastError("disconnected", `The connection was lost before the answer came (${what}).`)),
      );
      work(door)
        .then(resolve, (error) => reject(asStreamError(error, what)))
        .finally(stopWatching);
    });
  }

  #opened(): Promise<Door> {
    this.#door ??= (async () => {
      const connection = await this.#link.connection;
      const options = { timeout: this.#timeoutMs };
      const manager = await jetstreamManager(connection, { ...options, checkAPI: false });
      return { connection, client: jetstream(connection, options), manager };
    })();
    return this.#door;
  }
}

type Answer = Pick<PubAck, "seq"> & { readonly error?: { readonly err_code: number; readonly description: string } };

function appendHeaders(message: AppendMessage): MsgHdrs {
  const raw = headers();
  for (const [name, value] of message.headers ?? []) raw.set(name, value);
  if (message.expectSeq !== undefined) raw.set("Nats-Expected-Last-Subject-Sequence", String(message.expectSeq));
  if (message.rollup) raw.set("Nats-Rollup", "sub");
  if (message.neverExpires) raw.set("Nats-TTL", "never");
  return raw;
}

function requireVersion(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [majorMin, minorMin] = serverVersionMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  const wanted = serverVersionMin.join(".");
  throw new HoldfastError("unsupported", `The nats-server is ${version}: install ${wanted} or newer.`);
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
