import { type DeviceProperty, numberOf, sameValue } from "@holdfast/kernel";
import type { Value } from "@holdfast/proto";

/** Half a unit of the last place of a 32-bit float, relative, with room for one conversion there and back. */
const floatEpsilon = 1.2e-7;
const doubleEpsilon = 1e-12;

/** True when both mean the same to the device: equal, or nearer than what its register can tell apart. */
export function equals(property: DeviceProperty, a: Value, b: Value): boolean {
  return near(property, a, b, stepOf(property) / 2);
}

/** True when a value read back counts as the one written (docs/protocol.md 9). */
export function isTaken(property: DeviceProperty, wanted: Value, readBack: Value): boolean {
  return near(property, wanted, readBack, property.tolerance ?? Math.max(stepOf(property), property.deadband ?? 0));
}

/** True when the change is large enough to be reported. */
export function isChange(property: DeviceProperty, before: Value, now: Value): boolean {
  if (property.deadband === undefined) return !sameValue(before, now);
  return !near(property, before, now, property.deadband);
}

/** The smallest step of a scaled register, in the property's unit; 0 = not known. */
function stepOf({ visitors }: DeviceProperty): number {
  const name = Object.keys(visitors?.config ?? {}).find((key) => key.toLowerCase() === "scale");
  const scale = name === undefined ? Number.NaN : Math.abs(Number(visitors?.config[name]));
  return Number.isFinite(scale) && scale !== 1 ? scale : 0;
}

function near(property: DeviceProperty, a: Value, b: Value, allowed: number): boolean {
  if (sameValue(a, b)) return true;
  const left = numberOf(a);
  const right = numberOf(b);
  if (left === undefined || right === undefined) return false;
  // Whole numbers beyond 2^53 would lose digits as doubles.
  const gap =
    typeof left === "bigint" && typeof right === "bigint" ? Number(left - right) : Number(left) - Number(right);
  const epsilon = property.type === "FLOAT" ? floatEpsilon : property.type === "DOUBLE" ? doubleEpsilon : 0;
  const rounding = epsilon * Math.max(Math.abs(Number(left)), Math.abs(Number(right)));
  // A deadband of 0.1 includes 60 -> 59.9, although their difference is not exactly 0.1 in binary.
  return Math.abs(gap) <= allowed * (1 + 1e-9) + rounding;
}
