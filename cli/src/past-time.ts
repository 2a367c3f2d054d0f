import { HoldfastError } from "@holdfast/kernel";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as a person gives it: written out, or how long ago. Error: `invalid_argument`. */
export function pastMs(option: string, text: string, nowMs = Date.now()): number {
  const [, number, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const at = number ? nowMs - Number(number) * (unitMs[unit] ?? 0) : Date.parse(text);
  if (!Number.isNaN(at)) return at;
  const words = "give a time such as 2026-01-31T12:00:00Z or an age such as 10m.";
  throw new HoldfastError("invalid_argument", `${option} ${text}: ${words}`);
}
