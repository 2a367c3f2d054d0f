import { asHoldfastError, convertReading, convertValue, type DeviceProperty } from "@holdfast/kernel";
import { type Quality, type Sample, type TwinReported, type Value, ValueCodec } from "@holdfast/proto";
import type { PropertyState } from "./state.ts";
import { isChange, isTaken } from "./tolerance.ts";

/** What a device said, as the model's type wants it. */
export interface Reading {
  readonly value: Value | undefined;
  readonly quality: Quality;
  readonly error: string;
  readonly sourceTimeMs: number;
  /** Samples of this property that newer ones overtook, in all; absent = as at the last report. */
  readonly overtaken?: number;
}

/** A value that is not what the model says is a bad reading, never a wrong report. */
export function readingOf(property: DeviceProperty, sample: Sample): Reading {
  const { value, quality, error, sourceTimeMs } = sample;
  if (value === undefined || quality === "bad") {
    return { value: undefined, quality: "bad", error: error || "protocol", sourceTimeMs };
  }
  try {
    return { value: convertReading(property, value), quality, error: quality === "good" ? "" : error, sourceTimeMs };
  } catch (problem) {
    const { code } = asHoldfastError(problem);
    return { value: undefined, quality: "bad", error: code === "internal" ? "protocol" : "config", sourceTimeMs };
  }
}

export interface ReportRules {
  /** Since the last report of this property in this life; Infinity = heartbeat not wanted yet is 0. */
  readonly sinceReportMs: number;
  /** An unchanged value is stated again after this; 0 = never. */
  readonly heartbeatMs: number;
  /** Bytes that a value may have. */
  readonly roomBytes: number;
  /** What the device had taken and may have lost. */
  readonly doubted?: Value | undefined;
}

/**
 * Whether a reading becomes a report: the first one always, each change of quality, a change beyond the deadband,
 * the loss of what the device had taken, and the heartbeat. The value of a bad reading is the last known one.
 */
export function decideReport(
  property: DeviceProperty,
  state: PropertyState,
  reading: Reading,
  rules: ReportRules,
): TwinReported | undefined {
  const last = state.reported;
  const fits = reading.value === undefined || sizeOf(reading.value) <= rules.roomBytes;
  const checked = fits ? reading : { ...reading, value: undefined, quality: "bad" as const, error: "config" };
  const isLost = hasLost(property, rules.doubted, checked);
  if (last && !isLost && !isWorthReporting(property, last, checked, rules)) return undefined;
  return reportOf(state, checked, isLost ? "" : state.applied);
}

function hasLost(property: DeviceProperty, doubted: Value | undefined, { value, quality }: Reading): boolean {
  if (doubted === undefined || value === undefined || quality !== "good") return false;
  try {
    return !isTaken(property, convertValue(property, doubted), value);
  } catch {
    return false;
  }
}

function isWorthReporting(property: DeviceProperty, last: TwinReported, now: Reading, rules: ReportRules): boolean {
  if (last.quality !== now.quality) return true;
  if (now.value !== undefined && (last.value === undefined || isChange(property, last.value, now.value))) return true;
  return rules.heartbeatMs > 0 && rules.sinceReportMs >= rules.heartbeatMs;
}

/** The next report of a property; `id` is that of the desired value which it satisfies. */
export function reportOf(state: PropertyState, reading: Reading, id: string): TwinReported {
  const last = state.reported;
  const kept = reading.value === undefined && last?.value !== undefined;
  return {
    value: kept ? last.value : reading.value,
    quality: reading.quality,
    error: reading.error,
    sourceTimeMs: kept ? last.sourceTimeMs : reading.sourceTimeMs,
    revision: (last?.revision ?? 0) + 1,
    id,
    overtaken: reading.overtaken ?? last?.overtaken ?? 0,
  };
}

/** What is left of a value that nobody can refresh: it is no longer certain. undefined = said already. */
export function decideStale(state: PropertyState, reason: string): TwinReported | undefined {
  const last = state.reported;
  if (last?.quality !== "good") return undefined;
  const { value, sourceTimeMs } = last;
  return reportOf(state, { value, quality: "uncertain", error: reason, sourceTimeMs }, state.applied);
}

/** Bytes that a value takes in its twin. */
export function sizeOf(value: Value | undefined): number {
  if (value === undefined) return 0;
  if (value.kind === "string" || value.kind === "bytes") return ValueCodec.encode(value).length;
  return 8;
}
