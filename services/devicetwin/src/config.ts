import { type Fields, field } from "@holdfast/kernel";

export interface DeviceTwinConfig {
  readonly node: string;
  readonly busUrl: string;
  readonly heartbeatMs: number;
  readonly coalesceMs: number;
  readonly driverTimeoutMs: number;
  readonly writeAttempts: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly silenceMs: number;
  readonly offlineTtlMs: number;
  readonly checkMs: number;
  readonly logTimeoutMs: number;
  readonly atTimeoutMs: number;
  readonly callsMax: number;
  readonly callWaitMs: number;
}

export const deviceTwinConfig: Fields<DeviceTwinConfig> = {
  node: field.string({ env: "HF_NODE", doc: "Name of this gateway." }),
  busUrl: field.string({
    env: "HF_BUS_URL",
    fallback: "nats://127.0.0.1:4222",
    doc: "The NATS server of the samples.",
  }),
  heartbeatMs: field.durationMs({
    env: "HF_TWIN_HEARTBEAT_MS",
    fallback: 300_000,
    doc: "An unchanged value is reported again after this, or after its reportCycle if that is longer; 0 = never.",
  }),
  coalesceMs: field.durationMs({
    env: "HF_TWIN_COALESCE_MS",
    fallback: 10_000,
    doc: "While the log is over its soft limit, reports are written once in this time, the latest of each property.",
  }),
  driverTimeoutMs: field.durationMs({
    env: "HF_TWIN_DRIVER_TIMEOUT_MS",
    fallback: 15_000,
    doc: "How long a read or write by the mapper may take; more than a slow line needs for its own retries.",
  }),
  writeAttempts: field.number({
    env: "HF_TWIN_WRITE_ATTEMPTS",
    fallback: 4,
    doc: "Writes that the device may answer with another value before the set is rejected as notTaken.",
  }),
  retryBaseMs: field.durationMs({
    env: "HF_TWIN_RETRY_BASE_MS",
    fallback: 500,
    doc: "First window of the full-jitter back-off between attempts at a device; doubles each time.",
  }),
  retryMaxMs: field.durationMs({
    env: "HF_TWIN_RETRY_MAX_MS",
    fallback: 30_000,
    doc: "Largest back-off window between attempts at a device.",
  }),
  silenceMs: field.durationMs({
    env: "HF_TWIN_MAPPER_SILENCE_MS",
    fallback: 20_000,
    doc: "A device of which no mapper says anything for this long is offline.",
  }),
  offlineTtlMs: field.durationMs({
    env: "HF_TWIN_OFFLINE_TTL_MS",
    fallback: 30_000,
    doc: "When a device is offline for this long, its last values are reported as uncertain.",
  }),
  checkMs: field.durationMs({
    env: "HF_TWIN_CHECK_MS",
    fallback: 1_000,
    doc: "How often silence and lifetimes are looked at.",
  }),
  logTimeoutMs: field.durationMs({
    env: "HF_TWIN_LOG_TIMEOUT_MS",
    fallback: 5_000,
    doc: "How long one page of history may take.",
  }),
  atTimeoutMs: field.durationMs({
    env: "HF_TWIN_AT_TIMEOUT_MS",
    fallback: 30_000,
    doc: "How long one question for the twin of a time may read the history.",
  }),
  callsMax: field.number({
    env: "HF_TWIN_CALLS_MAX",
    fallback: 16,
    doc: "Calls of methods that wait for one device or are carried out; more are refused: busy.",
  }),
  callWaitMs: field.durationMs({
    env: "HF_TWIN_CALL_WAIT_MS",
    fallback: 5_000,
    doc: "How long a call waits for its turn at the device before it is refused: busy; less than callers wait for an answer.",
  }),
};
