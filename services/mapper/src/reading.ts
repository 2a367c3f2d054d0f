import { asHoldfastError, convertReading, outsideRange } from "@holdfast/kernel";
import type { Draft, Sample } from "@holdfast/proto";
import type { DriverError, Reading } from "./driver.ts";

/** A reading as the sample that is published: of the model's type, with a quality. Errors never become values. */
export function sampleOf(reading: Reading, wallMs: number): Draft<Sample> {
  const { point, value, error } = reading;
  if (error !== undefined) return badSample(error, wallMs);
  if (value === undefined)
    return { quality: "bad", error: "protocol", detail: "nothing was read", sourceTimeMs: wallMs };
  if (value.kind === "double" && !Number.isFinite(value.double)) {
    return { quality: "bad", error: "protocol", detail: `the device says ${value.double}`, sourceTimeMs: wallMs };
  }
  try {
    const converted = convertReading(point.property, value);
    const outside = outsideRange(point.property, converted);
    if (outside === undefined) return { value: converted, quality: "good", sourceTimeMs: wallMs };
    return { value: converted, quality: "uncertain", detail: outside, sourceTimeMs: wallMs };
  } catch (failure) {
    return { quality: "bad", error: "config", detail: asHoldfastError(failure).message, sourceTimeMs: wallMs };
  }
}

export function badSample({ kind, message }: DriverError, wallMs: number): Draft<Sample> {
  return { quality: "bad", error: kind, detail: message, sourceTimeMs: wallMs };
}
