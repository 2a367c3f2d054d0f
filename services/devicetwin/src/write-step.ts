import { asHoldfastError, convertValue, type DeviceProperty } from "@holdfast/kernel";
import type { DriverWriteReply, Sample, Value } from "@holdfast/proto";
import { type Desired, isDecided } from "./desired.ts";
import { type Reading, readingOf } from "./report.ts";
import type { PropertyState } from "./state.ts";
import { equals, isTaken } from "./tolerance.ts";

/** How far this life has come with one desired value of one property. Not in the log: a restart reads first. */
export interface Progress {
  readonly id: string;
  /** Writes after which the device verifiably had another value. */
  readonly failures: number;
  /** Attempts that could not be made or said nothing; they only slow down. */
  readonly delays: number;
  /** Monotonic time before which nothing is tried. */
  readonly notBeforeMs: number;
  /** Whether the device is read before the next write: `unlessKnown` = not if the last report surely differs. */
  readonly look: "must" | "unlessKnown" | "done";
  /** A write was sent since the last read. */
  readonly written: boolean;
  /** The device said yes to a write. */
  readonly acknowledged: boolean;
  readonly readBack: Value | undefined;
  readonly detail: string;
}

/** At a start `look` is "must": an earlier life may have written already. */
export function newProgress(id: string, look: "must" | "unlessKnown"): Progress {
  return {
    ...{ id, failures: 0, delays: 0, notBeforeMs: 0, look, written: false, acknowledged: false },
    ...{ readBack: undefined, detail: "" },
  };
}

export type Step =
  /** Nothing until the state changes. */
  | { readonly do: "rest" }
  | { readonly do: "wait"; readonly untilMs: number }
  | { readonly do: "read" }
  | { readonly do: "write"; readonly value: Value }
  | { readonly do: "reject"; readonly reason: string; readonly message: string; readonly value?: Value | undefined };

export interface Surroundings {
  /** The property as the model has it; undefined = device or model are not known (yet). */
  readonly property: DeviceProperty | undefined;
  readonly reachable: boolean;
  readonly nowMs: number;
  /** Monotonic time; Infinity = no limit. */
  readonly deadlineMs: number;
  readonly attemptsMax: number;
}

const rest: Step = { do: "rest" };

/** The next thing to do for a desired value: level-triggered, looked at anew each time (docs/protocol.md 9). */
export function nextStep(state: PropertyState, desired: Desired, progress: Progress, around: Surroundings): Step {
  const { property, nowMs, deadlineMs } = around;
  // Only what was recorded and told may move the device.
  if (desired.value === undefined || state.announced?.id !== desired.id) return rest;
  if (isDecided(state, desired) || property === undefined) return rest;
  if (nowMs >= deadlineMs) {
    return { do: "reject", reason: "expired", message: `It was not written within ${desired.validForMs} ms.` };
  }
  const value = writableValue(property, desired.value);
  if ("do" in value) return value;
  if (progress.failures >= around.attemptsMax) return notTaken(progress);
  const startMs = around.reachable ? progress.notBeforeMs : Number.POSITIVE_INFINITY;
  const untilMs = Math.min(startMs, deadlineMs);
  if (untilMs > nowMs) return untilMs === Number.POSITIVE_INFINITY ? rest : { do: "wait", untilMs };
  const mustLook =
    progress.look === "must" || (progress.look === "unlessKnown" && !isKnownToDiffer(property, state, value));
  if (mustLook) return { do: "read" };
  return { do: "write", value };
}

function writableValue(property: DeviceProperty, wanted: Value): Value | Extract<Step, { do: "reject" }> {
  if (property.accessMode === "ReadOnly") {
    return { do: "reject", reason: "readOnly", message: `Property "${property.name}" is ReadOnly.` };
  }
  if (property.visitors === undefined) {
    return { do: "reject", reason: "unsupported", message: `Property "${property.name}" has no visitors to write it.` };
  }
  try {
    return convertValue(property, wanted);
  } catch (error) {
    const { code, message } = asHoldfastError(error);
    return { do: "reject", reason: code === "out_of_range" ? "outOfRange" : "unsupported", message };
  }
}

function notTaken({ failures, readBack, detail }: Progress): Step {
  const why = detail === "" ? "the device has another value afterwards" : detail;
  const message = `Written ${failures} times, not taken: ${why}.`;
  return { do: "reject", reason: "notTaken", message, value: readBack };
}

/** What the last report says may be enough to write, never enough to say that nothing needs to be written. */
function isKnownToDiffer(property: DeviceProperty, { reported }: PropertyState, wanted: Value): boolean {
  if (reported?.value === undefined || reported.quality !== "good") return false;
  return !equals(property, reported.value, wanted);
}

/** What came of a read or write: the device has taken the value, it never will, or on it goes. */
export type Outcome =
  | { readonly kind: "applied"; readonly reading: Reading }
  | { readonly kind: "refused"; readonly reason: string; readonly message: string; readonly value?: Value | undefined }
  | { readonly kind: "progress"; readonly progress: Progress };

/** `pauseMs` gives the back-off before the n-th next attempt. */
export interface Attempt {
  readonly property: DeviceProperty;
  readonly wanted: Value;
  readonly progress: Progress;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly pauseMs: (attempt: number) => number;
}

export function afterRead(attempt: Attempt, sample: Sample): Outcome {
  const { property, wanted, progress, wallMs } = attempt;
  const reading = readingOf(property, sample);
  if (reading.value !== undefined) {
    const taken = progress.written ? isTaken : equals;
    if (taken(property, wanted, reading.value)) return { kind: "applied", reading };
    if (progress.written) return failed(attempt, reading.value, "");
    return { kind: "progress", progress: { ...progress, look: "done", readBack: reading.value } };
  }
  if (isNoAnswer(reading.error, progress)) return delayed(attempt, `${reading.error} ${sample.detail}`.trim());
  // It answers, but this cannot be read. A device that said yes to the write is believed.
  if (progress.acknowledged) {
    const believed: Reading = { value: wanted, quality: "uncertain", error: reading.error, sourceTimeMs: wallMs };
    return { kind: "applied", reading: believed };
  }
  if (progress.written) return failed(attempt, undefined, `it cannot be read back (${reading.error})`);
  return { kind: "progress", progress: { ...progress, look: "done" } };
}

export function afterWrite(attempt: Attempt, reply: DriverWriteReply): Outcome {
  const { property, wanted, progress, wallMs } = attempt;
  const { outcome, error, detail, readBack } = reply;
  if (outcome === "ok" && readBack === undefined) {
    return { kind: "progress", progress: { ...progress, written: true, acknowledged: true, look: "must" } };
  }
  if (outcome === "ok") {
    const sample = {
      value: readBack,
      quality: "good" as const,
      error: "",
      detail: "",
      sourceTimeMs: wallMs,
      dropped: 0,
    };
    const { value } = readingOf(property, sample);
    if (value === undefined) return failed(attempt, undefined, "what it says afterwards is not of the model's type");
    if (!isTaken(property, wanted, value)) return failed(attempt, value, "");
    return { kind: "applied", reading: { value, quality: "good", error: "", sourceTimeMs: wallMs } };
  }
  if (outcome === "rejected" && error !== "busy") {
    return refused(`The device refused it: ${detail || error || "no reason given"}.`, readBack);
  }
  if (outcome === "rejected") return delayed(attempt, detail || error);
  return unknownEffect(attempt, detail || error);
}

/** Trying again would not help. */
export function refused(message: string, value?: Value): Outcome {
  return { kind: "refused", reason: "notTaken", message, value };
}

/** A write whose effect nobody knows: read back before anything else. */
export function unknownEffect(attempt: Attempt, detail: string): Outcome {
  const progress: Progress = { ...attempt.progress, written: true, look: "must" };
  return delayed({ ...attempt, progress }, detail);
}

/** Nothing was done; later again. */
export function delayed({ progress, nowMs, pauseMs }: Attempt, detail: string): Outcome {
  const notBeforeMs = nowMs + pauseMs(progress.delays);
  return { kind: "progress", progress: { ...progress, delays: progress.delays + 1, notBeforeMs, detail } };
}

function failed({ progress, nowMs, pauseMs }: Attempt, readBack: Value | undefined, detail: string): Outcome {
  const failures = progress.failures + 1;
  const notBeforeMs = nowMs + pauseMs(progress.failures);
  const again = { written: false, acknowledged: false, look: "done" as const, readBack, detail };
  return { kind: "progress", progress: { ...progress, ...again, failures, notBeforeMs } };
}

/** Garbled answers after which a property counts as one that cannot be read. */
const garbledMax = 3;

/** The line or the device is silent, or there was noise on it; that says nothing about the value. */
function isNoAnswer(error: string, { delays }: Progress): boolean {
  if (error === "protocol") return delays < garbledMax;
  return error === "timeout" || error === "link" || error === "busy";
}
