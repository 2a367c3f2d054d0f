import type { NatsConnection } from "@nats-io/transport-node";
import type { Bus } from "../bus/bus.ts";
import type { Streams } from "./streams.ts";

export interface NatsStreamsOptions {
  /** An answer that takes longer is a `timeout`. Default 10 000. */
  readonly timeoutMs?: number;
  /** Copies in a cluster of the streams that `ensure` makes. Default 1. */
  readonly replicas?: number;
  /** Errors thrown by a follower's handler. Default: uncaught, which ends the process. */
  readonly onError?: (error: unknown) => void;
}

/** A bus and the connection below it, as `openNats` returns them. */
export interface StreamsLink {
  readonly bus: Pick<Bus, "status" | "onStatus">;
  readonly connection: NatsConnection | Promise<NatsConnection>;
}

/** `Streams` over JetStream. Its client is loaded at the first use: a gateway's modules never need the memory. */
export function natsStreams(link: StreamsLink, options: NatsStreamsOptions = {}): Streams {
  let loading: Promise<Streams> | undefined;
  const load = async (): Promise<Streams> => {
    const { NatsStreams } = await import("./streams-nats-client.ts");
    return new NatsStreams(link, options);
  };
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    ensure: async (config) => (await loaded()).ensure(config),
    info: async (stream) => (await loaded()).info(stream),
    last: async (stream, subject) => (await loaded()).last(stream, subject),
    append: async (stream, messages) => (await loaded()).append(stream, messages),
    async *read(stream, readOptions) {
      yield* (await loaded()).read(stream, readOptions);
    },
    follow: async (stream, followOptions, handler, onReset) =>
      (await loaded()).follow(stream, followOptions, handler, onReset),
    remove: async (stream, seq) => (await loaded()).remove(stream, seq),
  };
}
