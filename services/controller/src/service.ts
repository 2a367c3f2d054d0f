import { type Call, type Handler, handler, type Service } from "@holdfast/kernel";
import {
  nodeAcceptRemovals,
  nodeGetStatus,
  objectApply,
  objectDelete,
  objectDescribe,
  objectGet,
  objectHistory,
  objectList,
  objectWatch,
  podLogs,
  twinAt,
  twinCall,
  twinGet,
  twinHistory,
  twinList,
  twinSet,
} from "@holdfast/proto";
import { appTwinHandlers } from "./app-twins.ts";
import { applyObject, type ObjectPlace } from "./apply.ts";
import { type ControllerConfig, controllerConfig } from "./config.ts";
import { type Controller, openController } from "./controller.ts";
import { deleteObject } from "./delete.ts";
import { describeObject } from "./describe.ts";
import { objectHistory as historyOf } from "./history.ts";
import { kinds } from "./kinds.ts";
import { type Leader, startLeader } from "./leader.ts";
import { getObject, listObjects } from "./list.ts";
import { acceptRemovals, readPodLogs } from "./node-commands.ts";
import { nodeStatus } from "./node-status.ts";
import { pastsAtOnce, twinAtOf } from "./twin-at.ts";
import { callTwin } from "./twin-call.ts";
import { twinHistoryOf } from "./twin-history.ts";
import { setTwin } from "./twin-set.ts";
import { getTwin, listTwins } from "./twin-view.ts";
import { watchObjects } from "./watch.ts";

interface State {
  readonly controller: Controller;
  readonly leader: Leader;
}

/** Watches, logs and calls wait; there may be many of them at once. */
const waitingConcurrency = 256;

/** Accepts commands, keeps what is declared, and derives what every node should have. */
export const controller: Service<ControllerConfig, State> = {
  name: "controller",
  description: "Declared objects and desired twins: commands, derivation of desired state, presence of nodes.",
  config: controllerConfig,
  async start(context) {
    const opened = await openController(context);
    return { controller: opened, leader: startLeader(opened) };
  },
  handlers: [
    ...kinds.flatMap(({ noun }) => objectHandlers(noun)),
    handler(twinGet, ({ controller: c }: State, request, { params }) => getTwin(c, params.namespace, request)),
    handler(twinList, ({ controller: c }: State, request, { params }) => listTwins(c, params.namespace, request)),
    handler(twinSet, ({ controller: c }: State, request, { params, actor }) =>
      setTwin(c, params.namespace, request, actor),
    ),
    handler(twinHistory, ({ controller: c }: State, request, { params }) =>
      twinHistoryOf(c, params.namespace, request),
    ),
    handler(twinAt, ({ controller: c }: State, request, { params }) => twinAtOf(c, params.namespace, request), {
      concurrency: pastsAtOnce,
    }),
    handler(
      twinCall,
      ({ controller: c }: State, request, { params, actor }) => callTwin(c, params.namespace, request, actor),
      { concurrency: waitingConcurrency },
    ),
    ...appTwinHandlers<State>(),
    handler(
      podLogs,
      ({ controller: c }: State, request, { params, actor }) => readPodLogs(c, params.namespace, request, actor),
      { concurrency: waitingConcurrency },
    ),
    handler(nodeGetStatus, ({ controller: c }: State, request) => nodeStatus(c, request)),
    handler(nodeAcceptRemovals, ({ controller: c }: State, request, { actor }) => acceptRemovals(c, request, actor)),
  ],
  async stop({ controller: c, leader }) {
    await leader.stop();
    await c.stop();
  },
};

/** One set of commands per kind: the patterns must not cover those of twins. */
function objectHandlers(noun: string): Handler<State>[] {
  const options = { only: () => ({ noun }) };
  return [
    handler(
      objectApply,
      ({ controller: c }: State, request, { params, actor }) => applyObject(c, params, request, actor),
      options,
    ),
    handler(
      objectDelete,
      ({ controller: c }: State, request, { params, actor }) => deleteObject(c, params, request, actor),
      options,
    ),
    handler(objectGet, shown(getObject), options),
    handler(objectList, shown(listObjects), options),
    handler(objectWatch, shown(watchObjects), { ...options, concurrency: waitingConcurrency }),
    handler(objectHistory, shown(historyOf), options),
    handler(objectDescribe, shown(describeObject), options),
  ];
}

/** Serves a command that shows objects. Who asks for the values of Secrets stands in the log. */
function shown<Request extends { readonly showSecrets: boolean }, Reply>(
  show: (controller: Controller, place: ObjectPlace, request: Request) => Promise<Reply>,
) {
  return ({ controller: c }: State, request: Request, { params, actor }: Call<ObjectPlace>): Promise<Reply> => {
    if (request.showSecrets && params.noun === "secret") {
      const name = "name" in request ? request.name : "";
      c.context.logger.info({ actor, namespace: params.namespace, name }, "values of Secrets are shown");
    }
    return show(c, params, request);
  };
}
