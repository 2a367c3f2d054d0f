import { HoldfastError } from "@holdfast/proto";
import { checkAppend } from "../streams/append-check.ts";
import type {
  AppendMessage,
  Follower,
  FollowOptions,
  StoredMessage,
  StreamConfig,
  StreamInfo,
  Streams,
} from "../streams/streams.ts";
import { copyOfBytes } from "./copied-bytes.ts";
import type { MemoryJetStream } from "./jetstream-memory.ts";
import { MemoryClient, type StreamsConnection } from "./memory-client.ts";
import type { MemoryConsumer } from "./memory-consumer.ts";
import { MemoryFollower } from "./memory-follower.ts";

export interface MemoryStreamsOptions {
  /** Default 10 000. */
  readonly timeoutMs?: number;
  /** Errors thrown by a follower's handler. Default: uncaught. */
  readonly onError?: (error: unknown) => void;
}

const pageMax = 500;

/** One client's view of a server in memory. */
export function memoryStreams(
  server: MemoryJetStream,
  connection: StreamsConnection,
  options: MemoryStreamsOptions = {},
): Streams {
  return new MemoryStreams(new MemoryClient(server, connection, options.timeoutMs ?? 10_000), options.onError);
}

class MemoryStreams implements Streams {
  readonly #client: MemoryClient;
  readonly #onError: ((error: unknown) => void) | undefined;

  constructor(client: MemoryClient, onError: ((error: unknown) => void) | undefined) {
    this.#client = client;
    this.#onError = onError;
  }

  ensure(config: StreamConfig): Promise<void> {
    return this.#client.call("ensure", config.name, () => this.#client.server.ensure(config));
  }

  info(stream: string): Promise<StreamInfo> {
    return this.#client.call("info", stream, () => this.#client.server.stream(stream).info);
  }

  last(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.#client.call("last", stream, () => this.#client.server.last(stream, subject));
  }

  async append(stream: string, messages: readonly AppendMessage[]): Promise<number> {
    checkAppend(messages);
    // A copy, as on a wire.
    const sent = messages.map((message) => ({ ...message, data: copyOfBytes(message.data) }));
    return this.#client.call("append", stream, () => this.#client.server.append(stream, sent));
  }

  async *read(
    stream: string,
    options: FollowOptions & { readonly headersOnly?: boolean },
  ): AsyncIterable<StoredMessage> {
    const { server } = this.#client;
    let consumer: MemoryConsumer | undefined;
    try {
      for (;;) {
        const page = await this.#client.call("read", stream, () => {
          consumer ??= server.consume(stream, options);
          if (!consumer || consumer.closed) throw new HoldfastError("disconnected", `The reader of ${stream} is gone.`);
          return consumer.take(pageMax);
        });
        for (const { message } of page.messages) yield message;
        if (page.caughtUp) return;
      }
    } finally {
      if (consumer) server.forget(consumer);
    }
  }

  async follow(
    stream: string,
    options: FollowOptions,
    handler: (message: StoredMessage, pending: number) => void | Promise<void>,
    onReset: () => void = () => {},
  ): Promise<Follower> {
    const request = { stream, options, handler, onReset, onError: this.#onError ?? throwUncaught };
    const follower = new MemoryFollower(this.#client, request);
    await follower.start();
    return follower;
  }

  remove(stream: string, seq: number): Promise<boolean> {
    const { server } = this.#client;
    return this.#client.call("remove", stream, () => server.stream(stream).remove(seq, server.clock.monotonicMs()));
  }
}

function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
