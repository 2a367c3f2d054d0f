import type { Headers } from "../bus/bus.ts";

/** A JetStream stream as Holdfast uses it (single replica unless the operator says otherwise). */
export interface StreamConfig {
  readonly name: string;
  readonly subjects?: readonly string[];
  /** Copies of another stream's messages, filtered; the copy carries the origin in `originSeq`. */
  readonly sources?: readonly { readonly stream: string; readonly filters: readonly string[] }[];
  /** Messages older than this go, except those appended with `neverExpires`. Absent = kept. */
  readonly maxAgeMs?: number;
  /** Keep only the newest n per subject. Absent = all. */
  readonly maxPerSubject?: number;
  /** Committed messages are published again under another subject. */
  readonly republish?: { readonly from: string; readonly to: string };
}

export interface StoredMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly seq: number;
  readonly storedAtMs: number;
  /** For a copy made by `sources`: its sequence in the origin stream. */
  readonly originSeq?: number;
}

export interface AppendMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Headers;
  /** Compare-and-set: the last sequence of this subject must be this one; 0 = there is none. */
  readonly expectSeq?: number;
  /** This message replaces all earlier ones of its subject. */
  readonly rollup?: boolean;
  /** Not subject to `maxAgeMs`. */
  readonly neverExpires?: boolean;
}

export interface StreamInfo {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly messages: number;
}

/** Where a read or a follower starts. `lastPerSubject` = newest of each subject, then what comes. */
export type StartAt = { readonly seq: number } | { readonly sinceMs: number } | "first" | "lastPerSubject" | "new";

export interface FollowOptions {
  /** Subject filters with wildcards; absent = everything. */
  readonly filters?: readonly string[];
  readonly from: StartAt;
}

export interface Follower {
  /**
   * Resolves once, when everything that was there has been handled (`num_pending` was 0).
   * Rejects with `unavailable` when the follower ends before.
   */
  readonly caughtUp: Promise<void>;
  stop(): Promise<void>;
}

/** At most this many messages in one append: the server refuses more (ADR-50). */
export const batchMax = 1000;

/**
 * The cloud's streams. Adapters: `streams-nats.ts`, `testing/streams-memory.ts`; both pass
 * `testing/conformance/streams.ts`. Reads without a note come from the stream's leader.
 */
export interface Streams {
  /** Creates the stream or brings its configuration up to date. */
  ensure(config: StreamConfig): Promise<void>;
  /** Error: `not_found`. */
  info(stream: string): Promise<StreamInfo>;
  /** The newest message of one literal subject. */
  last(stream: string, subject: string): Promise<StoredMessage | undefined>;
  /**
   * All or nothing, in order, at most `batchMax`. Returns the sequence of the last message.
   * Expectations and rollups are about what was there before: a message that has one must be the first of
   * its subject in the batch (else `conflict`).
   * Errors: `conflict` (an expectation did not hold, or the batch was refused for an unknown reason:
   * read and compare before going on), `too_large`, `busy` (store full), `no_responders` (no stream takes
   * the subject), `invalid_argument`; `timeout` and `disconnected` leave it open whether it was written.
   */
  append(stream: string, messages: readonly AppendMessage[]): Promise<number>;
  /**
   * What is there now, in order, ending when nothing is pending. `headersOnly` leaves `data` empty.
   * Errors, also in the middle: `not_found`, `timeout`, `disconnected`; then read again.
   */
  read(stream: string, options: FollowOptions & { readonly headersOnly?: boolean }): AsyncIterable<StoredMessage>;
  /**
   * Ordered, one message at a time, without gaps, resuming by itself after a lost connection.
   * `handler` gets the number of messages still pending behind this one; when it throws, the follower ends
   * and the error goes to the adapter's `onError`. `onReset` is called when the stream was deleted,
   * recreated or truncated below the follower, also when `from` lies beyond its end; the follower then ends.
   * Errors: `not_found`, `invalid_argument` (filters overlap), `timeout`, `disconnected`.
   */
  follow(
    stream: string,
    options: FollowOptions,
    handler: (message: StoredMessage, pending: number) => void | Promise<void>,
    onReset?: () => void,
  ): Promise<Follower>;
  /** Deletes one message; false when it was gone already. Error: `not_found` (the stream). */
  remove(stream: string, seq: number): Promise<boolean>;
}
