import { readFileSync } from "node:fs";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { HoldfastError } from "@holdfast/proto";
import type { Authenticator, NodeConnectionOptions, TlsOptions } from "@nats-io/transport-node";
import { type KeyFile, parseKeyFile } from "../trust/creds.ts";
import { decodeJwt } from "../trust/jwt.ts";
import { keyPairFromSeed } from "../trust/keys.ts";
import { inboxPrefix } from "./inbox.ts";

export interface NatsOptions {
  /** nats://host:port, or tls://host:port to insist on TLS; several servers of one cluster with commas between. */
  readonly url: string;
  /** Shown by the server in its list of connections. */
  readonly name: string;
  /** Prefix of reply subjects; default that of the name in the credentials' token, without one `_INBOX`. */
  readonly inboxPrefix?: string;
  /** Path of a NATS credentials file; read again at every attempt, so that it can be renewed. */
  readonly credsFile?: string;
  /**
   * Path of the authority's certificate (PEM) that must have signed the server's: then there is no connection without
   * TLS. Absent = those that this machine trusts.
   */
  readonly caFile?: string;
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
  return {
    ...identityOptions(options),
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    pingInterval: options.pingIntervalMs ?? 10_000,
    maxPingOut: 2,
    reconnectDelayHandler: () => backoff.delayMs,
    // Called before every attempt; a throw is the library's way to give up the first connection.
    reconnectToServer: () => {
      backoff.attempted();
      return null;
    },
  };
}

/** Where to connect, as whom, and how the server is known. */
export function identityOptions(options: NatsOptions): NodeConnectionOptions {
  const { credsFile, onError } = options;
  const prefix = options.inboxPrefix ?? (credsFile === undefined ? undefined : inboxOfCreds(credsFile));
  const tls = tlsOptions(options);
  return {
    servers: options.url.split(","),
    name: options.name,
    noAsyncTraces: true,
    timeout: 5000,
    ...(prefix === undefined ? {} : { inboxPrefix: prefix }),
    ...(credsFile === undefined ? {} : { authenticator: fileAuthenticator(credsFile, onError) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** With it the library refuses a server that does not offer TLS. */
function tlsOptions({ url, caFile }: NatsOptions): TlsOptions | undefined {
  const servers = url.split(",").map((server) => server.trim());
  if (caFile === undefined && !servers.some((server) => server.startsWith("tls://"))) return undefined;
  const hosts = servers.map((server) => hostOf(server));
  // The library does not pass an address on: the certificate would be compared with "localhost".
  const isOneOfThem = (_: string, certificate: PeerCertificate): Error | undefined => {
    const problems = hosts.map((host) => checkServerIdentity(host, certificate));
    return problems.includes(undefined) ? undefined : problems[0];
  };
  const checked: TlsOptions & { readonly checkServerIdentity: typeof isOneOfThem } = {
    checkServerIdentity: isOneOfThem,
  };
  return caFile === undefined ? checked : { ...checked, caFile };
}

function hostOf(server: string): string {
  const authority = server.replace(/^\w+:\/\//, "").replace(/^[^@]*@/, "");
  return /^\[([^\]]+)\]/.exec(authority)?.[1] ?? authority.replace(/:\d+$/, "");
}

/** A file that cannot be read for a moment must not end the connection: the server says no, and we try again. */
function fileAuthenticator(credsFile: string, onError: NatsOptions["onError"]): Authenticator {
  return (nonce) => {
    try {
      const { jwt, seed } = readCredsFile(credsFile);
      const { publicKey, sign } = keyPairFromSeed(seed);
      const signature = sign(new TextEncoder().encode(nonce ?? ""));
      const proof = { nkey: publicKey, sig: nonce ? Buffer.from(signature).toString("base64") : "" };
      return jwt === undefined ? proof : { jwt, ...proof };
    } catch (error) {
      onError?.(error);
      return undefined;
    }
  };
}

/** Error: `config_invalid`, with a sentence that names the file and never what is in it. */
export function readCredsFile(credsFile: string): KeyFile {
  try {
    const file = parseKeyFile(readFileSync(credsFile, "utf8"));
    keyPairFromSeed(file.seed);
    return file;
  } catch (error) {
    const why = error instanceof Error && "code" in error && !(error instanceof HoldfastError) ? error.code : "damaged";
    throw new HoldfastError("config_invalid", `The credentials in ${credsFile} cannot be used (${why}).`, {
      cause: error,
    });
  }
}

/** A server lets everybody hear one inbox: that of the name in its token. */
function inboxOfCreds(credsFile: string): string | undefined {
  try {
    const { jwt } = readCredsFile(credsFile);
    return jwt === undefined ? undefined : inboxPrefix(decodeJwt(jwt).name);
  } catch {
    return undefined;
  }
}

export function closedError(): HoldfastError {
  return new HoldfastError("disconnected", "The connection to the bus was closed by this module.");
}
