import { type Context, handler, type Service } from "@holdfast/kernel";
import { objectDescribe, objectGet, objectList, objectWatch, podLogs } from "@holdfast/proto";
import { type EdgedConfig, edgedConfig, processRuntimeOptions } from "./config.ts";
import { readPodLogs } from "./logs.ts";
import { getObject, labelSelector, listObjects, type Noun, nouns } from "./object-view.ts";
import { podKey } from "./pod-table.ts";
import { parsePosition, printPosition } from "./position.ts";
import type { Runtime } from "./runtime.ts";
import { openProcessRuntime } from "./runtime-process.ts";
import { type Edged, startEdged } from "./start.ts";

const watchesAtOnce = 256;
const describedEvents = 10;

function objectHandlers(noun: Noun) {
  const only = () => ({ noun });
  return [
    handler(
      objectGet,
      ({ table }: Edged, { name }, { params }) => ({
        object: JSON.stringify(getObject(table, noun, params.namespace, name)),
      }),
      { only },
    ),
    handler(
      objectList,
      ({ table, log }: Edged, request, { params }) => {
        const found = listObjects(table, noun, params.namespace).filter(labelSelector(request.labelSelector));
        const items = found.map((object) => ({ object: JSON.stringify(object) }));
        return { items, position: printPosition(log.node, log.epoch, log.throughSeq) };
      },
      { only },
    ),
    handler(
      objectWatch,
      async ({ watch, log, context }: Edged, request, { params: { namespace } }) => {
        const { node, epoch } = log;
        const selected = labelSelector(request.labelSelector);
        const afterSeq = request.position === "" ? log.throughSeq : parsePosition(node, epoch, request.position);
        const query = { noun, namespace, afterSeq, waitMs: request.waitMs, selected };
        const events = await watch.next(query, context.stopping);
        return { events, position: printPosition(node, log.epoch, Math.max(afterSeq, log.throughSeq)) };
      },
      { only, concurrency: watchesAtOnce },
    ),
    handler(
      objectDescribe,
      ({ table }: Edged, { name }, { params: { namespace } }) => {
        const object = JSON.stringify(getObject(table, noun, namespace, name));
        const events = noun === "pod" ? (table.pods.get(podKey(namespace, name))?.events ?? []) : [];
        return { object, events: events.slice(-describedEvents).map((event) => ({ ...event, actor: "edged" })) };
      },
      { only },
    ),
  ];
}

/** edged on the runtime that `open` gives: processes in production, a simulated machine in simulations. */
export function edgedOn(open: (context: Context<EdgedConfig>) => Promise<Runtime>): Service<EdgedConfig, Edged> {
  return {
    name: "edged",
    description: "Makes the pods of a gateway run, whatever happens to the link and to itself.",
    config: edgedConfig,
    start: (context) => startEdged(context, open),
    handlers: [
      ...nouns.flatMap(objectHandlers),
      handler(
        podLogs,
        ({ runtime, context }: Edged, request, { params }) =>
          readPodLogs(runtime, context.clock, context.stopping, params.namespace, request),
        { concurrency: watchesAtOnce },
      ),
    ],
    async stop({ reconciler, watch, log, runtime }) {
      watch.wakeAll();
      await reconciler.stop();
      log.stop();
      await runtime.close();
    },
  };
}

export const edged = edgedOn(({ config, clock, logger }) =>
  openProcessRuntime(processRuntimeOptions(config, clock, logger)),
);
