import type { Environment } from "@holdfast/kernel";
import { pick, type SeededRandom } from "@holdfast/kernel/testing";
import type { Limits } from "./invariants/within-limits.ts";

/** What differs from seed to seed besides the faults, so that every path of the log is walked by many of them. */
export interface Variety extends Limits {
  /** Operations of the disks take up to this long; 0 = no time at all. */
  readonly diskMaxMs: number;
  readonly environment: Environment;
}

const many = 1_000_000;

/** `keepsHistory`: what the cloud acknowledged may have to be sent again, as far back as the run goes. */
export function varietyOf(random: SeededRandom, keepsHistory: boolean): Variety {
  const outboxMaxEvents = pick(random, [many, many, many, 60]);
  const frameEvents = pick(random, [256, 256, 8]);
  const historyBytes = pick(random.fork("history"), keepsHistory ? [128 * many] : [128 * many, 8000, 1000]);
  return {
    outboxMaxEvents,
    frameEvents,
    historyBytes,
    diskMaxMs: pick(random, [0, 0, 0, 8]),
    environment: {
      HF_OUTBOX_MAX_EVENTS: String(outboxMaxEvents),
      HF_LOG_FRAME_EVENTS: String(frameEvents),
      HF_LOG_HISTORY_BYTES: String(historyBytes),
      // These stay whatever the size says.
      HF_LOG_HISTORY_EVENTS: keepsHistory ? "10000" : "0",
      HF_LOG_COMPACT_EVENTS: String(pick(random, [30, 100, many])),
      HF_LOG_PAGE_EVENTS: String(pick(random, [20, 1000])),
      HF_COMPRESS_FROM_BYTES: String(pick(random, [512, many, many, many])),
    },
  };
}
