import {
  type Context,
  every,
  type Fields,
  field,
  type LogClient,
  newEvent,
  openLog,
  type Service,
} from "@holdfast/kernel";
import { below, pick, type SeededRandom } from "@holdfast/kernel/testing";
import { type LogEvent, twinDesired, twinReported } from "@holdfast/proto";
import type { Ledger } from "./ledger.ts";
import { foldInto, type Live } from "./live.ts";

interface AuthorConfig {
  readonly node: string;
  readonly periodMs: number;
}
const config: Fields<AuthorConfig> = {
  node: field.string({ env: "HF_NODE", doc: "Name of the gateway." }),
  periodMs: field.durationMs({ env: "HF_AUTHOR_MS", doc: "Time between two appends.", fallback: 70 }),
};

const properties = ["temperature", "pressure", "level", "speed"];

/**
 * A module that fills the log: reported values (state) and numbered facts (transient), each noted in the
 * ledger once the log has acknowledged it.
 */
export function author(ledger: Ledger, random: SeededRandom, live?: Live): Service<AuthorConfig, LogClient> {
  return {
    name: "author",
    description: "Fills the log of a simulated gateway.",
    config,
    async start(context) {
      const folded = new Map<string, LogEvent>();
      live?.begin(folded);
      const log = await openLog(context, {
        module: "author",
        prefixes: ["desired/"],
        onEntry: (entry) => {
          ledger.taken(context.config.node, entry, new Set(folded.keys()));
          foldInto(folded, entry.event);
        },
        onReset: () => folded.clear(),
      });
      every(context.clock, context.config.periodMs, () => write(context, log, ledger, random));
      return log;
    },
    handlers: [],
    stop: (log) => log.stop(),
  };
}

function write(context: Context<AuthorConfig>, log: LogClient, ledger: Ledger, random: SeededRandom): void {
  if (ledger.quiet) return;
  const { node } = context.config;
  const events = Array.from({ length: 1 + below(random, 4) }, () => {
    const id = ledger.nextId(node);
    const property = pick(random, properties);
    const params = { node, namespace: "default", device: `d${below(random, 3)}`, property };
    if (below(random, 2) === 0) return { id, event: newEvent(twinDesired, params, { id }) };
    const gone = below(random, 12) === 0;
    const report = { value: { kind: "int64" as const, int64: BigInt(random.u32()) }, id };
    return { id, event: newEvent(twinReported, params, gone ? undefined : report) };
  });
  const transient = events.filter(({ event }) => event.ending === "transient").map(({ id }) => id);
  log.append(events.map(({ event }) => event)).then(
    () => ledger.acknowledged(node, transient),
    () => {},
  );
}
