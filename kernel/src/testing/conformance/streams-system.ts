import { expect, vi } from "vitest";
import type { Bus } from "../../bus/bus.ts";
import type { AppendMessage, FollowOptions, StoredMessage, StreamConfig, Streams } from "../../streams/streams.ts";

/** A NATS system with streams that the suite may harm. */
export interface StreamsSystem {
  /** A new connection; resolves when it is up. */
  connect(onError?: (error: unknown) => void): Promise<{ readonly streams: Streams; readonly bus: Bus }>;
  /** As kill -9. */
  stopServer(): Promise<void>;
  /** Under the same address, with the same store. */
  startServer(): Promise<void>;
  /** All connections break and come back; the server does not stop. */
  breakConnections(): Promise<void>;
  /** Keeps the store as it is now. */
  backup(): Promise<void>;
  /** The server ends and begins again with the store as it was at the backup. */
  restore(): Promise<void>;
  deleteStream(name: string): Promise<void>;
  close(): Promise<void>;
}

/** The system of the running test and its first connection. */
export type Current = () => { readonly streams: Streams; readonly bus: Bus; readonly system: StreamsSystem };

export const within = { timeout: 20_000, interval: 5 };
const encoder = new TextEncoder();
export const bytes = (text: string) => encoder.encode(text);
export const text = ({ data }: { readonly data: Uint8Array }) => new TextDecoder().decode(data);
export const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** Holds a handler until it is released. */
export function gate() {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  return { held, release };
}
export const message = (subject: string, body = subject, more: Partial<AppendMessage> = {}): AppendMessage => ({
  subject,
  data: bytes(body),
  ...more,
});

/** A stream without conditions. */
export const plain: StreamConfig = { name: "PLAIN", subjects: ["p.>"] };

export async function all(streams: Streams, stream: string, options: Partial<FollowOptions> = {}) {
  const found: StoredMessage[] = [];
  for await (const stored of streams.read(stream, { from: "first", ...options })) found.push(stored);
  return found;
}

/** Follows and collects texts; `until` waits for one. */
export async function collect(streams: Streams, stream: string, options: FollowOptions) {
  const heard: string[] = [];
  const seqs: number[] = [];
  const state = { resets: 0 };
  const follower = await streams.follow(
    stream,
    options,
    (stored) => {
      heard.push(text(stored));
      seqs.push(stored.seq);
    },
    () => state.resets++,
  );
  const until = (last: string) => vi.waitFor(() => expect(heard).toContain(last), within);
  return { heard, seqs, follower, until, state };
}
