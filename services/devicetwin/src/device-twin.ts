import {
  type Context,
  HoldfastError,
  type LogClient,
  onEvent,
  openLog,
  randomId,
  type Subscription,
} from "@holdfast/kernel";
import { deviceReachability, sample, type TwinSetReply, type TwinSetRequest } from "@holdfast/proto";
import { Caller } from "./caller.ts";
import { placesOf } from "./concerned.ts";
import type { DeviceTwinConfig } from "./config.ts";
import { Connectivity } from "./connectivity.ts";
import { Deadlines } from "./deadlines.ts";
import { deviceKey } from "./fact.ts";
import { TwinFold } from "./fold.ts";
import { Objects } from "./objects.ts";
import { prefixes } from "./record.ts";
import { Recorder } from "./recorder.ts";
import { Reports } from "./reports.ts";
import { decideSet } from "./set.ts";
import { Turns } from "./turns.ts";
import { Writer } from "./writer.ts";

/** One life of the module on one gateway. */
export interface DeviceTwin {
  readonly context: Context<DeviceTwinConfig>;
  readonly log: LogClient;
  readonly fold: TwinFold;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly writer: Writer;
  readonly caller: Caller;
  readonly connectivity: Connectivity;
  readonly objects: Objects;
  readonly subscriptions: readonly Subscription[];
}

/** Resolves when the log has been replayed up to its tail; nothing touches the world before (docs/protocol.md 9). */
export async function startDeviceTwin(context: Context<DeviceTwinConfig>): Promise<DeviceTwin> {
  const { config } = context;
  // A connection of its own: a flood of samples must not hold up commands (docs/protocol.md 11).
  const samples = await context.connect({
    url: config.busUrl,
    name: `devicetwin of ${config.node}: samples`,
  });
  const fold = new TwinFold();
  const log = await openLog(context, {
    module: "devicetwin",
    prefixes,
    onEntry: (entry) => fold.onEntry(entry),
    onReset: () => fold.onReset(),
  });
  if (log.node !== config.node) {
    throw new HoldfastError("config_invalid", `HF_NODE is ${config.node}, but the log belongs to ${log.node}.`);
  }
  const reports = new Reports(context, log, fold);
  const recorder = new Recorder(context, log, fold, reports);
  const deadlines = new Deadlines(context.clock);
  const connectivity: Connectivity = new Connectivity(context, fold, recorder, (device) => writer.lookAt(device));
  const isReachable = connectivity.isReachable.bind(connectivity);
  const parts = { recorder, deadlines, turns: new Turns(), isReachable };
  const writer = new Writer(context, log, fold, parts);
  const caller = new Caller(context, log, fold, parts);
  const objects = new Objects(context, fold, () => log.throughSeq);
  fold.goLive(log, [reports, recorder, connectivity, writer, caller, objects]);
  for (const device of fold.state.devices.values()) for (const place of placesOf(device)) recorder.settle(place);
  writer.start();
  caller.start();
  connectivity.start();
  const subscriptions = [
    onEvent(
      samples.bus,
      sample,
      { node: log.node },
      (message, { namespace, device, property }) => {
        if (reports.take({ namespace, device, property }, message)) recorder.wake();
      },
      { stats: context.stats },
    ),
    onEvent(context.bus, deviceReachability, {}, (message) => connectivity.hear(message), { stats: context.stats }),
  ];
  return { context, log, fold, recorder, reports, writer, caller, connectivity, objects, subscriptions };
}

/** The connections are drained by whoever runs the module. */
export function stopDeviceTwin(twin: DeviceTwin): void {
  for (const subscription of twin.subscriptions) subscription.stop();
  twin.connectivity.stop();
  twin.writer.stop();
  twin.reports.stop();
  twin.objects.stop();
  twin.log.stop();
}

/** Answers when the proposal is on disk. Errors: see `decideSet`. */
export function setDesired(
  { context, log, recorder }: DeviceTwin,
  namespace: string,
  request: TwinSetRequest,
): Promise<TwinSetReply> {
  // Of one device one after the other: the limit of a twin is over all of its properties.
  return recorder.record(deviceKey(namespace, request.device), (state) => {
    const { facts, reply } = decideSet(state, namespace, request, {
      freshId: randomId(context.random),
      atMs: context.clock.wallMs(),
      order: recorder.nextOrder(state.order),
      pressed: log.pressed,
    });
    return { facts, reply };
  });
}
