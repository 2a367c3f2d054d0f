import { handler, type Service } from "@holdfast/kernel";
import {
  objectDescribe,
  objectGet,
  objectList,
  objectWatch,
  twinAt,
  twinCall,
  twinGet,
  twinHistory,
  twinList,
  twinProposals,
  twinSet,
} from "@holdfast/proto";
import { twinAt as twinAtOf } from "./at.ts";
import { type DeviceTwinConfig, deviceTwinConfig } from "./config.ts";
import { type DeviceTwin, setDesired, startDeviceTwin, stopDeviceTwin } from "./device-twin.ts";
import { happeningsOf } from "./happenings.ts";
import { type HistorySource, historyOf } from "./history.ts";
import type { Noun } from "./objects.ts";
import { parsePosition, printPosition } from "./position.ts";
import { notHere } from "./set.ts";
import { findDevice } from "./state.ts";
import { proposalsOf, twinOf, twinsOf } from "./view.ts";

/** Sets wait together for one commit, so many may be under way. */
const setsAtOnce = 256;
const watchesAtOnce = 256;
/** Each reads the whole history, so they are few. */
const pastsAtOnce = 2;
/** Calls wait for their turn at a device. */
const callsAtOnce = 256;

function position({ log }: DeviceTwin, seq: number): string {
  return printPosition(log.node, log.epoch, seq);
}

function objectHandlers(noun: Noun) {
  const only = () => ({ noun });
  return [
    handler(
      objectGet,
      async ({ objects, fold }: DeviceTwin, { name }, { params }) => {
        await fold.completed();
        return objects.get(noun, params.namespace, name);
      },
      { only },
    ),
    handler(
      objectList,
      async (twin: DeviceTwin, request, { params }) => {
        await twin.fold.completed();
        const { items, next, seq } = twin.objects.list(noun, params.namespace, request);
        return { items, next, position: position(twin, seq) };
      },
      { only },
    ),
    handler(
      objectWatch,
      async (twin: DeviceTwin, request, { params }) => {
        const { node } = twin.log;
        const after = request.position === "" ? twin.log.throughSeq : parsePosition(node, request.position).seq;
        const { events, seq } = await twin.objects.watch(noun, params.namespace, request, after);
        return { events, position: position(twin, seq) };
      },
      { only, concurrency: watchesAtOnce },
    ),
    handler(
      objectDescribe,
      async (twin: DeviceTwin, { name }, { params: { namespace } }) => {
        await twin.fold.completed();
        const { object } = twin.objects.get(noun, namespace, name);
        const events = noun === "device" ? await happeningsOf(historySource(twin), namespace, name) : [];
        return { object, events };
      },
      { only },
    ),
  ];
}

function historySource({ context, log }: DeviceTwin): HistorySource {
  return { bus: context.bus, log, timeoutMs: context.config.logTimeoutMs, wallMs: context.clock.wallMs() };
}

/** The twins of a gateway's devices: what is reported, what is desired, and how the one becomes the other. */
export const devicetwin: Service<DeviceTwinConfig, DeviceTwin> = {
  name: "devicetwin",
  description: "Keeps the device twins of a gateway and makes devices follow them.",
  config: deviceTwinConfig,
  start: startDeviceTwin,
  stop: stopDeviceTwin,
  handlers: [
    handler(twinGet, async ({ fold, log }: DeviceTwin, { device: name }, { params }) => {
      await fold.completed();
      const device = findDevice(fold.state, params.namespace, name);
      if (!device?.object) throw notHere(params.namespace, name);
      return twinOf(fold.state, device, log.node);
    }),
    handler(twinList, async ({ fold, log }: DeviceTwin, request, { params }) => {
      await fold.completed();
      return twinsOf(fold.state, params.namespace, log.node, request);
    }),
    handler(
      twinSet,
      (twin: DeviceTwin, request, { params, actor }) => setDesired(twin, params.namespace, { ...request, actor }),
      { concurrency: setsAtOnce },
    ),
    handler(
      twinCall,
      ({ caller }: DeviceTwin, request, { params, actor }) => caller.call(params.namespace, request, actor),
      { concurrency: callsAtOnce },
    ),
    handler(twinHistory, (twin: DeviceTwin, request, { params }) =>
      historyOf(historySource(twin), params.namespace, request),
    ),
    handler(
      twinAt,
      ({ context, log }: DeviceTwin, request, { params }) => {
        const { bus, clock, config } = context;
        const { logTimeoutMs: timeoutMs, atTimeoutMs } = config;
        return twinAtOf({ bus, clock, log, timeoutMs, atTimeoutMs }, params.namespace, request);
      },
      { concurrency: pastsAtOnce },
    ),
    handler(twinProposals, async ({ fold }: DeviceTwin, _request, { params }) => {
      await fold.completed();
      return { proposals: proposalsOf(fold.state, params.namespace) };
    }),
    ...objectHandlers("device"),
    ...objectHandlers("devicemodel"),
  ],
};
