import { HoldfastError } from "@holdfast/kernel";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "90s", "30m", "1h", "7d" in ms. Error: `invalid_argument`. */
export function durationFrom(option: string, text: string): number {
  const [, number, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (unitMs[unit] ?? 0);
  if (ms > 0) return ms;
  throw new HoldfastError("invalid_argument", `${option} ${text}: give a number with s, m, h or d, such as 1h.`);
}

/** "2.5" seconds in ms. Error: `invalid_argument`. */
export function secondsFrom(option: string, text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new HoldfastError("invalid_argument", `${option} ${text}: give a number of seconds.`);
}
