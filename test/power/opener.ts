// A process that opens one crash image after the other with the code of metamanager, and tells what it finds.
import { createHash } from "node:crypto";
import { hasCode } from "@holdfast/kernel";
import { LogEventCodec } from "@holdfast/proto";
import type { EventLog } from "../../services/metamanager/src/log.ts";
import { openLog } from "../process/fixtures/log-opener.ts";

export interface ImageRequest {
  readonly folder: string;
  readonly module: string;
  readonly incarnation: number;
  /** The last append that was answered before the cut, to be asked for again. */
  readonly repeat: { readonly n: number; readonly events: readonly string[] } | undefined;
}

export interface ImageAccount {
  readonly quarantines: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Fingerprints: by key what is there, and by sequence what the history holds. */
  readonly state: readonly (readonly [string, string])[];
  readonly events: readonly (readonly [number, string])[];
  /** The answer to the repeated append, or the code of its refusal. */
  readonly repeated: readonly number[] | string | undefined;
  readonly failures: number;
}

export const fingerprint = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("base64");

async function pages(log: EventLog, afterSeq: number, take: (seq: number, raw: Uint8Array) => void): Promise<void> {
  for (let cursor = ""; ; ) {
    const page = await log.replay({ afterSeq, cursor, prefixes: [], fromFloor: false });
    for (const { seq, event } of page.events) take(seq, event);
    if (!page.more) return;
    cursor = page.cursor;
  }
}

async function account({ folder, module, incarnation, repeat }: ImageRequest): Promise<ImageAccount> {
  const { log, failures } = await openLog(folder);
  const { quarantines, firstSeq, lastSeq } = await log.status(0);
  const state = new Map<string, string>();
  await pages(log, 0, (_, raw) => {
    const { key, ending, body } = LogEventCodec.decode(raw);
    if (ending === "removal") state.delete(key);
    else if (ending === "state") state.set(key, fingerprint(body));
  });
  const events: (readonly [number, string])[] = [];
  if (lastSeq > firstSeq) await pages(log, firstSeq, (seq, raw) => events.push([seq, fingerprint(raw)]));
  const repeated = repeat && (await again(log, { module, incarnation, repeat }));
  await log.close();
  return { quarantines, firstSeq, lastSeq, state: [...state], events, repeated, failures: failures.length };
}

async function again(
  log: EventLog,
  {
    module,
    incarnation,
    repeat,
  }: Pick<ImageRequest, "module" | "incarnation"> & { repeat: NonNullable<ImageRequest["repeat"]> },
): Promise<readonly number[] | string> {
  const events = repeat.events.map((event) => new Uint8Array(Buffer.from(event, "base64")));
  try {
    const { firstSeq, lastSeq } = await log.append({ module, incarnation, n: repeat.n, events });
    return [firstSeq, lastSeq];
  } catch (error) {
    if (hasCode(error, "internal")) throw error;
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

if (import.meta.main) {
  process.on("message", (request: ImageRequest) => {
    void account(request).then(
      (found) => process.send?.(found),
      // What nobody expects ends the process, as it does in a gateway; its supervisor starts the next one.
      (error) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.once("disconnect", () => process.exit(0));
}
