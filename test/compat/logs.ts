import { goldenNames, readGolden, writeGolden } from "./golden.ts";
import { type LogForm, makeLog } from "./log-golden.ts";
import { makeStreams, type StreamsForm } from "./streams-golden.ts";

const prefixes = { log: "log-", streams: "streams-" } as const;

interface Kept<T> {
  readonly version: string;
  readonly form: T;
}

function golden<T>(prefix: string): Kept<T>[] {
  return goldenNames(prefix).map((name) => ({ version: name.slice(prefix.length), form: readGolden(name) as T }));
}

/** The kept logs, oldest version first. */
export const goldenLogs = (): Kept<LogForm>[] => golden(prefixes.log);

/** The kept streams, oldest version first. */
export const goldenStreams = (): Kept<StreamsForm>[] => golden(prefixes.streams);

/**
 * Keeps a log and the streams of this version, if there are none yet: they are different each time. When a version
 * that was not released changes what they hold, its files are taken away by hand and made again.
 */
export async function keepStored(version: string): Promise<void> {
  const [log, streams] = [prefixes.log + version, prefixes.streams + version];
  if (readGolden(log) === undefined) writeGolden(log, await makeLog());
  if (readGolden(streams) === undefined) writeGolden(streams, await makeStreams(readGolden(log) as LogForm));
}
