import { type Cancel, type Context, every } from "@holdfast/kernel";
import type { DeviceReachability } from "@holdfast/proto";
import type { DeviceTwinConfig } from "./config.ts";
import { deviceKey, type Fact, type TwinFact } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import type { Recorder } from "./recorder.ts";
import { decideStale } from "./report.ts";
import type { DeviceState, TwinState } from "./state.ts";

/** What this life has heard of one device. */
interface Observed {
  online: boolean;
  reason: string;
  heardMs: number;
  /** Since when it is offline; undefined while it is online. */
  offlineMs: number | undefined;
  /** Its values have been called uncertain. */
  stale: boolean;
}

/** The fact that the log still lacks about a device's reachability. */
function decideConnectivity(
  { namespace, name, connectivity, object }: DeviceState,
  now: { readonly online: boolean; readonly reason: string },
  atMs: number,
): TwinFact | undefined {
  if (!object || connectivity?.online === now.online) return undefined;
  const { online, reason } = now;
  return { kind: online ? "online" : "offline", namespace, device: name, atMs, reason: online ? "" : reason };
}

/** The reports that call the values of a device uncertain, once. */
function decideAllStale(device: DeviceState, reason: string): readonly TwinFact[] {
  const facts: TwinFact[] = [];
  for (const property of device.properties.values()) {
    const message = decideStale(property, reason);
    if (message) facts.push({ kind: "reported", place: property.place, message });
  }
  return facts;
}

/** Which devices can be reached: told by mappers, and concluded from their silence. */
export class Connectivity implements FoldListener {
  readonly #context: Context<DeviceTwinConfig>;
  readonly #fold: TwinFold;
  readonly #recorder: Recorder;
  readonly #onReachable: (device: DeviceState) => void;
  readonly #observed = new Map<string, Observed>();
  readonly #startedMs: number;
  #cancel: Cancel = () => {};

  constructor(
    context: Context<DeviceTwinConfig>,
    fold: TwinFold,
    recorder: Recorder,
    onReachable: (device: DeviceState) => void,
  ) {
    this.#context = context;
    this.#fold = fold;
    this.#recorder = recorder;
    this.#onReachable = onReachable;
    this.#startedMs = context.clock.monotonicMs();
  }

  start(): void {
    this.#cancel = every(this.#context.clock, this.#context.config.checkMs, () => this.#check());
  }

  stop(): void {
    this.#cancel();
  }

  onFact(fact: Fact): void {
    if (fact.kind === "device" && fact.json === undefined) this.#observed.delete(deviceKey(fact.namespace, fact.name));
  }

  /** What has not been heard of in this life is taken as it was in the last one; a device never heard of is tried. */
  isReachable(device: DeviceState): boolean {
    const observed = this.#observed.get(deviceKey(device.namespace, device.name));
    return observed?.online ?? device.connectivity?.online ?? true;
  }

  hear({ namespace, device: name, state, reason }: DeviceReachability): void {
    const key = deviceKey(namespace, name);
    const device = this.#fold.state.devices.get(key);
    if (!device?.object) return;
    const online = state === "online" || state === "degraded";
    const heardMs = this.#context.clock.monotonicMs();
    const wasReachable = this.isReachable(device);
    const before = this.#observed.get(key);
    const offlineMs = online ? undefined : (before?.offlineMs ?? heardMs);
    const why = state === "quarantined" && reason !== "" ? `quarantined: ${reason}` : reason || state;
    this.#observed.set(key, { online, reason: why, heardMs, offlineMs, stale: !online && (before?.stale ?? false) });
    this.#record(device);
    if (online && !wasReachable) this.#onReachable(device);
  }

  #check(): void {
    if (!this.#fold.complete) return;
    const nowMs = this.#context.clock.monotonicMs();
    const { silenceMs, offlineTtlMs } = this.#context.config;
    for (const [key, device] of this.#fold.state.devices) {
      if (!device.object) continue;
      const observed = this.#observed.get(key);
      if (nowMs - (observed?.heardMs ?? this.#startedMs) > silenceMs && observed?.reason !== "mapper") {
        const offlineMs = observed?.offlineMs ?? nowMs;
        this.#observed.set(key, { online: false, reason: "mapper", heardMs: nowMs, offlineMs, stale: false });
        this.#record(device);
      }
      const now = this.#observed.get(key);
      if (now?.offlineMs === undefined || now.stale || nowMs - now.offlineMs < offlineTtlMs) continue;
      now.stale = true;
      this.#recordStale(key, now.reason === "mapper" ? "mapper" : "link");
    }
  }

  #record({ namespace, name }: DeviceState): void {
    const key = deviceKey(namespace, name);
    const decide = (state: TwinState) => {
      const device = state.devices.get(key);
      const observed = this.#observed.get(key);
      const fact = device && observed && decideConnectivity(device, observed, this.#context.clock.wallMs());
      return { facts: fact ? [fact] : [], reply: undefined };
    };
    // Nothing new to say is the usual case; it needs no turn.
    const device = this.#fold.state.devices.get(key);
    const observed = this.#observed.get(key);
    if (device?.connectivity && device.connectivity.online === observed?.online) return;
    this.#submit(key, decide);
  }

  #recordStale(key: string, reason: string): void {
    this.#submit(key, (state) => {
      const device = state.devices.get(key);
      const isOffline = this.#observed.get(key)?.online === false;
      return { facts: device && isOffline ? decideAllStale(device, reason) : [], reply: undefined };
    });
  }

  #submit(
    key: string,
    decide: (state: TwinState) => { readonly facts: readonly TwinFact[]; readonly reply: undefined },
  ): void {
    this.#recorder.record(key, decide).catch((error) => {
      // What is heard next says it again.
      const observed = this.#observed.get(key);
      if (observed) observed.stale = false;
      this.#context.logger.debug({ device: key, reason: String(error) }, "reachability was not recorded");
    });
  }
}
