import { HoldfastError } from "@holdfast/proto";
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  PersistMode,
  type StreamConfig as RawConfig,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
  type StreamSource,
} from "@nats-io/jetstream";
import { type MsgHdrs, type NatsConnection, nanos } from "@nats-io/transport-node";
import type { Headers } from "../bus/bus.ts";
import { asBusError } from "../bus/wire-nats.ts";
import { isServerHeader } from "./append-check.ts";
import type { StoredMessage, StreamConfig } from "./streams.ts";

/** The JetStream interfaces of a connection that is up. */
export interface Door {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** The server's error codes that Holdfast tells apart (nats-server, server/errors.json). */
const codes = {
  /** Also a batch of which a part did not arrive or went to another stream, and a rollup inside a batch. */
  conflict: [10071, 10111, 10164, 10176],
  tooLarge: [10054, 10199],
  busy: [10002, 10023, 10028, 10047, 10077, 10122, 10210],
  unavailable: [10008, 10039, 10076],
  notFound: [10059],
  invalid: [10052, 10060, 10093, 10094, 10138],
};

export const messageGoneCodes: readonly number[] = [10037, 10043, 10057];

/** The code of an error answer of JetStream. */
export function apiCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

/** Whatever the library threw, with the codes of `Streams`; `what` names the stream or subject. */
export function asStreamError(error: unknown, what: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (error instanceof JetStreamApiError) return refusal(error.code, error.message, what);
  // The library wraps some errors once more, as "JetStream is not enabled".
  if (error instanceof Error && error.name === "JetStreamNotEnabled") return asStreamError(error.cause, what);
  return asBusError(error, what);
}

export function refusal(code: number, description: string, what: string): HoldfastError {
  const sentence = `${what}: ${description} (JetStream ${code}).`;
  if (codes.conflict.includes(code)) return new HoldfastError("conflict", sentence);
  if (codes.tooLarge.includes(code)) return new HoldfastError("too_large", sentence);
  if (codes.busy.includes(code)) return new HoldfastError("busy", sentence);
  if (codes.unavailable.includes(code)) return new HoldfastError("unavailable", sentence);
  if (codes.notFound.includes(code)) return new HoldfastError("not_found", sentence);
  if (codes.invalid.includes(code)) return new HoldfastError("invalid_argument", sentence);
  return new HoldfastError("internal", sentence);
}

/** What `ensure` makes of a stream; everything else stays as the operator has set it. */
export function rawConfig(config: StreamConfig): Partial<RawConfig> & { name: string } {
  const maxAgeMs = config.maxAgeMs ?? 0;
  return {
    name: config.name,
    subjects: [...(config.subjects ?? [])],
    sources: (config.sources ?? []).map(rawSource),
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    // A full store refuses; it never deletes to make room (docs/protocol.md 4).
    discard: DiscardPolicy.New,
    max_age: nanos(maxAgeMs),
    max_msgs_per_subject: config.maxPerSubject ?? -1,
    duplicate_window: nanos(maxAgeMs > 0 ? Math.min(maxAgeMs, 120_000) : 120_000),
    // Nobody appends to a copy.
    ...(isCopy(config) ? {} : { allow_atomic: true }),
    allow_msg_ttl: true,
    allow_rollup_hdrs: true,
    deny_delete: false,
    deny_purge: false,
    ...(config.republish ? { republish: { src: config.republish.from, dest: config.republish.to } } : {}),
  };
}

/** Whether a stream has everything that `ensure` would give it; the server leaves out what is empty. */
export function hasConfig(current: Partial<RawConfig>, { republish, ...wanted }: Partial<RawConfig>): boolean {
  return (
    covers(current, wanted) && (republish ? covers(current.republish, republish) : current.republish === undefined)
  );
}

function covers(has: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    const found: unknown[] = Array.isArray(has) ? has : [];
    return found.length === wanted.length && wanted.every((one, index) => covers(found[index], one));
  }
  if (typeof wanted !== "object" || wanted === null) return has === wanted || (has === undefined && !wanted);
  if (typeof has !== "object" || has === null) return false;
  return Object.entries(wanted).every(([name, value]) => covers(Reflect.get(has, name), value));
}

/** All that it has comes from other streams. */
function isCopy({ sources = [] }: StreamConfig): boolean {
  return sources.length > 0;
}

/**
 * What only a new stream can be given. A copy is not synced message by message: the server makes the tail that a crash
 * took from it again from its source, where every message is synced (ADR-55; only without replicas).
 */
export function createConfig(config: StreamConfig, replicas: number): Partial<RawConfig> & { name: string } {
  const persistence = isCopy(config) && replicas === 1 ? { persist_mode: PersistMode.Async } : {};
  return { ...rawConfig(config), num_replicas: replicas, ...persistence };
}

function rawSource({
  stream,
  filters,
}: {
  readonly stream: string;
  readonly filters: readonly string[];
}): StreamSource {
  const [only, ...more] = filters;
  if (only === undefined) return { name: stream };
  if (more.length === 0) return { name: stream, filter_subject: only };
  return { name: stream, subject_transforms: filters.map((filter) => ({ src: filter, dest: "" })) };
}

export function fromDelivery(message: JsMsg): StoredMessage {
  const { streamSequence: seq, timestampNanos } = message.info;
  return {
    subject: message.subject,
    // A copy: the library's is a view of all that arrived with it.
    data: new Uint8Array(message.data),
    seq,
    storedAtMs: Math.floor(timestampNanos / 1e6),
    ...fromStoredHeaders(message.headers),
  };
}

export function fromStored(message: StoredMsg): StoredMessage {
  const { subject, data, seq, header, timestamp } = message;
  return { subject, data, seq, storedAtMs: Date.parse(timestamp), ...fromStoredHeaders(header) };
}

function fromStoredHeaders(raw: MsgHdrs | undefined): { readonly headers: Headers; readonly originSeq?: number } {
  const names = raw?.keys().filter((name) => !isServerHeader(name)) ?? [];
  const headers = new Map(names.map((name) => [name, raw?.get(name) ?? ""]));
  // "<stream> <sequence> <filters> …"
  const origin = raw?.get("Nats-Stream-Source").split(" ")[1];
  return origin === undefined ? { headers } : { headers, originSeq: Number(origin) };
}
