import type { Logger } from "@holdfast/kernel";
import { collectingLogger, type LogLine } from "@holdfast/kernel/testing";

/** Keeps its lines with the simulated time of each. */
export interface TimedLogger extends Logger {
  readonly lines: readonly LogLine[];
  /** For the trace of a failure: what was at least worth an `info`, with its time. */
  readonly timed: readonly { readonly atMs: number; readonly line: LogLine }[];
}

export function timedLogger(nowMs: () => number): TimedLogger {
  const collected = collectingLogger();
  const timesMs: number[] = [];
  const timed = (logger: Logger): Logger => ({
    debug: () => {},
    info: (fields, message) => note(() => logger.info(fields, message)),
    warn: (fields, message) => note(() => logger.warn(fields, message)),
    error: (fields, message) => note(() => logger.error(fields, message)),
    child: (fields) => timed(logger.child(fields)),
  });
  const note = (write: () => void) => {
    timesMs.push(nowMs());
    write();
  };
  return {
    ...timed(collected),
    get lines() {
      return collected.lines;
    },
    get timed() {
      return collected.lines.map((line, index) => ({ atMs: timesMs[index] ?? 0, line }));
    },
  };
}
