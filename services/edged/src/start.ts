import {
  type Context,
  call,
  type JsonObject,
  type LogClient,
  ObjectChanges,
  openLog,
  openSecretBox,
  untilDone,
} from "@holdfast/kernel";
import { logGetStatus } from "@holdfast/proto";
import type { EdgedConfig } from "./config.ts";
import { findObject } from "./object-view.ts";
import { logPrefixes, PodTable } from "./pod-table.ts";
import { Reconciler } from "./reconciler.ts";
import type { Runtime } from "./runtime.ts";

/** One life of edged. */
export interface Edged {
  readonly context: Context<EdgedConfig>;
  readonly log: LogClient;
  readonly table: PodTable;
  readonly changes: ObjectChanges<JsonObject>;
  readonly runtime: Runtime;
  readonly reconciler: Reconciler;
}

const askTimeoutMs = 5000;

/** Nothing is done to any container before the log was replayed to its tail (docs/protocol.md 9). */
export async function startEdged(
  context: Context<EdgedConfig>,
  open: (context: Context<EdgedConfig>) => Promise<Runtime>,
): Promise<Edged> {
  const { config, logger } = context;
  const runtime = await open(context);
  const { isolation, limits, missing } = runtime.capabilities;
  logger.info({ runtime: runtime.name, isolation, limits }, missing === "" ? "the runtime is open" : missing);
  const secrets = await openSecretBox(context, config);
  const table = new PodTable(secrets);
  const changes = new ObjectChanges<JsonObject>(context, (object) => object);
  let life: Edged | undefined;
  let resets = 0;
  const log = await openLog(context, {
    module: "edged",
    prefixes: logPrefixes,
    onEntry: (entry) => {
      const change = table.apply(entry);
      if (change) {
        const { noun, namespace, name } = change;
        changes.changed(change, name, findObject(table, noun, namespace, name), entry.seq);
      }
      life?.reconciler.wake();
    },
    onReset: () => {
      table.clear();
      changes.reset();
      if (!life) return;
      resets += 1;
      const reset = resets;
      // Half a table would look as if pods had been removed.
      life.reconciler.pause();
      rejoin(life).then(
        () => reset === resets && life?.reconciler.resume(),
        (error) => context.stopping.aborted || context.fail(error),
      );
    },
  });
  changes.begin(log.throughSeq);
  await runtime.claim(`${log.incarnation}.${context.instance}`);
  const { backoffBaseMs: baseMs, backoffMaxMs: maxMs, backoffResetMs: resetMs, pollMs } = config;
  const reconciler = new Reconciler(context, log, table, runtime, {
    pollMs,
    backoff: { baseMs, maxMs, resetMs },
    secrets,
  });
  life = { context, log, table, changes, runtime, reconciler };
  reconciler.start();
  return life;
}

/** Resolves when everything that the log has now is in the table again. */
async function rejoin({ context, log, changes }: Edged): Promise<void> {
  const ask = (): Promise<{ readonly lastSeq: number }> =>
    call(context.bus, logGetStatus, {}, {}, { timeoutMs: askTimeoutMs });
  const { lastSeq } = await untilDone(context, "the event log", ask);
  await log.folded(lastSeq);
  changes.begin(log.throughSeq);
}
