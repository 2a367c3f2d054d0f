import { type Fields, field } from "@holdfast/kernel";

export interface CloudHubConfig {
  readonly checkMs: number;
  readonly framesWaitingMax: number;
  readonly catchingUpMax: number;
  readonly batchMs: number;
  readonly syncsWaitingMax: number;
  readonly syncsAtOnce: number;
  readonly syncPageBytes: number;
  readonly retryAfterMs: number;
  readonly retryMaxMs: number;
  readonly markAgeMs: number;
  readonly reloadMs: number;
  readonly duplicateMs: number;
  readonly recountMs: number;
}

/** How long a node waits that does not say: the default of HF_LINK_TIMEOUT_MS. */
export const waitDefaultMs = 10_000;

export const cloudHubConfig: Fields<CloudHubConfig> = {
  checkMs: field.durationMs({
    env: "HF_HUB_CHECK_MS",
    fallback: 5000,
    doc: "How often the hub reads the cloud's incarnation from the stream's leader.",
  }),
  framesWaitingMax: field.number({
    env: "HF_HUB_FRAMES_MAX",
    fallback: 512,
    doc: "Frames of all nodes waiting to be committed; a node that comes on top is told to try later.",
  }),
  catchingUpMax: field.number({
    env: "HF_HUB_CATCHING_UP_MAX",
    fallback: 64,
    doc: "Frames of nodes that catch up waiting to be committed; those on top are told when it is their turn.",
  }),
  batchMs: field.durationMs({
    env: "HF_HUB_BATCH_MS",
    fallback: 20,
    doc: "The longest that a batch of those that catch up takes; less while others are at work, see docs/protocol.md 7.",
  }),
  syncsWaitingMax: field.number({
    env: "HF_HUB_SYNCS_MAX",
    fallback: 512,
    doc: "Nodes that wait for a page of desired state; those on top are told when it is their turn.",
  }),
  syncsAtOnce: field.number({
    env: "HF_HUB_SYNCS_AT_ONCE",
    fallback: 8,
    doc: "Pages of desired state that are made before everything else is looked at again.",
  }),
  syncPageBytes: field.bytes({ env: "HF_HUB_SYNC_PAGE_BYTES", fallback: 256 * 1024, doc: "Size of one sync page." }),
  retryAfterMs: field.durationMs({
    env: "HF_HUB_RETRY_AFTER_MS",
    fallback: 500,
    doc: "When full, nodes are told to come back after this time at the earliest.",
  }),
  retryMaxMs: field.durationMs({
    env: "HF_HUB_RETRY_MAX_MS",
    fallback: 60_000,
    doc: "The latest turn that a node that catches up is given.",
  }),
  markAgeMs: field.durationMs({
    env: "HF_HUB_MARK_AGE_MS",
    fallback: 30_000,
    doc: "Heartbeats are answered with a mark read from the stream's leader at most this long ago.",
  }),
  reloadMs: field.durationMs({
    env: "HF_HUB_RELOAD_MS",
    fallback: 600_000,
    doc: "A hub that could not reach the leader for this long loads everything again; less than HF_TOMBSTONE_MIN_MS.",
  }),
  duplicateMs: field.durationMs({
    env: "HF_HUB_DUPLICATE_MS",
    fallback: 600_000,
    doc: "Two machines that begin an epoch of one node within this time are refused until an operator has decided.",
  }),
  recountMs: field.durationMs({
    env: "HF_RECOUNT_MS",
    fallback: 24 * 60 * 60 * 1000,
    doc: "Time between two counts of the whole digest of desired state from its objects.",
  }),
};
