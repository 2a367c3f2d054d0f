import { type Fields, field, type SecretsConfig, secretsFields } from "@holdfast/kernel";

export interface EdgeHubConfig extends SecretsConfig {
  readonly node: string;
  readonly cloudUrl: string;
  readonly cloudCreds: string;
  readonly labels: readonly string[];
  readonly beatMs: number;
  readonly requestTimeoutMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
  readonly compressFromBytes: number;
}

export const edgeHubConfig: Fields<EdgeHubConfig> = {
  ...secretsFields,
  node: field.string({ env: "HF_NODE", doc: "Name of this gateway." }),
  cloudUrl: field.string({ env: "HF_CLOUD_URL", doc: "Where the cloud bus is: nats://host:port." }),
  cloudCreds: field.string({ env: "HF_CLOUD_CREDS", fallback: "", doc: "File with the node's NATS credentials." }),
  labels: field.list({ env: "HF_NODE_LABELS", fallback: [], doc: "Labels of this gateway: key=value, …" }),
  beatMs: field.durationMs({ env: "HF_BEAT_MS", fallback: 5000, doc: "Time between two heartbeats to the cloud." }),
  requestTimeoutMs: field.durationMs({
    env: "HF_LINK_TIMEOUT_MS",
    fallback: 10_000,
    doc: "How long the hub waits for an answer of the cloud.",
  }),
  reconnectBaseMs: field.durationMs({
    env: "HF_RECONNECT_BASE_MS",
    fallback: 500,
    doc: "First window of the full-jitter back-off after the link came back or failed; doubles each time.",
  }),
  reconnectMaxMs: field.durationMs({ env: "HF_RECONNECT_MAX_MS", fallback: 30_000, doc: "Largest back-off window." }),
  compressFromBytes: field.bytes({
    env: "HF_COMPRESS_FROM_BYTES",
    fallback: 512,
    doc: "Frames of at least this size are compressed.",
  }),
};
