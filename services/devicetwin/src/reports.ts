import type { Context, LogClient } from "@holdfast/kernel";
import type { Sample, Value } from "@holdfast/proto";
import { bindingOf, uidOf } from "./binding.ts";
import type { DeviceTwinConfig } from "./config.ts";
import { effectiveDesired } from "./desired.ts";
import { deviceKey, type Fact, type Place, placeKey, type TwinFact } from "./fact.ts";
import type { FoldListener, TwinFold } from "./fold.ts";
import type { ReportSource } from "./recorder.ts";
import { decideReport, readingOf, sizeOf } from "./report.ts";
import { twinBytes, twinBytesMax } from "./set.ts";
import { type DeviceState, emptyProperty, type PropertyState, type TwinState } from "./state.ts";

/** Samples in a row that are older than the one before; then it was the clock that went back, not the sample. */
const lateMax = 3;
/** Values up to this size are never what makes a twin too large. */
const smallBytes = 64;

/** What this life knows of one property's samples. */
interface Intake {
  readonly place: Place;
  sourceTimeMs: number;
  lateInRow: number;
  reportedMs: number;
  /** Samples that never became a report because newer ones came, in all. */
  overtaken: number;
}

/** Latest sample of each property on its way to becoming a report, or to nothing. */
export class Reports implements ReportSource, FoldListener {
  readonly #context: Context<DeviceTwinConfig>;
  readonly #log: Pick<LogClient, "pressed">;
  readonly #fold: TwinFold;
  readonly #startedMs: number;
  readonly #intakes = new Map<string, Intake>();
  /** One slot per property. */
  readonly #slots = new Map<string, Sample>();
  readonly #given = new Map<string, Sample>();
  #flushing = false;
  #resumeMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #wake: () => void = () => {};

  constructor(context: Context<DeviceTwinConfig>, log: Pick<LogClient, "pressed">, fold: TwinFold) {
    this.#context = context;
    this.#log = log;
    this.#fold = fold;
    this.#startedMs = context.clock.monotonicMs();
  }

  onFact(fact: Fact): void {
    if (fact.kind === "device" && fact.json === undefined) this.#forget(fact.namespace, fact.name);
    if (fact.kind !== "reported") return;
    const intake = this.#intakes.get(placeKey(fact.place));
    if (!intake) return;
    intake.reportedMs = this.#context.clock.monotonicMs();
    // A value read back after a write is newer than samples still on their way.
    intake.sourceTimeMs = Math.max(intake.sourceTimeMs, fact.message?.sourceTimeMs ?? 0);
  }

  /** True when the sample waits for a turn now. */
  take(place: Place, sample: Sample): boolean {
    const { stats } = this.#context;
    stats.count("samples");
    if (sample.dropped > 0) stats.count("samples_dropped_by_mapper", sample.dropped);
    const key = placeKey(place);
    const intake = this.#intakes.get(key) ?? this.#begin(key, place);
    if (!intake) {
      stats.count("samples_unknown");
      return false;
    }
    if (isLate(intake, sample)) {
      stats.count("samples_late");
      return false;
    }
    const isOvertaking = this.#slots.has(key);
    if (isOvertaking) stats.count("samples_overtaken");
    intake.overtaken += sample.dropped + (isOvertaking ? 1 : 0);
    this.#slots.set(key, sample);
    return true;
  }

  /** `wake` is called when a report becomes due without a new sample. */
  listen(wake: () => void): void {
    this.#wake = wake;
  }

  next(state: TwinState, taken: ReadonlySet<string>): { readonly key: string; readonly fact: TwinFact } | undefined {
    if (this.#isHeldBack()) return undefined;
    for (const [key, sample] of this.#slots) {
      if (taken.has(key)) continue;
      this.#slots.delete(key);
      const fact = this.#decide(state, key, sample);
      if (!fact) continue;
      this.#given.set(key, sample);
      this.#flushing = true;
      return { key, fact };
    }
    if (this.#flushing) this.#resumeMs = this.#context.clock.monotonicMs() + this.#context.config.coalesceMs;
    this.#flushing = false;
    return undefined;
  }

  ended(recorded: boolean): void {
    if (!recorded) for (const [key, sample] of this.#given) if (!this.#slots.has(key)) this.#slots.set(key, sample);
    this.#given.clear();
  }

  stop(): void {
    this.#cancel?.();
  }

  #forget(namespace: string, device: string): void {
    for (const [key, { place }] of this.#intakes) {
      if (place.namespace !== namespace || place.device !== device) continue;
      this.#intakes.delete(key);
      this.#slots.delete(key);
    }
  }

  #begin(key: string, place: Place): Intake | undefined {
    const device = this.#fold.state.devices.get(deviceKey(place.namespace, place.device));
    const properties = device && bindingOf(this.#fold.state, device).device?.properties;
    if (!properties || !Object.hasOwn(properties, place.property)) return undefined;
    const { sourceTimeMs = 0, overtaken = 0 } = device.properties.get(place.property)?.reported ?? {};
    const intake = { place, sourceTimeMs, lateInRow: 0, reportedMs: this.#startedMs, overtaken };
    this.#intakes.set(key, intake);
    return intake;
  }

  #decide(state: TwinState, key: string, sample: Sample): TwinFact | undefined {
    const intake = this.#intakes.get(key);
    const device = intake && state.devices.get(deviceKey(intake.place.namespace, intake.place.device));
    const rules = device && bindingOf(state, device).device?.properties[intake.place.property];
    if (!rules) return undefined;
    const { place, reportedMs, overtaken } = intake;
    const property = device.properties.get(place.property) ?? emptyProperty(place);
    const { heartbeatMs } = this.#context.config;
    const message = decideReport(
      rules,
      property,
      { ...readingOf(rules, sample), overtaken },
      {
        sinceReportMs: this.#context.clock.monotonicMs() - reportedMs,
        heartbeatMs: heartbeatMs && Math.max(heartbeatMs, rules.reportMs),
        roomBytes: roomOf(device, sample),
        doubted: doubtedValue(device, property, this.#context.bootId),
      },
    );
    return message && { kind: "reported", place, message };
  }

  /** Under pressure reports wait for each other, and only the latest of each property is written. */
  #isHeldBack(): boolean {
    if (!this.#log.pressed || this.#slots.size === 0) return false;
    const waitMs = this.#resumeMs - this.#context.clock.monotonicMs();
    if (waitMs <= 0) return false;
    this.#cancel ??= this.#context.clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#wake();
    });
    return true;
  }
}

/** Late samples are dropped: what is newer is known already. */
function isLate(intake: Intake, { sourceTimeMs }: Sample): boolean {
  const isOlder = sourceTimeMs > 0 && sourceTimeMs < intake.sourceTimeMs;
  intake.lateInRow = isOlder ? intake.lateInRow + 1 : 0;
  if (isOlder && intake.lateInRow < lateMax) return true;
  intake.lateInRow = 0;
  if (sourceTimeMs > 0) intake.sourceTimeMs = sourceTimeMs;
  return false;
}

/** Bytes that the value of this sample may have in the twin. */
function roomOf(device: DeviceState, { value }: Sample): number {
  if (value === undefined || sizeOf(value) <= smallBytes) return smallBytes;
  return twinBytesMax - twinBytes(device);
}

/**
 * The desired value that the device has taken, when it may have lost it since its last report: it was away, or the
 * gateway was off (docs/protocol.md 9). It follows from the log alone, so no crash forgets it.
 */
function doubtedValue(device: DeviceState, property: PropertyState, bootId: string): Value | undefined {
  const { applied, reportedAt } = property;
  if (applied === "" || !reportedAt) return undefined;
  const { online = false, seq = 0 } = device.connectivity ?? {};
  const wasAway = online && seq > reportedAt.seq;
  if (!wasAway && reportedAt.bootId === bootId) return undefined;
  const desired = effectiveDesired(property, uidOf(device));
  return desired.id === applied ? desired.value : undefined;
}
