import {
  type Context,
  handler,
  type JsonObject,
  listPage,
  masked,
  maskedText,
  openSecretBox,
  type Service,
} from "@holdfast/kernel";
import { objectDescribe, objectGet, objectList, objectWatch, podLogs, type WatchEvent } from "@holdfast/proto";
import { type EdgedConfig, edgedConfig, processRuntimeOptions } from "./config.ts";
import { readPodLogs } from "./logs.ts";
import { getObject, listObjects, type Noun, nouns, objectKey, podHappenings } from "./object-view.ts";
import { parsePosition, printPosition } from "./position.ts";
import type { Runtime } from "./runtime.ts";
import { openProcessRuntime } from "./runtime-process.ts";
import { type Edged, startEdged } from "./start.ts";

const watchesAtOnce = 256;

function objectHandlers(noun: Noun) {
  const only = () => ({ noun });
  return [
    handler(
      objectGet,
      ({ table }: Edged, request, { params }) => ({
        object: shown(getObject(table, noun, params.namespace, request.name), request),
      }),
      { only },
    ),
    handler(
      objectList,
      ({ table, log }: Edged, request, { params }) => {
        const page = listPage({
          entries: listObjects(table, noun, params.namespace, request.labelSelector),
          after: request.after,
          keyOf: objectKey,
          itemOf: (object) => ({ object: shown(object, request) }),
          bytesOf: ({ object }) => Buffer.byteLength(object),
        });
        return { ...page, position: printPosition(log.node, log.epoch, log.throughSeq) };
      },
      { only },
    ),
    handler(
      objectWatch,
      async ({ changes, log }: Edged, request, { params: { namespace } }) => {
        const { node, epoch } = log;
        const afterSeq = request.position === "" ? log.throughSeq : parsePosition(node, epoch, request.position);
        const { events, cutAtSeq } = await changes.next({ ...request, noun, namespace, afterSeq });
        const seq = cutAtSeq ?? Math.max(afterSeq, log.throughSeq);
        return {
          events: request.showSecrets ? events : events.map(maskedEvent),
          position: printPosition(node, log.epoch, seq),
        };
      },
      { only, concurrency: watchesAtOnce },
    ),
    handler(
      objectDescribe,
      ({ table }: Edged, request, { params: { namespace } }) => {
        const { name } = request;
        const object = shown(getObject(table, noun, namespace, name), request);
        return { object, events: noun === "pod" ? podHappenings(table, namespace, name) : [] };
      },
      { only },
    ),
  ];
}

/** The values of a Secret only to who asks for them. */
function shown(object: JsonObject, { showSecrets }: { readonly showSecrets: boolean }): string {
  return JSON.stringify(showSecrets ? object : masked(object));
}

function maskedEvent(event: WatchEvent): WatchEvent {
  return { ...event, object: maskedText(event.object) };
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
    async stop({ reconciler, changes, log, runtime }) {
      changes.wakeAll();
      await reconciler.stop();
      log.stop();
      await runtime.close();
    },
  };
}

export const edged = edgedOn(async (context) => {
  const { config, clock, logger } = context;
  const secrets = await openSecretBox(context, config);
  return openProcessRuntime(processRuntimeOptions(config, clock, logger, secrets));
});
