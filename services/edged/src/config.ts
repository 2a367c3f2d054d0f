import {
  type Clock,
  type Fields,
  field,
  type Logger,
  type SecretBox,
  type SecretsConfig,
  secretsFields,
} from "@holdfast/kernel";
import type { ProcessRuntimeOptions } from "./process/machine.ts";

export interface EdgedConfig extends SecretsConfig {
  readonly dir: string;
  readonly searchPath: string;
  readonly cgroupName: string;
  readonly pidsMax: number;
  readonly hidden: readonly string[];
  readonly hostIp: string;
  readonly memoryRoot: string;
  readonly pollMs: number;
  readonly logCopyMs: number;
  readonly logFileBytes: number;
  readonly logFiles: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly backoffResetMs: number;
  readonly downGraceMs: number;
}

const MiB = 1024 * 1024;
const secondMs = 1000;
const minuteMs = 60 * secondMs;

export const edgedConfig: Fields<EdgedConfig> = {
  dir: field.string({
    env: "HF_EDGED_DIR",
    fallback: ".holdfast/edged",
    doc: "Folder of containers: their state, volumes and logs. Only edged may read it.",
  }),
  searchPath: field.string({
    env: "HF_EDGED_SEARCH_PATH",
    fallback: "/usr/local/bin:/usr/bin:/bin",
    doc: 'Folders in which bubblewrap (bwrap) is looked for; "none" = containers run as plain processes.',
  }),
  cgroupName: field.string({
    env: "HF_EDGED_CGROUP",
    fallback: "holdfast",
    doc: 'Name of the control group under which containers get theirs; "none" = no control groups, no limits.',
  }),
  pidsMax: field.number({
    env: "HF_EDGED_PIDS_MAX",
    fallback: 4096,
    doc: "Processes that one container may have; 0 = no limit.",
  }),
  hidden: field.list({
    env: "HF_EDGED_HIDDEN",
    fallback: [],
    doc: "More folders of the gateway that isolated containers must not see into, such as the event log's.",
  }),
  hostIp: field.string({
    env: "HF_EDGED_HOST_IP",
    fallback: "",
    doc: "Address under which pods are told to be reached; empty = the first one of this machine.",
  }),
  memoryRoot: field.string({
    env: "HF_EDGED_MEMORY_DIR",
    fallback: "/dev/shm",
    doc: 'A file system in memory, in which the files of Secrets lie; "none" = they lie in HF_EDGED_DIR.',
  }),
  ...secretsFields,
  pollMs: field.durationMs({
    env: "HF_EDGED_POLL_MS",
    fallback: secondMs,
    doc: "Time between two looks at what runs, when nothing is told to have changed.",
  }),
  logCopyMs: field.durationMs({
    env: "HF_EDGED_LOG_COPY_MS",
    fallback: 500,
    doc: "Time between two copies of what containers print into their logs.",
  }),
  logFileBytes: field.bytes({
    env: "HF_EDGED_LOG_FILE_BYTES",
    fallback: 10 * MiB,
    doc: "Size of a container's log file that is followed by the next one.",
  }),
  logFiles: field.number({ env: "HF_EDGED_LOG_FILES", fallback: 5, doc: "Log files kept per life of a container." }),
  backoffBaseMs: field.durationMs({
    env: "HF_EDGED_BACKOFF_BASE_MS",
    fallback: 10 * secondMs,
    doc: "Wait before the second restart of a container; it doubles with each. The first restart is at once.",
  }),
  backoffMaxMs: field.durationMs({
    env: "HF_EDGED_BACKOFF_MAX_MS",
    fallback: 5 * minuteMs,
    doc: "The longest wait before a restart.",
  }),
  backoffResetMs: field.durationMs({
    env: "HF_EDGED_BACKOFF_RESET_MS",
    fallback: 10 * minuteMs,
    doc: "A container that ran for this long is restarted as if for the first time.",
  }),
  downGraceMs: field.durationMs({
    env: "HF_EDGED_DOWN_GRACE_MS",
    fallback: 10 * secondMs,
    doc: "How long containers have to end when the whole gateway is taken down, whatever their pods say.",
  }),
};

export function processRuntimeOptions(
  config: EdgedConfig,
  clock: Clock,
  logger: Logger,
  secrets?: SecretBox,
): ProcessRuntimeOptions {
  const { dir, pidsMax, logCopyMs, hidden, hostIp } = config;
  const none = (text: string) => (text === "none" ? "" : text);
  const logLimits = { fileBytesMax: config.logFileBytes, filesMax: config.logFiles };
  const searchPath = none(config.searchPath);
  const cgroupName = none(config.cgroupName);
  const memoryRoot = none(config.memoryRoot);
  const limits = { pidsMax, logLimits, logCopyMs };
  return {
    dir,
    clock,
    logger,
    searchPath,
    cgroupName,
    hidden,
    hostIp,
    memoryRoot,
    ...limits,
    ...(secrets && { secrets }),
  };
}
