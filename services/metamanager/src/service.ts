import { type Call, type Context, HoldfastError, handler, type Service } from "@holdfast/kernel";
import {
  logAcked,
  logAppend,
  logBackup,
  logGetStatus,
  logGrant,
  logOutbox,
  logReplay,
  logReport,
} from "@holdfast/proto";
import { type MetamanagerConfig, metamanagerConfig } from "./config.ts";
import { EventLog } from "./log.ts";
import { Tail } from "./tail.ts";

interface Metamanager {
  readonly log: EventLog;
  readonly tail: Tail;
}

/** Appends being written at once: the more, the larger the groups. */
const appendsAtOnce = 1024;

/** The owner of the node's event log. */
export const metamanager: Service<MetamanagerConfig, Metamanager> = {
  name: "metamanager",
  description: "Keeps the event log of a gateway: append, tail, replay, outbox.",
  config: metamanagerConfig,
  start,
  handlers: [
    handler(logGrant, ({ log }: Metamanager, request, call) => log.grant(authorOf(request, call))),
    handler(
      logAppend,
      ({ log }: Metamanager, request, call) => log.append({ ...request, module: authorOf(request, call) }),
      { concurrency: appendsAtOnce },
    ),
    handler(logReplay, ({ log }: Metamanager, request) => log.replay(request)),
    handler(logOutbox, ({ log }: Metamanager, request) => log.outbox(request)),
    handler(logAcked, ({ log }: Metamanager, request) => log.acked(request)),
    handler(logReport, ({ log }: Metamanager, request) => log.report(request)),
    handler(logBackup, ({ log }: Metamanager, request) => log.backup(request)),
    handler(logGetStatus, ({ log }: Metamanager, { chainAt }) => log.status(chainAt)),
  ],
  async stop({ log, tail }) {
    tail.stop();
    await log.close();
  },
};

/** Who speaks stands in the subject that the bus has allowed, whatever the body says (docs/protocol.md 12). */
function authorOf({ module }: { readonly module: string }, { params }: Call<{ readonly module: string }>): string {
  if (module === "" || module === params.module) return params.module;
  throw new HoldfastError("forbidden", `${params.module} cannot write the log as ${module}.`);
}

async function start(context: Context<MetamanagerConfig>): Promise<Metamanager> {
  const disk = await context.disk(context.config.folder);
  let tail: Tail | undefined;
  const log = await EventLog.open(context, disk, {
    committed: (transaction, view, pressed) => tail?.committed(transaction, view, pressed),
    pressed: () => tail?.heartbeat(log),
  });
  tail = new Tail(context.bus, context, log);
  return { log, tail };
}
