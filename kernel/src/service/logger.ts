import { pino } from "pino";
import type { Logger } from "./context.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What is never written, wherever it stands in the fields. */
const secretNames = ["password", "secret", "token", "creds", "credentials", "seed", "jwt", "authorization"];

/** JSON lines on stderr, written at once, so that the last line before an exit is there. */
export function createLogger(level: LogLevel, fields: object): Logger {
  return pino(
    {
      level,
      base: { ...fields, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => (error instanceof Error ? pino.stdSerializers.err(error) : error) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: "(secret)" },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
