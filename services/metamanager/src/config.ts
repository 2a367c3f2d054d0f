import { type Fields, field } from "@holdfast/kernel";

export interface MetamanagerConfig {
  readonly node: string;
  readonly folder: string;
  readonly groupEvents: number;
  readonly groupBytes: number;
  readonly queueMax: number;
  readonly heartbeatMs: number;
  readonly witnessMs: number;
  readonly maintenanceMs: number;
  readonly recountMs: number;
  readonly pageEvents: number;
  readonly pageBytes: number;
  readonly pinMs: number;
  readonly pinTotalMs: number;
  readonly frameEvents: number;
  readonly frameBytes: number;
  readonly outboxMaxEvents: number;
  readonly outboxMaxBytes: number;
  readonly compactEvents: number;
  readonly compactBytes: number;
  readonly historyMs: number;
  readonly historyBytes: number;
  readonly historyEvents: number;
  readonly softBytes: number;
  readonly hardBytes: number;
  readonly reserveBytes: number;
  readonly reserveFor: readonly string[];
  readonly freeMinBytes: number;
  readonly ballastBytes: number;
  readonly budgetMs: number;
  readonly settledMs: number;
  readonly salvageExcept: readonly string[];
}

const KiB = 1024;
const MiB = 1024 * KiB;
const dayMs = 24 * 60 * 60 * 1000;

/** The limits of the event log, each by its name (docs/protocol.md 11). */
export const metamanagerConfig: Fields<MetamanagerConfig> = {
  node: field.string({ env: "HF_NODE", doc: "Name of this gateway." }),
  folder: field.string({ env: "HF_LOG_DIR", fallback: ".holdfast/log", doc: "Folder of the event log." }),
  groupEvents: field.number({ env: "HF_LOG_GROUP_EVENTS", fallback: 256, doc: "Events in one synced write." }),
  groupBytes: field.bytes({ env: "HF_LOG_GROUP_BYTES", fallback: 256 * KiB, doc: "Bytes in one synced write." }),
  queueMax: field.number({
    env: "HF_LOG_QUEUE_MAX",
    fallback: 8192,
    doc: "Appends that wait; more are refused: busy.",
  }),
  heartbeatMs: field.durationMs({
    env: "HF_LOG_HEARTBEAT_MS",
    fallback: 1000,
    doc: "Time between two words of the tail when nothing is committed.",
  }),
  witnessMs: field.durationMs({
    env: "HF_LOG_WITNESS_MS",
    fallback: 1000,
    doc: "Least time between two notes beside the log of how far it reaches.",
  }),
  maintenanceMs: field.durationMs({
    env: "HF_LOG_MAINTENANCE_MS",
    fallback: 1000,
    doc: "Time between two looks at what must be compacted or forgotten.",
  }),
  recountMs: field.durationMs({
    env: "HF_RECOUNT_MS",
    fallback: dayMs,
    doc: "Time between two counts of the whole digest from what is on disk.",
  }),
  pageEvents: field.number({ env: "HF_LOG_PAGE_EVENTS", fallback: 1000, doc: "Events in one page of a replay." }),
  pageBytes: field.bytes({ env: "HF_LOG_PAGE_BYTES", fallback: 256 * KiB, doc: "Bytes in one page of a replay." }),
  pinMs: field.durationMs({
    env: "HF_LOG_PIN_MS",
    fallback: 60_000,
    doc: "How long a replay keeps what it still has to read, from each of its pages on.",
  }),
  pinTotalMs: field.durationMs({
    env: "HF_LOG_PIN_TOTAL_MS",
    fallback: 600_000,
    doc: "How long a replay keeps it at most, however often it asks; afterwards it may have to begin again.",
  }),
  frameEvents: field.number({ env: "HF_LOG_FRAME_EVENTS", fallback: 256, doc: "Items in one page of the outbox." }),
  frameBytes: field.bytes({ env: "HF_LOG_FRAME_BYTES", fallback: 256 * KiB, doc: "Bytes in one page of the outbox." }),
  outboxMaxEvents: field.number({
    env: "HF_OUTBOX_MAX_EVENTS",
    fallback: 100_000,
    doc: "Events not acknowledged by the cloud; beyond it the oldest become a counted gap and the state after it.",
  }),
  outboxMaxBytes: field.bytes({ env: "HF_OUTBOX_MAX_BYTES", fallback: 64 * MiB, doc: "The same limit in bytes." }),
  compactEvents: field.number({
    env: "HF_LOG_COMPACT_EVENTS",
    fallback: 10_000,
    doc: "Events after the base that make a new base worthwhile.",
  }),
  compactBytes: field.bytes({ env: "HF_LOG_COMPACT_BYTES", fallback: 8 * MiB, doc: "The same in bytes." }),
  historyMs: field.durationMs({
    env: "HF_LOG_HISTORY_MS",
    fallback: 7 * dayMs,
    doc: "Age up to which events are kept.",
  }),
  historyBytes: field.bytes({
    env: "HF_LOG_HISTORY_BYTES",
    fallback: 128 * MiB,
    doc: "Size up to which events are kept; never more than half of the soft limit.",
  }),
  historyEvents: field.number({
    env: "HF_LOG_HISTORY_EVENTS",
    fallback: 10_000,
    doc: "Events for the cloud kept whatever their age and size, unless the log is over its soft limit, to be sent again.",
  }),
  softBytes: field.bytes({
    env: "HF_LOG_SOFT_BYTES",
    fallback: 256 * MiB,
    doc: "Size of the log from which authors coalesce and new commands are refused: busy.",
  }),
  hardBytes: field.bytes({
    env: "HF_LOG_HARD_BYTES",
    fallback: 512 * MiB,
    doc: "Size of the log from which only removals are taken, and what HF_LOG_RESERVE_FOR names.",
  }),
  reserveBytes: field.bytes({
    env: "HF_LOG_RESERVE_BYTES",
    fallback: 16 * MiB,
    doc: "Space above the hard limit for these; beyond it only acknowledgements of the cloud are taken.",
  }),
  reserveFor: field.list({
    env: "HF_LOG_RESERVE_FOR",
    fallback: ["link/"],
    doc: "Prefixes of keys whose small events are taken over the hard limit too: positions, by which the cloud goes on.",
  }),
  freeMinBytes: field.bytes({
    env: "HF_LOG_FREE_MIN_BYTES",
    fallback: 32 * MiB,
    doc: "Free space of the disk below which the log behaves as over its soft limit; below half of it, as over its hard limit; below a quarter, as beyond the reserve.",
  }),
  ballastBytes: field.bytes({
    env: "HF_LOG_BALLAST_BYTES",
    fallback: 16 * MiB,
    doc: "Size of a file that is given back when the disk is full.",
  }),
  budgetMs: field.durationMs({ env: "HF_LOG_BUDGET_MS", fallback: 5000, doc: "Time between two looks at the sizes." }),
  settledMs: field.durationMs({
    env: "HF_LOG_SETTLED_MS",
    fallback: 60_000,
    doc: "A life of the log shorter than this counts as short; after three the files are checked apart.",
  }),
  salvageExcept: field.list({
    env: "HF_LOG_SALVAGE_EXCEPT",
    fallback: ["link/"],
    doc: "Prefixes of keys that are not taken over from a damaged log: positions, which must be found anew.",
  }),
};
