import { HoldfastError, handler } from "@holdfast/kernel";
import { appTwinAt, appTwinCall, appTwinGet, appTwinHistory, appTwinSet } from "@holdfast/proto";
import type { Controller } from "./controller.ts";
import { pastsAtOnce, twinAtOf } from "./twin-at.ts";
import { callTwin } from "./twin-call.ts";
import { twinHistoryOf } from "./twin-history.ts";
import { setTwin } from "./twin-set.ts";
import { getTwin } from "./twin-view.ts";

/** Calls wait for their node. */
const callsAtOnce = 256;

interface Place {
  readonly namespace: string;
  readonly device: string;
}

/** Twins for those who may use some and not others: the device is the one that the server let through. */
export function appTwinHandlers<S extends { readonly controller: Controller }>() {
  return [
    handler(appTwinGet, ({ controller }: S, request, { params }) =>
      getTwin(controller, params.namespace, ofDevice(request, params)),
    ),
    handler(appTwinSet, ({ controller }: S, request, { params, actor }) =>
      setTwin(controller, params.namespace, ofDevice(request, params), actor),
    ),
    handler(
      appTwinCall,
      ({ controller }: S, request, { params, actor }) =>
        callTwin(controller, params.namespace, ofDevice(request, params), actor),
      { concurrency: callsAtOnce },
    ),
    handler(appTwinHistory, ({ controller }: S, request, { params }) =>
      twinHistoryOf(controller, params.namespace, ofDevice(request, params)),
    ),
    handler(
      appTwinAt,
      ({ controller }: S, request, { params }) => twinAtOf(controller, params.namespace, ofDevice(request, params)),
      { concurrency: pastsAtOnce },
    ),
  ];
}

/** Error: `forbidden` when the body names another device. */
function ofDevice<R extends { readonly device: string }>(request: R, { device }: Place): R {
  if (request.device === "" || request.device === device) return { ...request, device };
  throw new HoldfastError("forbidden", `This is the subject of ${device}, but the request is about ${request.device}.`);
}
