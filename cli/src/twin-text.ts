import { plain, type Value } from "@holdfast/sdk";

/** A value for people; numbers with at most `digits` behind the point. */
export function showValue(value: Value | undefined, digits = 4): string {
  const bare = plain(value);
  if (bare === undefined) return "-";
  if (bare instanceof Uint8Array) return `${bare.length} bytes`;
  return typeof bare === "number" && !Number.isInteger(bare) ? String(Number(bare.toFixed(digits))) : String(bare);
}
