import { type Fields, field } from "@holdfast/kernel";

export interface MapperConfig {
  readonly busUrl: string;
  readonly protocols: readonly string[];
  readonly reachabilityMs: number;
  readonly settleMs: number;
  readonly offlineAfter: number;
  readonly quarantineAfter: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly quarantineMs: number;
  readonly waitingMax: number;
  readonly waitingMs: number;
  readonly flushMs: number;
}

export const mapperConfig: Fields<MapperConfig> = {
  busUrl: field.string({
    env: "HF_BUS_URL",
    fallback: "nats://127.0.0.1:4222",
    doc: "The edge bus; samples have a connection of their own.",
  }),
  protocols: field.list({
    env: "HF_MAPPER_PROTOCOLS",
    fallback: ["modbus"],
    doc: "The drivers that this mapper hosts.",
  }),
  reachabilityMs: field.durationMs({
    env: "HF_MAPPER_REACHABILITY_MS",
    fallback: 5000,
    doc: "How often it is said which devices can be reached, besides at each change.",
  }),
  settleMs: field.durationMs({
    env: "HF_MAPPER_SETTLE_MS",
    fallback: 50,
    doc: "Changes of devices and models that come within this time are applied together.",
  }),
  offlineAfter: field.number({
    env: "HF_MAPPER_OFFLINE_AFTER",
    fallback: 3,
    doc: "Failures in a row after which a device is offline and read less often.",
  }),
  quarantineAfter: field.number({
    env: "HF_MAPPER_QUARANTINE_AFTER",
    fallback: 8,
    doc: "Failures in a row after which a device is only looked at now and then.",
  }),
  backoffMs: field.durationMs({
    env: "HF_MAPPER_BACKOFF_MS",
    fallback: 1000,
    doc: "First pause before a failing device, or a line that does not open, is tried again; doubles each time.",
  }),
  backoffMaxMs: field.durationMs({ env: "HF_MAPPER_BACKOFF_MAX_MS", fallback: 30_000, doc: "Longest such pause." }),
  quarantineMs: field.durationMs({
    env: "HF_MAPPER_QUARANTINE_MS",
    fallback: 60_000,
    doc: "Time between two looks at a device in quarantine.",
  }),
  waitingMax: field.number({
    env: "HF_MAPPER_WAITING_MAX",
    fallback: 64,
    doc: "Writes and reads on demand that wait for one line; more are refused: busy.",
  }),
  waitingMs: field.durationMs({
    env: "HF_MAPPER_WAITING_MS",
    fallback: 5000,
    doc: "How long they wait for their turn before they are refused: busy.",
  }),
  flushMs: field.durationMs({
    env: "HF_MAPPER_FLUSH_MS",
    fallback: 5000,
    doc: "How long the bus may take to accept samples before the next ones are tried.",
  }),
};
