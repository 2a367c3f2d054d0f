import { goldenNames, readGolden, writeGolden } from "./golden.ts";
import { type LogForm, makeLog } from "./log-golden.ts";

const prefix = "log-";

/** The kept logs, oldest version first. */
export function goldenLogs(): { readonly version: string; readonly form: LogForm }[] {
  return goldenNames(prefix).map((name) => ({
    version: name.slice(prefix.length),
    form: readGolden(name) as LogForm,
  }));
}

/** Keeps a log of this version, if there is none yet. */
export async function keepLog(version: string): Promise<void> {
  if (readGolden(prefix + version) === undefined) writeGolden(prefix + version, await makeLog());
}
