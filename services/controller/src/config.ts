import { type Fields, field } from "@holdfast/kernel";
import { nodeEntriesMax } from "./reports.ts";

const dayMs = 24 * 60 * 60 * 1000;

export interface ControllerConfig {
  readonly reconcileMs: number;
  readonly leaseMs: number;
  readonly nodeSilentMs: number;
  readonly nodeEntriesMax: number;
  readonly callTimeoutMs: number;
  readonly atTimeoutMs: number;
  readonly tombstoneMinMs: number;
  readonly tombstoneMaxMs: number;
  readonly resolutionKeepMs: number;
  readonly resolutionsMax: number;
  readonly deletedKeepMs: number;
  readonly foreignClaimsMax: number;
  readonly foreignClaimsMs: number;
}

export const controllerConfig: Fields<ControllerConfig> = {
  reconcileMs: field.durationMs({
    env: "HF_RECONCILE_MS",
    fallback: 30_000,
    doc: "How often everything desired is compared with what is declared, changes or not.",
  }),
  leaseMs: field.durationMs({
    env: "HF_LEASE_MS",
    fallback: 8000,
    doc: "Another controller takes over when the one that derives has not renewed its lease for this long.",
  }),
  nodeSilentMs: field.durationMs({
    env: "HF_NODE_SILENT_MS",
    fallback: 40_000,
    doc: "A node without a heartbeat for this long is Unknown; nothing is moved away from it.",
  }),
  nodeEntriesMax: field.number({
    env: "HF_NODE_ENTRIES_MAX",
    fallback: nodeEntriesMax,
    doc: "What is remembered of one node: devices, properties, pods, open proposals, two for what is in its digest.",
  }),
  callTimeoutMs: field.durationMs({
    env: "HF_CALL_TIMEOUT_MS",
    fallback: 10_000,
    doc: "How long a call to a node (logs, accept-removals) may take, besides the time that it asks to wait.",
  }),
  atTimeoutMs: field.durationMs({
    env: "HF_TWIN_AT_TIMEOUT_MS",
    fallback: 30_000,
    doc: "How long one question for the twin of a time may read the history.",
  }),
  tombstoneMinMs: field.durationMs({
    env: "HF_TOMBSTONE_MIN_MS",
    fallback: 3_600_000,
    doc: "A tombstone in DESIRED stays at least this long; a hub that was cut off for longer must load anew.",
  }),
  tombstoneMaxMs: field.durationMs({
    env: "HF_TOMBSTONE_MAX_MS",
    fallback: 30 * dayMs,
    doc: "A tombstone that its node has not acknowledged goes after this; the node then takes everything again.",
  }),
  resolutionKeepMs: field.durationMs({
    env: "HF_RESOLUTION_KEEP_MS",
    fallback: dayMs,
    doc: "How long the outcome of a proposal is remembered after its node has put the proposal away.",
  }),
  resolutionsMax: field.number({
    env: "HF_RESOLUTIONS_MAX",
    fallback: 10_000,
    doc: "Outcomes remembered at most; beyond it those that their node has put away go first.",
  }),
  deletedKeepMs: field.durationMs({
    env: "HF_DELETED_KEEP_MS",
    fallback: 90 * dayMs,
    doc: "How long the history of a deleted object is kept.",
  }),
  foreignClaimsMax: field.number({
    env: "HF_FOREIGN_CLAIMS_MAX",
    fallback: 3,
    doc: "Times that one node alone may have the cloud begin a new incarnation, which every node then takes over, within the time below.",
  }),
  foreignClaimsMs: field.durationMs({
    env: "HF_FOREIGN_CLAIMS_MS",
    fallback: 3_600_000,
    doc: "For how long such a claim counts against its node.",
  }),
};
