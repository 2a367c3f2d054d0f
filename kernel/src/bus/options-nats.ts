import { readFileSync } from "node:fs";
import { HoldfastError } from "@holdfast/proto";
import { type Authenticator, credsAuthenticator, type NodeConnectionOptions } from "@nats-io/transport-node";

export interface NatsOptions {
  /** nats://host:port; several servers of one cluster with commas between. */
  readonly url: string;
  /** Shown by the server in its list of connections. */
  readonly name: string;
  /** Prefix of reply subjects; default `_INBOX`. */
  readonly inboxPrefix?: string;
  /** Path of a NATS credentials file; read again at every attempt, so that it can be renewed. */
  readonly credsFile?: string;
  /** The pause between attempts is random below twice the last one, up to this. Default 2000. */
  readonly reconnectMaxMs?: number;
  /** A connection that does not answer two pings is given up. Default 10 000. */
  readonly pingIntervalMs?: number;
  /** Errors that no caller gets: thrown by handlers, reported by the server. */
  readonly onError?: (error: unknown, subject?: string) => void;
}

/** Random pauses between attempts; the library asks for one before each look at the clock. */
export class Backoff {
  readonly #maxMs: number;
  readonly #cancelled: () => boolean;
  #attempt = 0;
  #delayMs = 0;

  constructor(maxMs: number, cancelled: () => boolean) {
    this.#maxMs = maxMs;
    this.#cancelled = cancelled;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  reset(): void {
    this.#attempt = 0;
    this.#delayMs = 0;
  }

  attempted(): void {
    if (this.#cancelled()) throw closedError();
    this.#delayMs = Math.ceil(Math.random() * Math.min(this.#maxMs, 100 * 2 ** Math.min(this.#attempt, 20)));
    this.#attempt++;
  }
}

export function connectionOptions(options: NatsOptions, backoff: Backoff): NodeConnectionOptions {
  const { credsFile, onError } = options;
  return {
    servers: options.url.split(","),
    name: options.name,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    timeout: 5000,
    pingInterval: options.pingIntervalMs ?? 10_000,
    maxPingOut: 2,
    reconnectDelayHandler: () => backoff.delayMs,
    // Called before every attempt; a throw is the library's way to give up the first connection.
    reconnectToServer: () => {
      backoff.attempted();
      return null;
    },
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    ...(credsFile === undefined ? {} : { authenticator: fileAuthenticator(credsFile, onError) }),
  };
}

/** A file that cannot be read for a moment must not end the connection: the server says no, and we try again. */
function fileAuthenticator(credsFile: string, onError: NatsOptions["onError"]): Authenticator {
  return (nonce) => {
    try {
      return credsAuthenticator(readFileSync(credsFile))(nonce);
    } catch (error) {
      onError?.(
        new HoldfastError("config_invalid", `The credentials in ${credsFile} cannot be used.`, { cause: error }),
      );
      return undefined;
    }
  };
}

export function closedError(): HoldfastError {
  return new HoldfastError("disconnected", "The connection to the bus was closed by this module.");
}
