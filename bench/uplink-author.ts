// Who writes the events of bench/uplink.ts, in a process of its own: into the gateway's log, as a module does, or one
// by one into a stream of JetStream, with a window of answers to come.
import { connectNats, type LogClient, openLog, type Service, startService, systemWorld } from "@holdfast/kernel";
import { collectingLogger } from "@holdfast/kernel/testing";
import { jetstream } from "@nats-io/jetstream";
import { twinReport } from "./twin-reports.ts";

/** Events of one append, as devicetwin gathers them under load. */
const appendEvents = 100;
/** Publications to JetStream that wait for their answers. */
const window = 100;

/** Gives one piece after the other to `send`, at most `atOnce` of them under way. */
async function pipelined(pieces: number, atOnce: number, send: (piece: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < pieces) await send(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, pieces) }, lane));
}

type Write = (first: number, count: number) => Promise<void>;

async function logWriter(url: string): Promise<Write> {
  let log: LogClient | undefined;
  const service: Service<object, void> = {
    name: "bench",
    description: "Writes events.",
    config: {},
    start: async (context) => {
      log = await openLog(context, { module: "bench", prefixes: [], ...ignored });
    },
    handlers: [],
  };
  const logger = collectingLogger();
  await startService(service, { environment: { HF_BUS_URL: url }, logger, world: systemWorld(logger), fail: failed });
  return (first, count) =>
    pipelined(Math.ceil(count / appendEvents), 16, async (piece) => {
      const from = first + piece * appendEvents;
      const to = Math.min(first + count, from + appendEvents);
      await log?.append(Array.from({ length: to - from }, (_, index) => twinReport(from + index)));
    });
}

const ignored = { onEntry: () => {}, onReset: () => {} };

function failed(error: unknown): never {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

async function streamWriter(url: string, root: string): Promise<Write> {
  const { connection } = await connectNats({ url, name: `author of ${root}` });
  const stream = jetstream(connection);
  return (first, count) =>
    pipelined(count, window, (index) => {
      const { subject, body } = twinReport(first + index);
      return stream.publish(subject.replace(/^hf/, root), body);
    });
}

const [root = "", url = ""] = process.argv.slice(2);
const write = await (root === "log" ? logWriter(url) : streamWriter(url, root));
process.on("message", async ({ first, count }: { readonly first: number; readonly count: number }) => {
  const startedMs = performance.timeOrigin + performance.now();
  await write(first, count).catch(failed);
  process.send?.({ startedMs });
});
process.once("disconnect", () => process.exit(0));
process.send?.("ready");
