import { asHoldfastError, type Cancel, type Context, fullJitterMs, type LogClient } from "@holdfast/kernel";
import { bindingOf, uidOf } from "./binding.ts";
import { placesOf } from "./concerned.ts";
import type { DeviceTwinConfig } from "./config.ts";
import type { Deadlines } from "./deadlines.ts";
import { type Desired, effectiveDesired } from "./desired.ts";
import { askDriver } from "./driver-call.ts";
import { deviceKey, type Fact, type Place, placeKey } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import type { Recorder } from "./recorder.ts";
import type { DeviceState, PropertyState } from "./state.ts";
import type { Turns } from "./turns.ts";
import { decideApplied, decideNotReached, recordFacts } from "./write-record.ts";
import * as step from "./write-step.ts";

/** What those share that ask devices for something. */
export interface DeviceParts {
  readonly recorder: Recorder;
  readonly deadlines: Deadlines;
  readonly turns: Turns;
  readonly isReachable: (device: DeviceState) => boolean;
}

/** One device: its properties take turns, one request at a time, and with the calls of its methods. */
interface Lane {
  readonly key: string;
  readonly pending: Map<string, Place>;
  running: boolean;
  cancel: Cancel;
}

interface Task {
  readonly place: Place;
  readonly desired: Desired;
  readonly progress: step.Progress;
  readonly protocol: string;
  readonly around: step.Surroundings;
  readonly step: Exclude<step.Step, { do: "rest" } | { do: "wait" }>;
}

/** Makes devices true: compares what is desired with what is reported, writes, reads back (docs/protocol.md 9). */
export class Writer implements FoldListener {
  readonly #context: Context<DeviceTwinConfig>;
  readonly #log: Pick<LogClient, "incarnation">;
  readonly #fold: TwinFold;
  readonly #recorder: Recorder;
  readonly #deadlines: Deadlines;
  readonly #turns: Turns;
  readonly #isReachable: (device: DeviceState) => boolean;
  readonly #lanes = new Map<string, Lane>();
  readonly #progress = new Map<string, step.Progress>();
  /** Ids that were open when this life began. */
  readonly #inherited = new Set<string>();

  constructor(
    context: Context<DeviceTwinConfig>,
    log: Pick<LogClient, "incarnation">,
    fold: TwinFold,
    parts: DeviceParts,
  ) {
    this.#context = context;
    this.#log = log;
    this.#fold = fold;
    this.#recorder = parts.recorder;
    this.#deadlines = parts.deadlines;
    this.#turns = parts.turns;
    this.#isReachable = parts.isReachable;
  }

  /** Begins with everything that an earlier life left open: it may have written it already, so it is read first. */
  start(): void {
    for (const device of this.#fold.state.devices.values()) {
      for (const property of device.properties.values()) {
        this.#inherited.add(effectiveDesired(property, uidOf(device)).id);
      }
      this.lookAt(device);
    }
  }

  stop(): void {
    for (const lane of this.#lanes.values()) lane.cancel();
  }

  onFact(fact: Fact, places: readonly Place[]): void {
    for (const place of places) this.#look(place);
    if (fact.kind === "device" && fact.json === undefined) this.#forget(fact.namespace, fact.name);
  }

  /** Something about the whole device changed: it can be reached again, or its model came. */
  lookAt(device: DeviceState): void {
    for (const place of placesOf(device)) this.#look(place);
  }

  #look(place: Place): void {
    const key = deviceKey(place.namespace, place.device);
    const lane = this.#lanes.get(key) ?? { key, pending: new Map(), running: false, cancel: () => {} };
    this.#lanes.set(key, lane);
    lane.pending.set(place.property, place);
    this.#work(lane);
  }

  #forget(namespace: string, device: string): void {
    const key = deviceKey(namespace, device);
    const lane = this.#lanes.get(key);
    lane?.cancel();
    lane?.pending.clear();
    // A lane at work stays: a device that comes back at once must not get a second writer.
    if (lane && !lane.running) this.#lanes.delete(key);
    for (const name of [...this.#progress.keys()]) if (name.startsWith(`${key}/`)) this.#progress.delete(name);
  }

  #work(lane: Lane): void {
    if (lane.running) return;
    lane.running = true;
    void this.#run(lane).catch((error) => this.#context.fail(error));
  }

  async #run(lane: Lane): Promise<void> {
    try {
      while (!this.#context.stopping.aborted) {
        const leave = await this.#turns.enter(lane.key);
        try {
          if (!this.#fold.complete) await this.#fold.completed();
          // Between the last look and the end of the lane nothing is awaited: whatever comes finds it running, or not.
          const task = this.#next(lane);
          if (!task) break;
          await this.#perform(task);
        } finally {
          leave();
        }
      }
    } finally {
      lane.running = false;
    }
  }

  /** The next thing to do at this device. What needs nothing now is left out until something changes. */
  #next(lane: Lane): Task | undefined {
    lane.cancel();
    let wakeMs = Number.POSITIVE_INFINITY;
    for (const [name, place] of lane.pending) {
      const task = this.#taskAt(lane.key, place);
      if (task === undefined) {
        lane.pending.delete(name);
        continue;
      }
      if (task.step.do === "wait") {
        wakeMs = Math.min(wakeMs, task.step.untilMs);
        continue;
      }
      // To the end of the queue, so that one stubborn property does not hold up its neighbours.
      lane.pending.delete(name);
      lane.pending.set(name, place);
      return { ...task, step: task.step };
    }
    if (wakeMs !== Number.POSITIVE_INFINITY) {
      const waitMs = Math.max(0, wakeMs - this.#context.clock.monotonicMs());
      lane.cancel = this.#context.clock.after(waitMs, () => this.#work(lane));
    }
    return undefined;
  }

  #taskAt(
    key: string,
    place: Place,
  ): (Omit<Task, "step"> & { readonly step: Exclude<step.Step, { do: "rest" }> }) | undefined {
    const device = this.#fold.state.devices.get(key);
    const property = device?.properties.get(place.property);
    if (!device || !property) return undefined;
    const desired = effectiveDesired(property, uidOf(device));
    const bound = bindingOf(this.#fold.state, device).device;
    const around: step.Surroundings = {
      property: bound && Object.hasOwn(bound.properties, place.property) ? bound.properties[place.property] : undefined,
      reachable: this.#isReachable(device),
      nowMs: this.#context.clock.monotonicMs(),
      deadlineMs: this.#deadlines.of(desired),
      attemptsMax: this.#context.config.writeAttempts,
    };
    const progress = this.#progressOf(place, property, desired);
    const next = step.nextStep(property, desired, progress, around);
    if (next.do === "rest") return undefined;
    return { place, desired, progress, around, protocol: bound?.protocol.name.toLowerCase() ?? "", step: next };
  }

  #progressOf(place: Place, { applied }: PropertyState, { id }: Desired): step.Progress {
    const key = placeKey(place);
    const known = this.#progress.get(key);
    if (known?.id === id && applied !== id) return known;
    this.#progress.delete(key);
    return step.newProgress(id, this.#inherited.has(id) ? "must" : "unlessKnown");
  }

  async #perform(task: Task): Promise<void> {
    const { place, desired, progress } = task;
    if (task.step.do === "reject") {
      const { reason, message, value } = task.step;
      return this.#conclude(task, { kind: "refused", reason, message, value });
    }
    const { property } = task.around;
    if (property === undefined || desired.value === undefined) return;
    const { retryBaseMs, retryMaxMs, driverTimeoutMs } = this.#context.config;
    const wanted = task.step.do === "write" ? task.step.value : desired.value;
    const outcome = await askDriver(this.#context, task.step.do, {
      ...{
        place,
        protocol: task.protocol,
        id: desired.id,
        incarnation: this.#log.incarnation,
        timeoutMs: driverTimeoutMs,
      },
      ...{ property, wanted, progress },
      pauseMs: (attempt) => fullJitterMs(this.#context.random, attempt, retryBaseMs, retryMaxMs),
    });
    await this.#conclude(task, outcome);
  }

  async #conclude({ place, desired, progress }: Task, outcome: step.Outcome): Promise<void> {
    const key = placeKey(place);
    if (outcome.kind === "progress") {
      this.#progress.set(key, outcome.progress);
      return;
    }
    const { id } = desired;
    try {
      await recordFacts(this.#recorder, place, (state) =>
        outcome.kind === "applied"
          ? decideApplied(state, place, id, outcome.reading)
          : decideNotReached(state, place, id, outcome),
      );
      this.#progress.delete(key);
    } catch (error) {
      const { code } = asHoldfastError(error);
      this.#context.logger.debug(
        { ...place, code },
        "the outcome of a write was not recorded; the device is read again",
      );
      const notBeforeMs = this.#context.clock.monotonicMs() + this.#context.config.retryBaseMs;
      this.#progress.set(key, { ...progress, look: "must", notBeforeMs });
    }
  }
}
