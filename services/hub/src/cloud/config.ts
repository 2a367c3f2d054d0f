import { type Fields, field } from "@holdfast/kernel";

export interface CloudHubConfig {
  readonly checkMs: number;
  readonly framesWaitingMax: number;
  readonly syncPageBytes: number;
  readonly retryAfterMs: number;
  readonly markAgeMs: number;
  readonly duplicateMs: number;
}

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
  syncPageBytes: field.bytes({ env: "HF_HUB_SYNC_PAGE_BYTES", fallback: 256 * 1024, doc: "Size of one sync page." }),
  retryAfterMs: field.durationMs({
    env: "HF_HUB_RETRY_AFTER_MS",
    fallback: 500,
    doc: "When full, nodes are told to come back after this time and up to as much again.",
  }),
  markAgeMs: field.durationMs({
    env: "HF_HUB_MARK_AGE_MS",
    fallback: 30_000,
    doc: "Heartbeats are answered with a mark read from the stream's leader at most this long ago.",
  }),
  duplicateMs: field.durationMs({
    env: "HF_HUB_DUPLICATE_MS",
    fallback: 600_000,
    doc: "Two machines that begin an epoch of one node within this time are refused until an operator has decided.",
  }),
};
