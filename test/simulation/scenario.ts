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

export function varietyOf(random: SeededRandom): Variety {
  const outboxMaxEvents = pick(random, [many, many, many, 60]);
  const frameEvents = pick(random, [256, 256, 8]);
  return {
    outboxMaxEvents,
    frameEvents,
    diskMaxMs: pick(random, [0, 0, 0, 8]),
    environment: {
      HF_OUTBOX_MAX_EVENTS: String(outboxMaxEvents),
      HF_LOG_FRAME_EVENTS: String(frameEvents),
      HF_LOG_COMPACT_EVENTS: String(pick(random, [30, 100, many])),
      HF_LOG_PAGE_EVENTS: String(pick(random, [20, 1000])),
      HF_COMPRESS_FROM_BYTES: String(pick(random, [512, many, many, many])),
    },
  };
}
