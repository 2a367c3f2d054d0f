import { type Fields, field, type SecretsConfig, secretsFields } from "@holdfast/kernel";

export interface EdgeHubConfig extends SecretsConfig {
  readonly node: string;
  readonly cloudUrl: string;
  readonly cloudCreds: string;
  readonly cloudCa: string;
  readonly renewalCreds: string;
  readonly credsCheckMs: number;
  readonly credsDownMs: number;
  readonly labels: readonly string[];
  readonly beatMs: number;
  readonly requestTimeoutMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
  readonly compressFromBytes: number;
  readonly recountMs: number;
}

export const edgeHubConfig: Fields<EdgeHubConfig> = {
  ...secretsFields,
  node: field.string({ env: "HF_NODE", doc: "Name of this gateway." }),
  cloudUrl: field.string({ env: "HF_CLOUD_URL", doc: "Where the cloud bus is: nats://host:port." }),
  cloudCreds: field.string({
    env: "HF_CLOUD_CREDS",
    fallback: "",
    doc: "File with the node's NATS credentials, 0600; the hub replaces it when it has renewed them.",
  }),
  cloudCa: field.string({
    env: "HF_CLOUD_CA",
    fallback: "",
    doc: "File with the certificate of the authority that must have signed the cloud's; empty = as the URL says.",
  }),
  renewalCreds: field.string({
    env: "HF_CLOUD_RENEWAL_CREDS",
    fallback: "",
    doc: "File with the credentials for renewal alone, for when the others have ended; empty = those are never renewed.",
  }),
  credsCheckMs: field.durationMs({
    env: "HF_CREDS_CHECK_MS",
    fallback: 30_000,
    doc: "How often the hub looks whether its credentials must be renewed; at two thirds of their life they are.",
  }),
  credsDownMs: field.durationMs({
    env: "HF_CREDS_DOWN_MS",
    fallback: 600_000,
    doc: "After this long without a link the hub tries to renew, whatever its clock says about its credentials.",
  }),
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
  recountMs: field.durationMs({
    env: "HF_RECOUNT_MS",
    fallback: 24 * 60 * 60 * 1000,
    doc: "Time between two counts of the whole digest of desired state from its objects.",
  }),
};
