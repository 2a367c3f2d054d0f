import type { Logger } from "../service/context.ts";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Keeps its lines, so that a test can look for one. */
export interface CollectingLogger extends Logger {
  /** Of this logger and of all its children. */
  readonly lines: readonly LogLine[];
  /** Those at least as serious as warnings. */
  warnings(): readonly LogLine[];
}

export function collectingLogger(): CollectingLogger {
  const lines: LogLine[] = [];
  const logger = (base: object): Logger => {
    const write = (level: LogLine["level"]) => (fields: object, message: string) =>
      void lines.push({ level, message, fields: { ...base, ...fields } });
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      child: (fields) => logger({ ...base, ...fields }),
    };
  };
  const warnings = () => lines.filter(({ level }) => level === "warn" || level === "error");
  return { ...logger({}), lines, warnings };
}
