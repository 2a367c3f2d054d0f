import { type Fields, field } from "@holdfast/kernel";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export interface RegistrarConfig {
  readonly trustFolder: string;
  readonly busUrl: string;
  readonly joinTtlMs: number;
  readonly nodeLifeMs: number;
  readonly nodeGraceMs: number;
  readonly userLifeMs: number;
  readonly claimsMs: number;
  readonly claimsTimeoutMs: number;
  readonly registryKeepMs: number;
}

export const registrarConfig: Fields<RegistrarConfig> = {
  trustFolder: field.string({
    env: "HF_TRUST_DIR",
    fallback: "",
    doc: "Folder with the keys of this cloud; empty = a cloud without credentials, where nothing is issued.",
  }),
  busUrl: field.string({
    env: "HF_BUS_URL",
    fallback: "nats://127.0.0.1:4222",
    doc: "The cloud's NATS server, which is told of revocations with the credentials of its system account.",
  }),
  joinTtlMs: field.durationMs({
    env: "HF_JOIN_TTL_MS",
    fallback: hourMs,
    doc: "How long a join token counts when the command does not say.",
  }),
  nodeLifeMs: field.durationMs({
    env: "HF_NODE_CREDS_LIFE_MS",
    fallback: 7 * dayMs,
    doc: "How long the credentials of a node count; it renews them after two thirds of that.",
  }),
  nodeGraceMs: field.durationMs({
    env: "HF_NODE_CREDS_GRACE_MS",
    fallback: 90 * dayMs,
    doc: "How long after their end a node may still renew its credentials; then it must join again.",
  }),
  userLifeMs: field.durationMs({
    env: "HF_USER_CREDS_LIFE_MS",
    fallback: 90 * dayMs,
    doc: "How long the credentials of a user count when the command does not say.",
  }),
  claimsMs: field.durationMs({
    env: "HF_CLAIMS_MS",
    fallback: 30_000,
    doc: "How often the revocations that the server knows are compared with those that are recorded.",
  }),
  claimsTimeoutMs: field.durationMs({
    env: "HF_CLAIMS_TIMEOUT_MS",
    fallback: 5000,
    doc: "How long the server may take to answer about its account, and how long a revoke waits for it.",
  }),
  registryKeepMs: field.durationMs({
    env: "HF_REGISTRY_KEEP_MS",
    fallback: 30 * dayMs,
    doc: "How long join tokens are kept for people after they ceased to matter; of revocations the newest 10 000 are kept for ever.",
  }),
};
