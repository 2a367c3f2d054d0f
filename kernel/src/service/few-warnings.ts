import type { Clock } from "./clock.ts";
import type { Logger } from "./context.ts";

/** Lines about attacks of one kind in a minute: whoever attacks must not fill the disk with them. */
export const attackWarningsPerMinute = 10;
const minuteMs = 60_000;
/** Of a text that a stranger chose. */
const textLengthMax = 256;

export interface FewWarningsOptions {
  readonly logger: Logger;
  /** Without one nothing is forgotten: the first few are told. */
  readonly clock?: Pick<Clock, "monotonicMs"> | undefined;
}

/**
 * Tells what somebody tried, some times a minute; the next line after silence says how many were left out. Texts
 * are cut: a stranger chose them.
 */
export function fewWarnings({ logger, clock }: FewWarningsOptions) {
  let minute = -1;
  let told = 0;
  let leftOut = 0;
  return (fields: Readonly<Record<string, string | number | undefined>>, message: string): void => {
    const now = Math.floor((clock?.monotonicMs() ?? 0) / minuteMs);
    if (now !== minute) told = 0;
    minute = now;
    if (told >= attackWarningsPerMinute) {
      leftOut += 1;
      return;
    }
    told += 1;
    const short = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? value.slice(0, textLengthMax) : value,
    ]);
    logger.warn({ ...Object.fromEntries(short), ...(leftOut > 0 ? { leftOut } : {}) }, message);
    leftOut = 0;
  };
}
